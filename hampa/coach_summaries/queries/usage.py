"""How much of a language model a person used this month, and how much they may."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from hampa.coach_summaries.models import SummaryUse
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.language_model import has_model
from hampa.subscriptions.queries.allowances import at_most


@dataclass(frozen=True, slots=True)
class Use:
    """What a person used in a month, and how many summaries a model may write for them in it."""

    month: dt.date
    calls: int
    input_tokens: int
    output_tokens: int
    most: int

    @property
    def left(self) -> int:
        """Return how many are left."""
        return max(0, self.most - self.calls)


def summary_quota(person: Person) -> int:
    """Return how many summaries a model may write for a person in a month, by their plan; 0 where there is no model."""
    return at_most(person, "summaries_a_month", settings().summaries_a_month) if has_model() else 0


def this_month() -> dt.date:
    """Return the first day of the month (UTC), by which uses are counted."""
    return clock.now().date().replace(day=1)


def seconds_to_next_month() -> int:
    """Return the seconds until uses are counted anew."""
    now = clock.now()
    following = (now.replace(day=28) + dt.timedelta(days=4)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return int((following - now).total_seconds()) + 1


def use_of(person: Person) -> Use:
    """Return what a person used this month."""
    month = this_month()
    columns = SummaryUse.calls, SummaryUse.input_tokens, SummaryUse.output_tokens
    query = select(*columns).where(SummaryUse.person_id == person.id, SummaryUse.month == month)
    row = db.session.execute(query).one_or_none() or (0, 0, 0)
    return Use(month, row[0], row[1], row[2], summary_quota(person))
