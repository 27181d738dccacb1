"""What the home page shows of all features: what waits for the person's answer, and their hats."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    DateTime,
    Text,
    Uuid,
    bindparam,
    cast,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from hampa.cards.models import Card
from hampa.cards.queries.matching import OwnCard, own_card_column
from hampa.coaching.models.sessions import PlanSession
from hampa.coaching.queries.sessions import own_sessions
from hampa.duties.models import Booking, Schedule
from hampa.duties.queries.bookings import is_of
from hampa.people.models import Person
from hampa.people.queries import stand_in
from hampa.platform import clock
from hampa.platform.answers import Answer, all_answers
from hampa.platform.db import db
from hampa.platform.geo.places import Place
from hampa.platform.geo.squares import Near
from hampa.platform.locale import dates
from hampa.platform.statements import built_once
from hampa.platform.web.hats import Hat
from hampa.platform.web.home_modules import HomeModule
from hampa.platform.web.paging import Page, decode
from hampa.run_lists.queries.rows import ListedRun
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import Run
from hampa.runs.queries.organisers import runs_organised_by
from hampa.training.models.activities import Activity
from hampa.training.models.plans import PlanMember, TrainingPlan

NOW = bindparam("now", type_=DateTime(timezone=True))
NOBODY = stand_in(bindparam("person_id", type_=Uuid()), phone=bindparam("phone", type_=Text()))
"""A person for whom features say the names and templates of what they contribute."""
Functions = tuple[Callable[..., Any], ...]
"""What features contribute to a slot: functions of a person and the time."""
ANSWERS_SHOWN = 5
RUNS_SHOWN = 3
ANSWERS_A_PAGE = 20
RUN, SHIFT, TRAINING, ACTIVITY, SESSION = "run", "shift", "training", "activity", "session"
MARKS_SHOWN = 50
NOW_WITHIN = timedelta(hours=3)
"""The time before its start from which a run is what counts now."""


class Contributed(NamedTuple):
    """What features contribute to home."""

    answers: Functions
    hats: Functions
    modules: Functions


class Mark(NamedTuple):
    """A shift, an activity, or a session of a plan in the week of a person; `word` is the duty or the kind of training."""

    what: str
    at: datetime | None
    day: date | None
    word: str
    id: uuid.UUID
    plan_id: uuid.UUID | None

    @classmethod
    def read(cls, what: str, at: str | None, day: str | None, word: str, of: str, plan: str | None) -> "Mark":
        """Return the mark whose values `_marks_of_week` has read."""
        moment, on = datetime.fromisoformat(at) if at else None, date.fromisoformat(day) if day else None
        return cls(what, moment, on, word, uuid.UUID(of), uuid.UUID(plan) if plan else None)


@dataclass(frozen=True, slots=True)
class Overview:
    """What the modules of home depend on.

    `answers` are the first of the `waiting` things, `hats` those that the person has, with what waits for each,
    `modules` those of features that have something to show, `own_card` is the newest active card, and `has_card` and
    `has_run` say whether the person has any card, and whether they have ever been in a run or organise one. `marks` are
    the shifts and the training of their week, in order.
    """

    answers: Sequence[Answer]
    waiting: int
    hats: Sequence[tuple[Hat, int]]
    modules: Sequence[HomeModule]
    own_card: OwnCard | None
    has_card: bool
    has_run: bool
    marks: Sequence[Mark]


def overview_of(person: Person, contributed: Contributed, begins: datetime) -> Overview:
    """Return the overview, in one statement, of what features contribute and of the week that begins at a midnight."""
    days, is_operator = (begins.date(), (begins + timedelta(days=6)).date()), person.is_operator
    moments = clock.now(), begins, begins + timedelta(days=7)
    found = _overview(person.id, person.phone, *moments, *days, contributed=contributed, is_operator=is_operator)
    rows: Sequence[Any] = found.all()
    own_card, has_card, has_run, marks, total, *more = rows[0]
    hats, modules = _hats_and_modules(contributed)
    own = [(hat, more[len(hats) + place]) for place, hat in enumerate(hats) if more[place]]
    shown = [module for place, module in enumerate(modules, 2 * len(hats)) if more[place]]
    begin = 5 + 2 * len(hats) + len(modules)
    waiting = [Answer(*row[begin:]) for row in rows if row[begin] is not None]
    has_run, read = has_run or bool(own), [Mark.read(*mark) for mark in marks or ()]
    return Overview(waiting, total, own, shown, OwnCard.read(own_card), has_card, has_run, read)


@built_once
def _overview(
    person_id: uuid.UUID,
    phone: str,
    now: datetime,
    since: datetime,
    until: datetime,
    first_day: date,
    last_day: date,
    *,
    contributed: Contributed,
    is_operator: bool,
) -> Any:
    """Return a row for each of the first answers, or one: what is told of the person, and then the answer."""
    person = stand_in(person_id, phone=phone, is_operator=is_operator)
    waiting = all_answers(kind(person=person, now=now) for kind in contributed.answers)
    first = select(waiting).order_by(waiting.c.moment, waiting.c.id).limit(ANSWERS_SHOWN).subquery("first")
    counted = select(func.count()).select_from(waiting).scalar_subquery()
    has_card = select(Card.id).where(Card.owner_id == person.id).exists()
    worn = _worn(contributed, person, now, waiting)
    shown = [module(person=person, now=now).has for module in contributed.modules]
    marks = _marks_of_week(person_id, since, until, first_day, last_day)
    return (
        select(own_card_column(person), has_card, has_run(person), marks, counted, *worn, *shown, *first.c)
        .select_from(select(literal(1)).subquery("alone").outerjoin(first, true()))
        .order_by(first.c.moment, first.c.id)
    )


def waiting_of(person: Person, contributed: Contributed) -> tuple[int, list[tuple[Hat, int]]]:
    """Return how much waits for a person, and their hats with what waits for each, in one statement."""
    found = _hats(person.id, person.phone, clock.now(), contributed=contributed, is_operator=person.is_operator)
    total, *row = found.one()
    hats, _modules = _hats_and_modules(contributed)
    return total, [(hat, row[len(hats) + place]) for place, hat in enumerate(hats) if row[place]]


@built_once
def _hats(person_id: uuid.UUID, phone: str, now: datetime, *, contributed: Contributed, is_operator: bool) -> Any:
    person = stand_in(person_id, phone=phone, is_operator=is_operator)
    waiting = all_answers(kind(person=person, now=now) for kind in contributed.answers)
    total = select(func.count()).select_from(waiting).scalar_subquery()
    return select(total, *_worn(contributed, person, now, waiting))


def _worn(contributed: Contributed, person: Person, now: Any, waiting: CTE) -> list[Any]:
    """Return columns that say of each hat whether the person has it, and then of each how much waits for it."""
    hats = [hat(person=person, now=now) for hat in contributed.hats]
    counted = select(func.count()).select_from(waiting)
    return [
        *(hat.has for hat in hats),
        *(counted.where(waiting.c.kind.in_(hat.kinds)).scalar_subquery() for hat in hats),
    ]


@cache
def _hats_and_modules(contributed: Contributed) -> tuple[list[Hat], list[HomeModule]]:
    """Return the hats and modules, whose conditions are of no person."""
    hats = [hat(person=NOBODY, now=NOW) for hat in contributed.hats]
    return hats, [module(person=NOBODY, now=NOW) for module in contributed.modules]


@cache
def templates_of(answers: Functions) -> dict[str, str]:
    """Return the template of each kind of answer, by its name."""
    kinds = (kind(person=NOBODY, now=NOW) for kind in answers)
    return {kind.name: kind.template for kind in kinds}


def answers_of(person: Person, answers: Functions, after: str | None) -> Page[Answer]:
    """Return a page of what waits, the soonest first."""
    moment, last_id = decode(after, datetime, uuid.UUID) or (None, None)
    now, goes_on = clock.now(), moment is not None
    found = _answers(
        person.id, person.phone, now, moment, last_id, answers=answers, is_operator=person.is_operator, goes_on=goes_on
    )
    rows = [Answer(*row) for row in found.all()]
    return Page.of(rows, ANSWERS_A_PAGE, lambda answer: (answer.moment, answer.id))


@built_once
def _answers(
    person_id: uuid.UUID,
    phone: str,
    now: datetime,
    moment: datetime | None,
    last_id: uuid.UUID | None,
    *,
    answers: Functions,
    is_operator: bool,
    goes_on: bool,
) -> Any:
    person = stand_in(person_id, phone=phone, is_operator=is_operator)
    kinds = (kind(person=person, now=now) for kind in answers)
    waiting = all_answers(kinds, (moment, last_id) if goes_on else None, ANSWERS_A_PAGE + 1)
    return select(waiting).order_by(waiting.c.moment, waiting.c.id).limit(ANSWERS_A_PAGE + 1)


@dataclass(frozen=True, slots=True)
class NearRuns:
    """The next runs around the town of a person, or anywhere.

    `has_near` says whether they are in the circle `within` (kilometres, None for everywhere), `around` is the circle in
    which things count as near, `wider` the value of the next wider circle, of `wider_km`. The runs are those that all
    people see, unless the person's status in them is `known`.
    """

    town: Place | None
    around: Near | None
    runs: tuple[ListedRun, ...]
    known: bool
    has_near: bool
    within: int | None
    wider: str | None
    wider_km: int | None

    @property
    def unknown(self) -> list[uuid.UUID]:
        """The ids of the runs in which the status of the person has to be asked for."""
        return [] if self.known else [run.id for run in self.runs]

    def laid_over(self, mine: Sequence[ListedRun]) -> "NearRuns":
        """Return the first runs of others, with the person's status in them: `mine` has those that they are part of.

        Where there are no others, these are the person's own.
        """
        parts = {} if self.known else {run.id: run for run in mine}
        runs = tuple(
            replace(run, my_status=parts[run.id].my_status, organises=parts[run.id].organises)
            if run.id in parts
            else run
            for run in self.runs
        )
        others = tuple(run for run in runs if not run.is_mine)
        return replace(self, runs=(others or runs)[:RUNS_SHOWN], known=True)


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the week with its runs in the order of their starts; `begins` is its midnight on the person's clock.

    `shifts` and `training` are what else the person has that day.
    """

    begins: datetime
    today: bool
    runs: tuple[ListedRun, ...]
    shifts: tuple[Mark, ...] = ()
    training: tuple[Mark, ...] = ()

    @property
    def over(self) -> bool:
        """Whether all runs of the day are over."""
        return all(run.ends_at <= clock.now() for run in self.runs)


