"""Whom the weekly summary is due to, and what each has to tell."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Date,
    Float,
    Integer,
    Select,
    Text,
    and_,
    case,
    cast,
    column,
    func,
    literal,
    or_,
    select,
    true,
    union,
    values,
)
from sqlalchemy.orm import aliased

from hampa.cards.models import PENDING, Interest
from hampa.notifications.models import NotificationChoices
from hampa.notifications.queries.quiet import local_time
from hampa.notifications.queries.words import unsubscribe_path
from hampa.outbox.models import OutboxMessage, read_data_with
from hampa.people.models import Block, Person
from hampa.people.queries import SHUT_OUT, hidden_pairs, home_town, is_not_shut_out
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.participation import GOING, REQUESTED, Participation
from hampa.runs.models.run import Run, RunOrganiser

FOLDER = "summaries/mail/"
TEMPLATE = "summaries/mail/weekly.txt"
WEEK = timedelta(days=7)
HOURS = range(18, 22)
"""The hours of the evening before the week in which the summary is sent, by the person's clock."""
EVES = {"solar": 5, "gregorian": 7}
"""The ISO number of the day before the week, by the person's calendar: Friday, or Sunday."""
NEAR_DEGREES = 0.45
"""How far from the person's town a run is near, some 50 km to the north."""
RUNS_SHOWN, NEAR_LOOKED_AT, NEAR_SHOWN = 5, 12, 3
READER = (Person.id, Person.email, Person.locale, Person.timezone, Person.city, Person.gender)
RUN = (Run.id, Run.title, Run.place, Run.starts_at, Run.timezone, Run.short_code)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a person's week has: ids of runs that they are in, of runs of others near them, and how much waits."""

    runs: Sequence[uuid.UUID]
    near: Sequence[uuid.UUID]
    waiting: int

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to tell."""
        return not (self.runs or self.near or self.waiting)


def people_due(now: datetime, after: uuid.UUID | None, size: int) -> Sequence[Any]:
    """Return people whose evening it is and who have no summary of it yet, in the order of their ids."""
    local = local_time(now)
    eve = case(EVES, value=Person.calendar)
    day = cast(local, Date)
    key = func.concat("weekly:", Person.id, ":", cast(day, Text))
    statement = (
        _readers()
        .add_columns(key.label("key"))
        .where(
            cast(func.extract("isodow", local), Integer) == eve,
            cast(func.extract("hour", local), Integer).in_(HOURS),
            ~select(OutboxMessage.id).where(OutboxMessage.key == key).exists(),
        )
        .order_by(Person.id)
        .limit(size)
    )
    return db.session.execute(statement if after is None else statement.where(Person.id > after)).all()


def reader(person_id: uuid.UUID, key: str) -> Any:
    """Return one person as `people_due` does, on whatever evening, or None if they want no summary."""
    statement = _readers().add_columns(literal(key).label("key")).where(Person.id == person_id)
    return db.session.execute(statement).one_or_none()


def _readers() -> Select[*tuple[Any, ...]]:
    """Return a SELECT of the people who want a summary and have an address for it."""
    return (
        select(*READER)
        .join(NotificationChoices, NotificationChoices.person_id == Person.id)
        .where(NotificationChoices.weekly_summary, Person.state == "active", Person.email_verified_at.is_not(None))
    )


def summaries_of(people: Sequence[Any], now: datetime) -> dict[uuid.UUID, Summary]:
    """Return the summaries of people (rows with the columns of `READER`), in few statements for any number of them."""
    ids = [person.id for person in people]
    own, near, waiting = _own_runs(ids, now), _near_runs(people, now), _waiting(ids)
    return {one: Summary(own[one][:RUNS_SHOWN], near[one][:NEAR_SHOWN], waiting[one]) for one in ids}


def _in_week(now: datetime) -> tuple[Any, ...]:
    return Run.starts_at > now, Run.starts_at < now + WEEK, Run.cancelled_at.is_(None)


def _own_runs(ids: Sequence[uuid.UUID], now: datetime) -> Mapping[uuid.UUID, list[uuid.UUID]]:
    goes = select(Participation.person_id, Participation.run_id).where(
        Participation.person_id.in_(ids), Participation.status == GOING
    )
    shares = select(RunOrganiser.person_id, RunOrganiser.run_id).where(
        RunOrganiser.person_id.in_(ids), RunOrganiser.agreed_at.is_not(None)
    )
    owns = select(Run.organiser_id, Run.id).where(Run.organiser_id.in_(ids), *_in_week(now))
    parts = union(goes, shares, owns).subquery()
    person_id, run_id = parts.c
    rows = db.session.execute(
        select(person_id, Run.id).join(Run, Run.id == run_id).where(*_in_week(now)).order_by(Run.starts_at, Run.id)
    )
    runs: defaultdict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    for of_person, run in rows:
        runs[of_person].append(run)
    return runs


def _near_runs(people: Sequence[Any], now: datetime) -> Mapping[uuid.UUID, list[uuid.UUID]]:
    """Return runs of others around the towns of people, which these may join and are not in yet."""
    towns = {person.id: town for person in people if (town := home_town(person)) is not None}
    runs: defaultdict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    if not towns:
        return runs
    places = sorted({(town.latitude, town.longitude) for town in towns.values()})
    table = values(column("latitude", Float), column("longitude", Float), name="towns").data(places)
    around = (
        select(Run.id, Run.organiser_id, Run.company, Run.starts_at)
        .where(
            *_in_week(now),
            Run.visibility == "public",
            is_not_shut_out(Run.organiser_id),
            Run.latitude.between(table.c.latitude - NEAR_DEGREES, table.c.latitude + NEAR_DEGREES),
            Run.longitude.between(table.c.longitude - NEAR_DEGREES, table.c.longitude + NEAR_DEGREES),
        )
        .order_by(Run.starts_at, Run.id)
        .limit(NEAR_LOOKED_AT)
        .correlate(table)
        .lateral()
    )
    rows = db.session.execute(select(table, around).join(around, true()).order_by(around.c.starts_at)).all()
    involved = _involved(list(towns), [row.id for row in rows])
    hidden = hidden_pairs({row.organiser_id for row in rows}, set(towns))
    women = {person.id for person in people if person.gender == "female"}
    for one, town in towns.items():
        runs[one] = [
            row.id
            for row in rows
            if (row.latitude, row.longitude) == (town.latitude, town.longitude)
            and row.organiser_id != one
            and (one, row.id) not in involved
            and (row.company == "anyone" or one in women)
            and frozenset((row.organiser_id, one)) not in hidden
        ]
    return runs


def _involved(people: Sequence[uuid.UUID], runs: Sequence[uuid.UUID]) -> set[tuple[uuid.UUID, uuid.UUID]]:
    statement = select(Participation.person_id, Participation.run_id).where(
        Participation.person_id.in_(people), Participation.run_id.in_(runs)
    )
    return {(person_id, run_id) for person_id, run_id in db.session.execute(statement)}


def _waiting(ids: Sequence[uuid.UUID]) -> Counter[uuid.UUID]:
    """Return how many people wait for the answer of each: who want to run with them, and who ask to join their runs.

    People whom a page of theirs would not name are not among them.
    """
    asker = aliased(Person)
    interests = (
        select(Interest.owner_id.label("person_id"), asker.id.label("asker_id"))
        .join(asker, asker.id == Interest.sender_id)
        .where(Interest.owner_id.in_(ids), Interest.status == PENDING, asker.state.not_in(SHUT_OUT))
    )
    requests = (
        select(Run.organiser_id, asker.id)
        .join(Participation, Participation.run_id == Run.id)
        .join(asker, asker.id == Participation.person_id)
        .where(
            Run.organiser_id.in_(ids),
            Run.cancelled_at.is_(None),
            Participation.status == REQUESTED,
            Run.starts_at > func.now(),
            asker.state.not_in(SHUT_OUT),
        )
    )
    waits = interests.union_all(requests).subquery()
    blocks = or_(
        and_(Block.blocker_id == waits.c.person_id, Block.blocked_id == waits.c.asker_id),
        and_(Block.blocker_id == waits.c.asker_id, Block.blocked_id == waits.c.person_id),
    )
    seen = ~select(Block.id).where(blocks).correlate(waits).exists()
    rows = db.session.execute(select(waits.c.person_id, func.count()).where(seen).group_by(waits.c.person_id))
    return Counter({row[0]: row[1] for row in rows})


def summary_data(messages: Sequence[Any]) -> dict[uuid.UUID, dict[str, Any] | None]:
    """Return the data of summaries, read anew when they are sent.

    None for those with nothing left to tell, and for people who want none any more or have another address.
    """
    readers = {row.id: row for row in db.session.execute(_readers().where(Person.id.in_(_people_of(messages))))}
    summaries = summaries_of(list(readers.values()), clock.now()) if readers else {}
    ids = {run for summary in summaries.values() for run in (*summary.runs, *summary.near)}
    runs = {row.id: row for row in db.session.execute(select(*RUN).where(Run.id.in_(ids)))}
    data: dict[uuid.UUID, dict[str, Any] | None] = {}
    for message in messages:
        summary = summaries.get(message.person_id)
        if summary is None or summary.is_empty or readers[message.person_id].email != message.recipient:
            data[message.id] = None
            continue
        data[message.id] = {
            "runs": [runs[run] for run in summary.runs if run in runs],
            "near": [runs[run] for run in summary.near if run in runs],
            "waiting": summary.waiting,
            "unsubscribe": unsubscribe_path(message, "weekly_summary"),
        }
    return data


def _people_of(messages: Sequence[Any]) -> set[uuid.UUID]:
    return {message.person_id for message in messages if message.person_id is not None}


read_data_with(FOLDER, summary_data)
