"""What the home page shows of all features: what waits for the person's answer, and their hats."""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from itertools import compress
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, DateTime, Text, Uuid, bindparam, exists, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import JSONB

from hampa.cards.models import Card
from hampa.cards.queries.matching import OwnCard, own_card_column
from hampa.home.queries.week import Mark, marks_of_week
from hampa.people.models import Person
from hampa.people.queries import stand_in
from hampa.platform import clock
from hampa.platform.answers import MOST_COUNTED, Answer, AnswerKind, all_answers
from hampa.platform.geo.places import Place
from hampa.platform.geo.squares import Near
from hampa.platform.statements import built_once
from hampa.platform.web.hats import Hat
from hampa.platform.web.home_modules import HomeModule
from hampa.platform.web.paging import Page, decode
from hampa.run_lists.queries.rows import ListedRun
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import Run
from hampa.runs.queries.organisers import runs_organised_by

NOW = bindparam("now", type_=DateTime(timezone=True))
NOBODY = stand_in(bindparam("person_id", type_=Uuid()), phone=bindparam("phone", type_=Text()))
"""A person for whom features say the names and templates of what they contribute."""
Functions = tuple[Callable[..., Any], ...]
"""What features contribute to a slot: functions of a person and the time."""
ANSWERS_SHOWN = 5
KINDS_APART = 2
"""Where something waits of more kinds of answers than these, one statement looks for all kinds."""
RUNS_SHOWN = 3
ANSWERS_A_PAGE = 20
NOW_WITHIN = timedelta(hours=3)
"""The time before its start from which a run is what counts now."""


class Contributed(NamedTuple):
    """What features contribute to home."""

    answers: Functions
    hats: Functions
    modules: Functions


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
    """Return the overview of what features contribute, and of the week that begins at a midnight.

    It takes one statement, and one more if something waits.
    """
    days, is_operator = (begins.date(), (begins + timedelta(days=6)).date()), person.is_operator
    moments = clock.now(), begins, begins + timedelta(days=7)
    found = _overview(person.id, person.phone, *moments, *days, contributed=contributed, is_operator=is_operator)
    own_card, has_card, has_run, marks, *more = found.one()
    hats, modules = _hats_and_modules(contributed)
    worn, shown = more[: len(hats)], more[len(hats) : len(hats) + len(modules)]
    waiting = _waiting(person, contributed, _waiting_names(contributed, more[len(hats) + len(modules) :]))
    own = waiting.of_hats(compress(hats, worn))
    return Overview(
        answers=waiting.answers,
        waiting=waiting.total,
        hats=own,
        modules=list(compress(modules, shown)),
        own_card=OwnCard.read(own_card),
        has_card=has_card,
        has_run=has_run or bool(own),
        marks=[Mark.read(*mark) for mark in marks or ()],
    )


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
    """Return a row with what is told of the person, and of which kinds of answers something waits."""
    person = stand_in(person_id, phone=phone, is_operator=is_operator)
    has_card = select(Card.id).where(Card.owner_id == person.id).exists()
    worn = [hat(person=person, now=now).has for hat in contributed.hats]
    shown = [module(person=person, now=now).has for module in contributed.modules]
    waits = [kind(person=person, now=now).waits for kind in contributed.answers]
    marks = marks_of_week(person_id, since, until, first_day, last_day)
    return select(own_card_column(person), has_card, has_run(person), marks, *worn, *shown, *waits)


class Waiting(NamedTuple):
    """The first answers that a person is waited for, and how many there are of each kind, by its name."""

    answers: Sequence[Answer]
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """How much waits in all."""
        return sum(self.counts.values())

    def of_hats(self, hats: Iterable[Hat]) -> list[tuple[Hat, int]]:
        """Return the hats, each with how much waits for it."""
        return [(hat, sum(self.counts.get(kind, 0) for kind in hat.kinds)) for hat in hats]


def _waiting(person: Person, contributed: Contributed, names: tuple[str, ...]) -> Waiting:
    """Return what waits of some kinds, in one statement that looks for nothing else unless there are many."""
    if not names:
        return Waiting((), {})
    if len(names) > KINDS_APART:
        names = _names_of(contributed)
    shape: dict[str, Any] = {"contributed": contributed, "names": names, "is_operator": person.is_operator}
    rows: Sequence[Any] = _first_answers(person.id, person.phone, clock.now(), **shape).all()
    return Waiting([Answer(*row[1:]) for row in rows], rows[0][0] if rows else {})