def days_of_week(runs: Sequence[ListedRun], begins: datetime, marks: Sequence[Mark] = ()) -> tuple[Day, ...]:
    """Return the seven days of the week that begins at a midnight, with those of the runs and marks that are in it."""
    today = dates.today()
    of_days: dict[tuple[date | None, str], list[Any]] = {}
    for run in runs:
        of_days.setdefault((run.starts_at.astimezone(begins.tzinfo).date(), RUN), []).append(run)
    for mark in marks:
        day = mark.at.astimezone(begins.tzinfo).date() if mark.at is not None else mark.day
        of_days.setdefault((day, SHIFT if mark.what == SHIFT else TRAINING), []).append(mark)
    days = [begins + timedelta(days=number) for number in range(7)]  # on the clock: a day may have 23 hours
    return tuple(
        Day(day, day.date() == today, *(tuple(of_days.get((day.date(), what), ())) for what in (RUN, SHIFT, TRAINING)))
        for day in days
    )


def _marks_of_week(person_id: Any, since: Any, until: Any, first: Any, last: Any) -> ColumnElement[Any]:
    """Return the shifts and the training of a person in some days as one column, for `Mark.read`.

    An activity that belongs to a run, and a session that was done by an activity, stand there by these.
    """
    no_time = cast(None, DateTime(timezone=True)).label("at")
    no_day, no_plan = cast(None, Date()).label("day"), cast(None, Uuid()).label("plan_id")
    shifts = (
        select(_name(SHIFT), Booking.begins_at.label("at"), no_day, Schedule.name, Booking.id, no_plan)
        .join(Schedule, Schedule.id == Booking.schedule_id)
        .where(is_of(person_id), Booking.begins_at >= since, Booking.begins_at < until)
    )
    activities = select(_name(ACTIVITY), no_time, Activity.day, Activity.kind, Activity.id, no_plan).where(
        Activity.person_id == person_id, Activity.day.between(first, last), Activity.run_id.is_(None)
    )
    sessions = (
        select(_name(SESSION), no_time, PlanSession.day, PlanSession.kind, PlanSession.id, PlanSession.plan_id)
        .join(PlanMember, PlanMember.plan_id == PlanSession.plan_id)
        .join(TrainingPlan, TrainingPlan.id == PlanSession.plan_id)
        .where(own_sessions(person_id), PlanSession.day.between(first, last), PlanSession.activity_id.is_(None))
    )
    every = union_all(shifts, activities, sessions).subquery("every")
    marks = select(every).order_by(every.c.at, every.c.day).limit(MARKS_SHOWN).subquery("marks")
    values = aggregate_order_by(func.jsonb_build_array(*marks.c), marks.c.at, marks.c.day)
    return select(func.jsonb_agg(values, type_=JSONB)).scalar_subquery()


def _name(what: str) -> Any:
    return literal_column(f"'{what}'").label("what")


def run_now(person: Person, run_id: Any) -> tuple[Run, Participation | None]:
    """Return a run of the person's that is near, with their participation."""
    mine = (Participation.run_id == Run.id) & (Participation.person_id == person.id)
    row = db.session.execute(select(Run, Participation).outerjoin(Participation, mine).where(Run.id == run_id)).one()
    return row[0], row[1]


def has_run(person: Person) -> ColumnElement[bool]:
    """Return the condition that the person takes, took or wants to take part in any run, or organises one."""
    takes_part = exists().where(Participation.person_id == person.id)
    return or_(takes_part, runs_organised_by(person).exists())
