"""What the home page shows of all features: what waits for the person's answer, and their hats."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, literal, select, true

from hampa.cards.models import Card
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.answers import Answer, AnswerKind, all_answers
from hampa.platform.db import db
from hampa.platform.locale import dates
from hampa.platform.web.hats import Hat
from hampa.platform.web.paging import Page, select_page
from hampa.runs.queries.listing import ListedRun
from hampa.runs.queries.waiting import has_run

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


def overview_of(person: Person, kinds: Sequence[AnswerKind], hats: Sequence[Hat]) -> Overview:
    """Return the overview, in one statement."""
    waiting = all_answers(kinds)
    counted = select(func.count()).select_from(waiting)
    first = select(waiting).order_by(waiting.c.moment, waiting.c.id).limit(ANSWERS_SHOWN).subquery("first")
    alone = select(literal(1)).subquery("alone")
    has_card = select(Card.id).where(Card.owner_id == person.id).exists()
    rows: Sequence[Any] = db.session.execute(
        select(
            has_card,
            has_run(person),
            counted.scalar_subquery(),
            *(hat.has for hat in hats),
            *(counted.where(waiting.c.kind.in_(hat.kinds)).scalar_subquery() for hat in hats),
            *first.c,
        )
        .select_from(alone.outerjoin(first, true()))
        .order_by(first.c.moment, first.c.id)
    ).all()
    card, run, total, *more = rows[0]
    own = [(hat, more[len(hats) + place]) for place, hat in enumerate(hats) if more[place]]
    answers = [Answer(*row[3 + 2 * len(hats) :]) for row in rows if row[-len(first.c)] is not None]
    return Overview(answers, total, own, card, run or any(hat for hat, _count in own))


def hats_of(person: Person, kinds: Sequence[AnswerKind], hats: Sequence[Hat]) -> list[tuple[Hat, int]]:
    """Return the hats of a person with what waits for each, in one statement."""
    waiting = all_answers(kinds)
    counted = select(func.count()).select_from(waiting)
    columns = [hat.has for hat in hats]
    columns += [counted.where(waiting.c.kind.in_(hat.kinds)).scalar_subquery() for hat in hats]
    row = db.session.execute(select(*columns)).one()
    return [(hat, row[len(hats) + place]) for place, hat in enumerate(hats) if row[place]]


def answers_of(kinds: Sequence[AnswerKind], after: str | None) -> Page[Answer]:
    """Return a page of what waits, the soonest first."""
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
