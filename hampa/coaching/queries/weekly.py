"""Whom the weekly mail about training with a coach is due to, and what it has to tell."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Integer, Select, Text, and_, case, cast, exists, func, or_, select, true

from hampa.coaching.models.athletes import ACTIVE, Athlete, Coach
from hampa.coaching.models.sessions import PLANNED, CoachedPlan, PlanSession
from hampa.coaching.queries.athletes import coach_may
from hampa.coaching.queries.sessions import COLUMNS, WHOLE, SessionRow, owned_sessions, session_row
from hampa.notifications.models import get_kind
from hampa.notifications.queries.choices import wants
from hampa.notifications.queries.quiet import wall_time
from hampa.notifications.queries.words import unsubscribe_path
from hampa.outbox.models import OutboxMessage, read_data_with
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.texts.cleaning import by_alphabet
from hampa.training.models.activities import Activity
from hampa.training.models.plans import OPEN_STATUSES, PlanMember, TrainingPlan

KIND = "coaching_week"
FOLDER = "coaching/mail/"
TEMPLATE = "coaching/mail/week.txt"
HOURS = range(18, 22)
"""The hours of the evening before the week in which the mail is sent, by the person's clock."""
EVES = {"solar": 5, "gregorian": 7}
"""The ISO number of the day before the week, by the person's calendar: Friday, or Sunday."""
WEEK, SHOWN_ATHLETES, SHOWN_SESSIONS = 7, 12, 30


@dataclass(frozen=True, slots=True)
class CoachedRow:
    """An athlete in the mail of their coach; what was done is 0 and None where the athlete does not let them see it."""

    name: str
    missed: int
    done: int
    planned: int
    sees_done: bool
    race_on: date | None


