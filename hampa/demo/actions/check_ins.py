"""Half a year of check-ins in the crews of the demo.

What somebody says in a week comes from dice that are thrown for the week, so that each start adds the weeks since the
last one and changes none.
"""

import random
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from hampa.checkins.models import HIGHEST, ILL, INJURED, LOWEST, MOODS, SHARING, WELL, CheckIn
from hampa.crews.models import ACTIVE, CrewMembership
from hampa.demo import data
from hampa.demo.actions.crews import IDS
from hampa.demo.actions.people import demo_id
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.locale.periods import Period, period_at, period_on

WEEKS = 26
WEEK = timedelta(weeks=1)
DRIFTING, HURT, AWAY = 3, 5, 6
"""Numbers of members: one who has been worse off for weeks, one who was injured, and one who was away for a month."""
DRIFT = 7
"""Weeks for which somebody has been worse off."""


def make_check_ins() -> None:
    """Add the check-ins of the weeks since the latest one in each crew of the demo."""
    latest = select(CheckIn.crew_id, func.max(CheckIn.period_from)).where(CheckIn.crew_id.in_(IDS))
    since = {row[0]: row[1] for row in db.session.execute(latest.group_by(CheckIn.crew_id))}
    query = select(CrewMembership.crew_id, CrewMembership.id, CrewMembership.person_id, CrewMembership.joined_at)
    query = query.where(CrewMembership.crew_id.in_(IDS), CrewMembership.status == ACTIVE)
    members = db.session.execute(query.order_by(CrewMembership.crew_id, CrewMembership.joined_at)).all()
    rows: list[dict[str, Any]] = []
    for position, (crew_id, sample) in enumerate(zip(IDS, data.CREWS, strict=True)):
        theirs = [(one.id, one.person_id, one.joined_at) for one in members if one.crew_id == crew_id]
        for period in _periods(sample):
            if crew_id not in since or period.starts_on > since[crew_id]:
                rows += _rows_of(position, crew_id, sample, period, theirs)
    if rows:
        db.session.execute(insert(CheckIn).values(rows).on_conflict_do_nothing())


def _periods(sample: data.SampleCrew) -> Iterator[Period]:
    """Yield the weeks of half a year, the present one last."""
    zone = ZoneInfo(sample.timezone)
    now = period_at(clock.now(), "weekly", first_day=sample.first_day, zone=zone)
    for number in range(WEEKS, -1, -1):
        yield period_on(now.starts_on - number * WEEK, "weekly", first_day=sample.first_day, zone=zone)


def _rows_of(
    position: int,
    crew_id: uuid.UUID,
    sample: data.SampleCrew,
    period: Period,
    members: list[tuple[uuid.UUID, uuid.UUID, datetime]],
) -> Iterator[dict[str, Any]]:
    """Yield the check-ins of a week, of those who were members and wrote one; the first waits in the present week."""
    now = clock.now()
    ago = (now - period.starts_at) // WEEK
    for number, (membership_id, person_id, joined_at) in enumerate(members):
        dice = random.Random(f"{membership_id}-{period.starts_on}")  # noqa: S311 - no secret
        written = period.starts_at + timedelta(days=dice.choice((4, 5, 6)), hours=dice.randint(7, 21))
        is_away = number == AWAY and 9 <= ago < 13
        if ago == 0:  # in the present week some have written already, but not the founder
            written = now - timedelta(hours=dice.randint(1, 20))
            skips = number == 0 or dice.random() < 0.5 or written < period.starts_at
        else:
            skips = dice.random() < 0.12
        if skips or is_away or written < joined_at:
            continue
        yield {
            "id": demo_id(f"check-in-{period.starts_on}", position, number),
            "person_id": person_id,
            "crew_id": crew_id,
            "period_from": period.starts_on,
            "period_to": period.ends_on,
            "ends_at": period.ends_at,
            "sharing": SHARING[number % len(SHARING)] if number else SHARING[0],
            "created_at": written,
            "updated_at": written,
            **_answers(sample, number, ago, dice),
        }


def _answers(sample: data.SampleCrew, number: int, ago: int, dice: random.Random) -> dict[str, Any]:
    """Return what the member of a number says of the week so many weeks ago."""
    usual = random.Random(f"{sample.name}-{number}")  # noqa: S311 - no secret
    scores = {name: usual.randint(5, 8) for name in ("productive", "satisfied", "body")} | {"care": usual.randint(2, 5)}
    scores = {name: score + dice.choice((-1, -1, 0, 0, 0, 1, 1)) for name, score in scores.items()}
    health, is_low = WELL, False
    if number == DRIFTING and ago < DRIFT:
        is_low = True
        worse = (DRIFT - ago + 1) // 2
        scores["satisfied"] -= worse
        scores["body"] -= worse
        scores["care"] += worse
    elif number == HURT and 2 <= ago <= 5:
        health, scores["body"] = INJURED, dice.randint(1, 3)
        scores["satisfied"] -= 2
    elif dice.random() < 0.03:
        health, scores["body"] = ILL, dice.randint(2, 4)
    scores = {name: min(HIGHEST, max(LOWEST, score)) for name, score in scores.items()}
    feels = scores["satisfied"] + scores["body"] - scores["care"]
    notes = sample.low_notes if is_low else sample.notes
    return scores | {
        "note": dice.choice(notes) if dice.random() < 0.35 else "",
        "mood": MOODS[0 if feels > 12 else 1 if feels > 8 else 2 if feels > 4 else dice.choice((3, 4, 5))]
        if dice.random() < 0.8
        else "",
        "energy": min(5, max(1, scores["body"] // 2)) if dice.random() < 0.7 else None,
        "health": health,
    }