@built_once
def _first_answers(
    person_id: uuid.UUID,
    phone: str,
    now: datetime,
    *,
    contributed: Contributed,
    names: tuple[str, ...],
    is_operator: bool,
) -> Any:
    person = stand_in(person_id, phone=phone, is_operator=is_operator)
    kinds = (kind(person=person, now=now) for kind in contributed.answers)
    waiting = all_answers(kind for kind in kinds if kind.name in names)
    counted = select(waiting.c.kind, func.count().label("waits")).group_by(waiting.c.kind).subquery("counted")
    counts = select(func.jsonb_object_agg(counted.c.kind, counted.c.waits, type_=JSONB)).scalar_subquery()
    return select(counts, *waiting.c).order_by(waiting.c.moment, waiting.c.id).limit(ANSWERS_SHOWN)


def waiting_of(person: Person, contributed: Contributed) -> tuple[int, list[tuple[Hat, int]]]:
    """Return how much waits for a person, and their hats with what waits for each, in one statement."""
    waiting, hats = _counted(person, contributed, of_hats_alone=False)
    return waiting.total, hats


def hats_of(person: Person, contributed: Contributed) -> list[tuple[Hat, int]]:
    """Return the hats of a person with what waits for each, in one statement that counts nothing else."""
    return _counted(person, contributed, of_hats_alone=True)[1]


def _counted(person: Person, contributed: Contributed, *, of_hats_alone: bool) -> tuple[Waiting, list[tuple[Hat, int]]]:
    shape: dict[str, Any] = {
        "contributed": contributed,
        "of_hats_alone": of_hats_alone,
        "is_operator": person.is_operator,
    }
    row = _counts(person.id, person.phone, clock.now(), **shape).one()
    hats, _modules = _hats_and_modules(contributed)
    waiting = Waiting((), dict(zip(_names_of(contributed), row[len(hats) :], strict=True)))
    return waiting, waiting.of_hats(compress(hats, row[: len(hats)]))


@built_once
def _counts(
    person_id: uuid.UUID, phone: str, now: datetime, *, contributed: Contributed, of_hats_alone: bool, is_operator: bool
) -> Any:
    """Return a row that says which hats the person has, and how much of each kind of answers waits."""
    person = stand_in(person_id, phone=phone, is_operator=is_operator)
    hats = [hat(person=person, now=now) for hat in contributed.hats]
    wanted = {name for hat in hats for name in hat.kinds} if of_hats_alone else set(_names_of(contributed))
    kinds = (kind(person=person, now=now) for kind in contributed.answers)
    counts = (_count_of(kind) if kind.name in wanted else literal_column("0") for kind in kinds)
    return select(*(hat.has for hat in hats), *counts)


def _count_of(kind: AnswerKind) -> Any:
    """Return how much waits of a kind as a column, of which no more is read than is counted."""
    return select(func.count()).select_from(kind.query.limit(MOST_COUNTED).subquery()).scalar_subquery()


def _waiting_names(contributed: Contributed, waits: Iterable[bool]) -> tuple[str, ...]:
    return tuple(compress(_names_of(contributed), waits))


@cache
def _names_of(contributed: Contributed) -> tuple[str, ...]:
    """Return the names of all kinds of answers, in their order."""
    return tuple(kind(person=NOBODY, now=NOW).name for kind in contributed.answers)


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


def run_now(person: Person, run_id: uuid.UUID) -> tuple[Run, Participation | None]:
    """Return a run of the person's that is near, with their participation."""
    row = _run_now(run_id, person.id).one()
    return row[0], row[1]


@built_once
def _run_now(run_id: uuid.UUID, person_id: uuid.UUID) -> Any:
    mine = (Participation.run_id == Run.id) & (Participation.person_id == person_id)
    return select(Run, Participation).outerjoin(Participation, mine).where(Run.id == run_id)


def has_run(person: Person) -> ColumnElement[bool]:
    """Return the condition that the person takes, took or wants to take part in any run, or organises one."""
    takes_part = exists().where(Participation.person_id == person.id)
    return or_(takes_part, runs_organised_by(person).exists())
