"""Whom the weekly summary is due to, and what each has to tell."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Date, Float, Integer, Text, case, cast, column, func, select, true, union, values

from hampa.cards.models import PENDING, Interest
from hampa.notifications.models import NotificationChoices
from hampa.notifications.queries.quiet import local_time
from hampa.notifications.queries.words import unsubscribe_path
from hampa.outbox.models import OutboxMessage, read_data_with
from hampa.people.models import Person
from hampa.people.queries import hidden_pairs, home_town
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
        select(Person.id, Person.email, Person.locale, Person.timezone, Person.city, Person.gender, key.label("key"))
        .join(NotificationChoices, NotificationChoices.person_id == Person.id)
        .where(
            NotificationChoices.weekly_summary,
            Person.state == "active",
            Person.email_verified_at.is_not(None),
            cast(func.extract("isodow", local), Integer) == eve,
            cast(func.extract("hour", local), Integer).in_(HOURS),
            ~select(OutboxMessage.id).where(OutboxMessage.key == key).exists(),
        )
        .order_by(Person.id)
        .limit(size)
    )
    return db.session.execute(statement if after is None else statement.where(Person.id > after)).all()


def summaries_of(people: Sequence[Any], now: datetime) -> dict[uuid.UUID, Summary]:
    """Return the summaries of people (rows of `people_due`), in few statements for any number of them."""
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
    """Return how many people wait for the answer of each: who want to run with them, and who ask to join their runs."""
    interests = (
        select(Interest.owner_id, func.count())
        .where(Interest.owner_id.in_(ids), Interest.status == PENDING)
        .group_by(Interest.owner_id)
    )
    requests = (
        select(Run.organiser_id, func.count())
        .join(Participation, Participation.run_id == Run.id)
        .where(Run.organiser_id.in_(ids), Participation.status == REQUESTED, Run.starts_at > func.now())
        .group_by(Run.organiser_id)
    )
    waiting: Counter[uuid.UUID] = Counter()
    for statement in (interests, requests):
        for person_id, count in db.session.execute(statement):
            waiting[person_id] += count
    return waiting


def summary_data(messages: Sequence[Any]) -> dict[uuid.UUID, dict[str, Any] | None]:
    """Return the data of summaries with the words that runs have now; None for those with nothing left to tell."""
    ids = {uuid.UUID(run) for message in messages for run in (*message.data["runs"], *message.data["near"])}
    rows = db.session.execute(select(*RUN).where(Run.id.in_(ids), Run.cancelled_at.is_(None)))
    runs = {str(row.id): row for row in rows}
    data: dict[uuid.UUID, dict[str, Any] | None] = {}
    for message in messages:
        own, near = ([runs[run] for run in message.data[key] if run in runs] for key in ("runs", "near"))
        whole = {**message.data, "runs": own, "near": near, "unsubscribe": unsubscribe_path(message, "weekly_summary")}
        data[message.id] = whole if own or near or message.data["waiting"] else None
    return data


read_data_with(FOLDER, summary_data)
