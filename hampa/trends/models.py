"""The numbers of crews, and the rule by which they are published."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hampa.checkins.models import CREW, NUMBERS
from hampa.crews.models import FEWEST_NUMBERS, MOST_NUMBERS
from hampa.platform.db import Record, db

SETTLING: Final = timedelta(days=2)
"""How long a period settles after its end before its numbers are published; what comes late counts until then."""
BAND: Final = 5
"""Answers by numbers only are counted in fives, so that nobody sees whether the last one is missing."""
LOWEST_COUNTED, HIGHEST_COUNTED = 2, 9
"""What answers by numbers only count as at least and at most, and their mean: else one that is known to be extreme, since
nothing else fits what is published, would be known to the point."""
STEPS: Final = ((50, Fraction(1, 10)), (BAND * 2, Fraction(1, 2)), (BAND, Fraction(1)), (0, Fraction(2)))
"""To what the mean of so many answers is rounded: their sum is known to within five points at best."""


class CrewNumbers(Record, db.Model):
    """What a crew's members answered in one period together: published once, after it has settled, and never changed.

    A trigger on check-ins makes the row, and counts in `withdrawn` the answers that the crew read under a name before
    they were changed or deleted. If too few answered, a row has no numbers for ever: to members it is as if there were
    no row. `answers` is rounded down, `members` is how many the crew had when the numbers were published.
    """

    __tablename__ = "crew_numbers"
    __table_args__ = (
        UniqueConstraint("crew_id", "period_from", "period_to"),
        CheckConstraint("num_nonnulls(answers, members, productive, satisfied, body, care) IN (0, 6)", name="whole"),
        CheckConstraint("answers IS NULL OR published_at IS NOT NULL", name="published"),
        Index("ix_crew_numbers_ends_at", "ends_at", postgresql_where="published_at IS NULL"),
    )

    crew_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("crews.id", ondelete="CASCADE"))
    period_from: Mapped[date]
    period_to: Mapped[date]
    ends_at: Mapped[datetime]
    withdrawn: Mapped[int] = mapped_column(default=0, server_default="0")
    published_at: Mapped[datetime | None]
    answers: Mapped[int | None]
    members: Mapped[int | None]
    productive: Mapped[Decimal | None] = mapped_column(Numeric(3, 1))
    satisfied: Mapped[Decimal | None] = mapped_column(Numeric(3, 1))
    body: Mapped[Decimal | None] = mapped_column(Numeric(3, 1))
    care: Mapped[Decimal | None] = mapped_column(Numeric(3, 1))
    score: Mapped[Decimal | None] = mapped_column(
        Numeric(3, 1), Computed("productive + satisfied + body - care", persisted=True)
    )


@dataclass(frozen=True, slots=True)
class Tally:
    """So many answers of one sharing, given under one promise (`counted_from`), and the sum of each scale.

    Of answers by numbers only it is the sum of what they count as (`LOWEST_COUNTED`).
    """

    sharing: str
    counted_from: int
    count: int
    sums: Sequence[int]


@dataclass(frozen=True, slots=True)
class Means:
    """What is published of a period: how many answers there are at least, and the rounded mean of each scale."""

    answers: int
    values: tuple[Decimal, ...]


def means_of(tallies: Iterable[Tally], withdrawn: int, numbers_from: int) -> Means | None:
    """Return what is published of the answers of a period, None if that would say too much of one person.

    Answers that the crew reads count always: who reads them can subtract them. Answers by numbers only count when, without
    them and without the withdrawn ones, at least as many remain as each of their people was promised. A crew may ask
    for more answers in all (`numbers_from`).
    """
    tallies = list(tallies)
    counted = [one for one in tallies if one.sharing == CREW]
    answers = sum(one.count for one in counted)
    for least in range(MOST_NUMBERS, FEWEST_NUMBERS - 1, -1):
        quiet = [one for one in tallies if one.sharing == NUMBERS and one.counted_from <= least]
        hidden = sum(one.count for one in quiet)
        if hidden - withdrawn >= least:
            counted += quiet
            answers += max(hidden // BAND * BAND, *(one.counted_from for one in quiet))
            break
    if answers < numbers_from:
        return None
    step = next(step for most, step in STEPS if answers >= most)
    total = sum(one.count for one in counted)
    sums = [sum(column) for column in zip(*(one.sums for one in counted), strict=True)]
    return Means(answers, tuple(_rounded(Fraction(each, total), step) for each in sums))


def _rounded(mean: Fraction, step: Fraction) -> Decimal:
    tenths = round(min(max(mean, Fraction(LOWEST_COUNTED)), Fraction(HIGHEST_COUNTED)) / step) * step * 10
    return Decimal(int(tenths)) / 10
