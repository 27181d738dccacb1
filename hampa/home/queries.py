"""What the home page shows of all features: what waits for the person's answer, and their hats."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import DateTime, Select, Text, Uuid, bindparam, func, literal, select, true

from hampa.cards.models import Card
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.answers import Answer, all_answers
from hampa.platform.db import db
from hampa.platform.locale import dates
from hampa.platform.web.hats import Hat
from hampa.platform.web.paging import Page, select_page
from hampa.run_lists.queries import ListedRun
from hampa.runs.queries.waiting import has_run

NOW = bindparam("now", type_=DateTime(timezone=True))
Functions = tuple[Callable[..., Any], ...]
"""What features contribute to a slot: functions of a person and the time."""
ANSWERS_SHOWN = 5
ANSWERS_A_PAGE = 20
NOW_WITHIN = timedelta(hours=3)
"""The time before its start from which a run is what counts now."""


@dataclass(frozen=True, slots=True)
class Overview:
    """What the modules of home depend on.

    `answers` are the first of the `waiting` things, `hats` those that the person has, with what waits for each, and
    `has_run` says whether the person has ever been in a run or organises one.
    """

    answers: Sequence[Answer]
    waiting: int
    hats: Sequence[tuple[Hat, int]]
    has_card: bool
    has_run: bool


def overview_of(person: Person, answers: Functions, hats: Functions) -> Overview:
    """Return the overview, in one statement, of what features contribute to answers and hats."""
    statement = _statement(answers, hats, person.is_operator)
    roles = statement.hats
    rows: Sequence[Any] = db.session.execute(statement.overview, _values(person)).all()
    card, run, total, *more = rows[0]
    own = [(hat, more[len(roles) + place]) for place, hat in enumerate(roles) if more[place]]
    waiting = [Answer(*row[3 + 2 * len(roles) :]) for row in rows if row[3 + 2 * len(roles)] is not None]
    return Overview(waiting, total, own, card, run or bool(own))


def hats_of(person: Person, answers: Functions, hats: Functions) -> list[tuple[Hat, int]]:
    """Return the hats of a person with what waits for each, in one statement."""
    statement = _statement(answers, hats, person.is_operator)
    row = db.session.execute(statement.worn, _values(person)).one()
    return [(hat, row[len(statement.hats) + place]) for place, hat in enumerate(statement.hats) if row[place]]


@dataclass(frozen=True, slots=True)
class _Statement:
    """The statements of the overview and of the hats alone, with parameters as in `_values`."""

    hats: Sequence[Hat]
    overview: Select[Any]
    worn: Select[Any]


@cache
def _statement(answers: Functions, hats: Functions, is_operator: bool) -> _Statement:
    """Return the statements, which are built once: building them took longer than running them."""
    person = _stand_in(is_operator)
    roles = [hat(person=person, now=NOW) for hat in hats]
    waiting = all_answers(kind(person=person, now=NOW) for kind in answers)
    counted = select(func.count()).select_from(waiting)
    first = select(waiting).order_by(waiting.c.moment, waiting.c.id).limit(ANSWERS_SHOWN).subquery("first")
    has_card = select(Card.id).where(Card.owner_id == person.id).exists()
    worn = [hat.has for hat in roles]
    worn += [counted.where(waiting.c.kind.in_(hat.kinds)).scalar_subquery() for hat in roles]
    overview = (
        select(has_card, has_run(person), counted.scalar_subquery(), *worn, *first.c)
        .select_from(select(literal(1)).subquery("alone").outerjoin(first, true()))
        .order_by(first.c.moment, first.c.id)
    )
    return _Statement(roles, overview, select(*worn))


def _stand_in(is_operator: bool) -> Person:
    """Return a person whose id and number are parameters of a statement."""
    columns = {"id": bindparam("person_id", type_=Uuid()), "phone": bindparam("person_phone", type_=Text())}
    return cast("Person", SimpleNamespace(**columns, is_operator=is_operator))


def _values(person: Person) -> dict[str, Any]:
    return {"person_id": person.id, "person_phone": person.phone, "now": clock.now()}


@cache
def templates_of(answers: Functions) -> dict[str, str]:
    """Return the template of each kind of answer, by its name."""
    kinds = (kind(person=_stand_in(False), now=NOW) for kind in answers)
    return {kind.name: kind.template for kind in kinds}


def answers_of(person: Person, answers: Functions, after: str | None) -> Page[Answer]:
    """Return a page of what waits, the soonest first."""
    kinds = (kind(person=person, now=clock.now()) for kind in answers)
    waiting = all_answers(kinds, after, ANSWERS_A_PAGE + 1)
    query = select_page(select(waiting), None, ANSWERS_A_PAGE, waiting.c.moment, waiting.c.id)
    rows = [Answer(*row) for row in db.session.execute(query)]
    return Page.of(rows, ANSWERS_A_PAGE, lambda answer: (answer.moment, answer.id))


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the week with its runs in the order of their starts; `begins` is its midnight on the person's clock."""

    begins: datetime
    today: bool
    runs: tuple[ListedRun, ...]

    @property
    def over(self) -> bool:
        """Whether all runs of the day are over."""
        return all(run.ends_at <= clock.now() for run in self.runs)


def days_of_week(runs: Sequence[ListedRun], begins: datetime) -> list[Day]:
    """Return the seven days of the week that begins at a midnight, with those of the runs that start in it."""
    today = dates.today()
    days = [begins + timedelta(days=number) for number in range(7)]  # on the clock: a day may have 23 hours
    return [
        Day(day, day.date() == today, tuple(run for run in runs if _day_of(run, day) == day.date())) for day in days
    ]


def _day_of(run: ListedRun, day: datetime) -> Any:
    return run.starts_at.astimezone(day.tzinfo).date()
