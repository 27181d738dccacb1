"""The crews of the demo: their members, notices, requests, links and logs."""

import random
import uuid
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from hampa.crews.models import (
    ADMIN,
    MEMBER,
    MODERATOR,
    Crew,
    CrewInvitation,
    CrewLogEntry,
    CrewMembership,
    CrewNotice,
    CrewRequest,
)
from hampa.demo import data
from hampa.demo.actions.people import demo_id
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.run import Run

IDS = [demo_id("crew", number) for number in range(len(data.CREWS))]
AGE = timedelta(weeks=30)
RUNS = 3
"""Runs of a crew that are to come, and as many of before."""
NEWCOMERS = 2
"""The last members of a crew, who came some days ago."""


def make_crews(people: Sequence[Person]) -> None:
    """Create the missing crews; those that are there stay as they are."""
    existing = set(db.session.scalars(select(Crew.id).where(Crew.id.in_(IDS))))
    for position, (crew_id, sample) in enumerate(zip(IDS, data.CREWS, strict=True)):
        if crew_id not in existing:
            _add_crew(position, crew_id, sample, people)


def add_runs(people: Sequence[Person]) -> None:
    """Give each crew some of the runs that its leaders organise, those to come and those of before."""
    now = clock.now()
    for crew_id, sample in zip(IDS, data.CREWS, strict=True):
        leaders = [people[number - 1].id for number in sample.leaders]
        free = select(Run.id).where(
            Run.organiser_id.in_(leaders),
            Run.crew_id.is_(None),
            Run.cancelled_at.is_(None),
            Run.timezone == sample.timezone,
        )
        has = select(func.count()).where(Run.crew_id == crew_id)
        sides = ((Run.starts_at > now, Run.starts_at.asc()), (Run.starts_at <= now, Run.starts_at.desc()))
        for is_there, order in sides:
            missing = RUNS - (db.session.scalar(has.where(is_there)) or 0)
            chosen = list(db.session.scalars(free.where(is_there).order_by(order, Run.id).limit(max(missing, 0))))
            db.session.execute(update(Run).where(Run.id.in_(chosen)).values(crew_id=crew_id, crew_told_at=now))


def _add_crew(position: int, crew_id: uuid.UUID, sample: data.SampleCrew, people: Sequence[Person]) -> None:
    leaders = [people[number - 1] for number in sample.leaders]
    neighbours = [one for one in people if one.timezone == sample.timezone and one not in leaders and one.name]
    dice = random.Random(sample.name)  # noqa: S311 - no secret
    chosen = dice.sample(neighbours, sample.size - len(leaders) + len(sample.asking))
    members, asking = [*leaders, *chosen[len(sample.asking) :]], chosen[: len(sample.asking)]
    founded = clock.now() - AGE
    db.session.execute(insert(Crew).values(_crew_row(crew_id, sample)))
    rows = [
        _membership(position, crew_id, number, one, len(members), agrees=bool(sample.agreement))
        for number, one in enumerate(members)
    ]
    db.session.execute(insert(CrewMembership).values(rows))
    requests = [
        {
            "id": demo_id("crew-request", position, number),
            "crew_id": crew_id,
            "person_id": person.id,
            "line": line,
            "agreed_version": 1 if sample.agreement else None,
            "created_at": clock.now() - timedelta(hours=5 + 20 * number),
        }
        for number, (person, line) in enumerate(zip(asking, sample.asking, strict=True))
    ]
    if requests:
        db.session.execute(insert(CrewRequest).values(requests))
    notices = [
        {
            "id": demo_id("crew-notice", position, number),
            "crew_id": crew_id,
            "author_id": leaders[number % 2].id,
            "text": text,
            "created_at": clock.now() - timedelta(days=2 + 9 * number),
        }
        for number, text in enumerate(sample.notices)
    ]
    db.session.execute(insert(CrewNotice).values(notices))
    link = {"id": demo_id("crew-link", position), "crew_id": crew_id, "inviter_id": leaders[0].id, "uses": 3}
    link |= {"most_uses": 20, "created_at": clock.now() - timedelta(days=8)}
    db.session.execute(insert(CrewInvitation).values(**link, expires_at=clock.now() + timedelta(days=22)))
    log = list(_log(position, crew_id, leaders, rows, notices, founded))
    db.session.execute(insert(CrewLogEntry).values(log))


def _crew_row(crew_id: uuid.UUID, sample: data.SampleCrew) -> dict[str, Any]:
    names = "name description guide agreement welcome joining timezone first_day max_members"
    columns = {name: getattr(sample, name) for name in names.split()}
    return columns | {"id": crew_id, "is_listed": True, "created_at": clock.now() - AGE, "updated_at": clock.now()}


def _membership(
    position: int, crew_id: uuid.UUID, number: int, person: Person, size: int, *, agrees: bool
) -> dict[str, Any]:
    """Return the membership of a person; the leaders come first, and the last came lately."""
    if number >= size - NEWCOMERS:
        joined = clock.now() - timedelta(days=3 * (size - number))
    else:
        joined = clock.now() - AGE + timedelta(days=4 * number)
    has_agreed = agrees and number < size - 1
    return {
        "agreed_at": joined if has_agreed else None,
        "agreed_version": 1 if has_agreed else None,
        "id": demo_id("crew-member", position, number),
        "crew_id": crew_id,
        "person_id": person.id,
        "role": (ADMIN, MODERATOR)[number] if number < 2 else MEMBER,
        "joined_at": joined,
        "last_active_at": clock.now() - timedelta(days=number % 6),
        "created_at": joined,
        "updated_at": joined,
    }


def _log(
    position: int,
    crew_id: uuid.UUID,
    leaders: Sequence[Person],
    members: Sequence[dict[str, Any]],
    notices: Sequence[dict[str, Any]],
    founded: Any,
) -> Iterator[dict[str, Any]]:
    """Yield what happened in a crew since it was founded."""
    entries: list[tuple[str, Any, Any, str, Any]] = [("created", leaders[0].id, None, "", founded)]
    for one in members[1:]:
        entries.append(("joined", one["person_id"], one["person_id"], "", one["joined_at"]))
    week = timedelta(weeks=1)
    entries.append(("role", leaders[0].id, leaders[1].id, MODERATOR, founded + 2 * week))
    entries.append(("settings", leaders[0].id, None, "guide", founded + 9 * week))
    entries += [("posted", one["author_id"], None, "", one["created_at"]) for one in notices]
    entries.append(("invited", leaders[0].id, None, "", clock.now() - timedelta(days=8)))
    for number, (what, actor_id, person_id, note, at) in enumerate(entries):
        yield {
            "id": demo_id("crew-log", position, number),
            "crew_id": crew_id,
            "actor_id": actor_id,
            "person_id": person_id,
            "what": what,
            "note": note,
            "created_at": at,
        }