@dataclass(slots=True)
class TrainingWeek:
    """What a mail has: athletes of a coach, and the person's own sessions of the week before and of the one to come."""

    athletes: list[CoachedRow] = field(default_factory=list)
    others: int = 0
    before: list[SessionRow] = field(default_factory=list)
    to_come: list[SessionRow] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to tell."""
        return not (self.athletes or self.before or self.to_come)


def people_due(now: datetime, after: uuid.UUID | None, size: int) -> Sequence[Any]:
    """Return people whose evening it is and who have no mail of it yet, in the order of their ids."""
    local = wall_time(now)
    key = func.concat(KIND, ":", cast(Person.id, Text), ":", cast(cast(local, Date), Text))
    query = (
        _readers()
        .add_columns(key.label("key"))
        .where(
            cast(func.extract("isodow", local), Integer) == case(EVES, value=Person.calendar),
            cast(func.extract("hour", local), Integer).in_(HOURS),
            ~exists().where(OutboxMessage.key == key),
        )
        .order_by(Person.id)
        .limit(size)
    )
    return db.session.execute(query if after is None else query.where(Person.id > after)).all()


def _readers() -> Any:
    """Return a SELECT of coaches, and of athletes with coached plans, who want the mail and have an address for it."""
    coaches = exists().where(Coach.coach_id == Person.id)
    coached = exists().where(Athlete.person_id == Person.id)
    return select(Person.id, Person.email, Person.locale).where(
        or_(coaches, coached),
        Person.state == "active",
        Person.email_verified_at.is_not(None),
        wants(get_kind(KIND), "mail"),
    )


def weeks_of(ids: Sequence[uuid.UUID], now: datetime) -> dict[uuid.UUID, TrainingWeek]:
    """Return what the mails of people have, in two statements for any number of them."""
    weeks: defaultdict[uuid.UUID, TrainingWeek] = defaultdict(TrainingWeek)
    today = cast(wall_time(now), Date)
    for person_id, *values in db.session.execute(_athletes(ids, today)):
        week = weeks[person_id]
        if len(week.athletes) < SHOWN_ATHLETES:
            week.athletes.append(CoachedRow(*values))
        else:
            week.others += 1
    for row in db.session.execute(_own(ids, today)):
        one, week = session_row(row[:-3], sees_done=True, plan=row[-3]), weeks[row[-2]]
        rows = week.before if one.day <= row[-1] else week.to_come
        if len(rows) < SHOWN_SESSIONS:
            rows.append(one)
    return {one: weeks[one] for one in ids}


def _athletes(ids: Sequence[uuid.UUID], today: Any) -> Select[Any]:
    """Return a SELECT of athletes of coaches with their last seven days, who missed most first."""
    shown = or_(Athlete.person_id.is_(None), coach_may(Coach.coach_id, Athlete.id, "activities"))
    is_done = or_(PlanSession.activity_id.is_not(None), PlanSession.done_at.is_not(None))
    is_past = PlanSession.day <= today
    sums = (
        select(
            func.count()
            .filter(is_past, PlanSession.state == PLANNED, ~is_done, PlanSession.day < today)
            .label("missed"),
            func.count().filter(is_past, is_done).label("done"),
            func.count().filter(~is_past).label("planned"),
            func.min(CoachedPlan.race_on).filter(CoachedPlan.race_on > today).label("race_on"),
        )
        .select_from(CoachedPlan)
        .join(TrainingPlan, TrainingPlan.id == CoachedPlan.plan_id)
        .join(PlanSession, PlanSession.plan_id == CoachedPlan.plan_id)
        .where(CoachedPlan.athlete_id == Athlete.id, TrainingPlan.status.in_(OPEN_STATUSES))
        .where(PlanSession.day.between(today - WEEK + 1, today + WEEK))
        .correlate(Athlete, Person)
        .lateral("sums")
    )
    missed = case((shown, sums.c.missed), else_=0)
    return (
        select(
            Coach.coach_id,
            Athlete.name,
            missed,
            case((shown, sums.c.done), else_=0),
            sums.c.planned,
            shown,
            sums.c.race_on,
        )
        .select_from(Coach)
        .join(Person, Person.id == Coach.coach_id)
        .join(Athlete, Athlete.id == Coach.athlete_id)
        .join(sums, true())
        .where(Coach.coach_id.in_(ids), coach_may(Coach.coach_id, Athlete.id))
        .where(Athlete.archived_at.is_(None), Athlete.status == ACTIVE)
        .where(sums.c.missed + sums.c.done + sums.c.planned > 0)
        .order_by(Coach.coach_id, missed.desc(), by_alphabet(Athlete.name), Athlete.id)
    )


def _own(ids: Sequence[uuid.UUID], today: Any) -> Select[Any]:
    """Return a SELECT of sessions of people's own coached plans around today, with whose each is and their day."""
    columns: list[Any] = [*COLUMNS, *WHOLE, TrainingPlan.name, PlanMember.person_id, today]
    return (
        select(*columns)
        .select_from(PlanSession)
        .join(PlanMember, PlanMember.plan_id == PlanSession.plan_id)
        .join(TrainingPlan, TrainingPlan.id == PlanSession.plan_id)
        .join(CoachedPlan, and_(CoachedPlan.plan_id == PlanSession.plan_id, CoachedPlan.athlete_id.is_not(None)))
        .join(Person, Person.id == PlanMember.person_id)
        .outerjoin(Activity, Activity.id == PlanSession.activity_id)
        .where(owned_sessions(), PlanMember.person_id.in_(ids))
        .where(PlanSession.day.between(today - WEEK + 1, today + WEEK))
        .order_by(PlanSession.day, PlanSession.id)
    )


def message_data(messages: Sequence[Any]) -> dict[uuid.UUID, dict[str, Any] | None]:
    """Return the data of mails, read anew when they are sent, so that what was taken back by then is not in them.

    None for those with nothing left to tell, and for people who want none any more or have another address.
    """
    ids = {message.person_id for message in messages if message.person_id is not None}
    addresses = {row.id: row.email for row in db.session.execute(_readers().where(Person.id.in_(ids)))}
    weeks = weeks_of(list(addresses), clock.now()) if addresses else {}
    data: dict[uuid.UUID, dict[str, Any] | None] = {}
    for message in messages:
        week = weeks.get(message.person_id)
        if week is None or week.is_empty or addresses[message.person_id] != message.recipient:
            data[message.id] = None
            continue
        data[message.id] = {"week": week, "unsubscribe": unsubscribe_path(message, KIND)}
    return data


read_data_with(FOLDER, message_data)
