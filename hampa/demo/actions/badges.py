"""The first set of badges, awarded at once, and challenges of the first crew of the demo."""

import datetime as dt
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from hampa.badges.actions.awarding import check_people
from hampa.badges.actions.seeds import ensure_first_set
from hampa.badges.models import BadgeCircle
from hampa.challenges.actions.challenges import new_token
from hampa.challenges.actions.entries import refresh
from hampa.challenges.models import DISTANCE, RANKING, SUM, TIME, Challenge, ChallengeEntry
from hampa.crews.models import ACTIVE, CrewMembership
from hampa.demo import data
from hampa.demo.actions.crews import IDS
from hampa.demo.actions.people import demo_id
from hampa.platform import clock
from hampa.platform.db import db
from hampa.training.models.activities import CREW, RUN

TAKES_PART = 6
BEGUN, GOES_ON = timedelta(days=10), timedelta(days=20)


def make_badges() -> None:
    """Make what is missing of the badges and the challenges, and award what members of the crew have earned."""
    members = db.session.scalars(
        select(CrewMembership.person_id)
        .where(CrewMembership.crew_id == IDS[0], CrewMembership.status == ACTIVE)
        .order_by(CrewMembership.joined_at, CrewMembership.id)
        .limit(TAKES_PART)
    ).all()
    ensure_first_set()
    if not members:
        return
    today = clock.now().astimezone(ZoneInfo(data.CREWS[0].timezone)).date()
    for number, values in enumerate(_challenges(today)):
        challenge_id = demo_id("challenge", number)
        row = {"id": challenge_id, "crew_id": IDS[0], "author_id": members[0], "token": new_token(), **values}
        if db.session.scalar(insert(Challenge).values(**row).on_conflict_do_nothing().returning(Challenge.id)) is None:
            continue
        rows = [
            {"id": demo_id(f"challenge-entry-{number}", place), "challenge_id": challenge_id, "person_id": person_id}
            for place, person_id in enumerate(members)
        ]
        db.session.execute(insert(ChallengeEntry).values(rows).on_conflict_do_nothing())
        refresh(challenge_id=challenge_id)
    circles = [
        {"id": demo_id("badge-circle", number), "person_id": person_id, "visibility": CREW}
        for number, person_id in enumerate(members)
    ]
    db.session.execute(insert(BadgeCircle).values(circles).on_conflict_do_nothing())
    check_people(members)


def _challenges(today: dt.date) -> list[dict[str, Any]]:
    days = {"starts_on": today - BEGUN, "ends_on": today + GOES_ON}
    together = {"name": data.TRAINING.together, "metric": DISTANCE, "mode": SUM, "target": 500_000}
    each = {"name": data.TRAINING.each, "metric": TIME, "mode": RANKING, "target": None}
    about = data.TRAINING.together_about
    return [days | together | {"kind": RUN, "description": about}, days | each | {"kind": "", "description": ""}]
