"""How much of a language model a person used this month, and how much they may."""

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from hampa.coach_summaries.models import ModelDay, SummaryUse
from hampa.people.models import Person
from hampa.platform import clock, metrics
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.language_model import has_model
from hampa.platform.metrics import Reading
from hampa.platform.statements import built_once
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
    row = _used(person.id, month).one_or_none() or (0, 0, 0)
    return Use(month, row[0], row[1], row[2], summary_quota(person))


@built_once
def _used(person_id: uuid.UUID, month: dt.date) -> Any:
    columns = SummaryUse.calls, SummaryUse.input_tokens, SummaryUse.output_tokens
    return select(*columns).where(SummaryUse.person_id == person_id, SummaryUse.month == month)


ANSWERED = "answered"


@metrics.reads
def model_readings() -> Iterator[Reading]:
    """Read how often models were asked, what came of it, the tokens that it took, and what it cost, ever and this day."""
    today = clock.now().date()
    counts = func.sum(ModelDay.calls), func.sum(ModelDay.input_tokens), func.sum(ModelDay.output_tokens)
    by_outcome = db.session.execute(
        select(ModelDay.model, ModelDay.failure, *counts).group_by(ModelDay.model, ModelDay.failure)
    )
    tokens: dict[tuple[str, str], int] = {}
    for model, failure, calls, read, written in by_outcome:
        labels = (("model", model), ("outcome", failure or ANSWERED))
        yield Reading("hampa_model_calls", "Calls of language models", float(calls), labels, is_total=True)
        for direction, number in (("read", read), ("written", written)):
            tokens[model, direction] = tokens.get((model, direction), 0) + int(number)
    for (model, direction), number in tokens.items():
        labels = (("model", model), ("direction", direction))
        yield Reading("hampa_model_tokens", "Tokens of language models", number, labels, is_total=True)
    costs = (
        select(
            ModelDay.currency,
            func.sum(ModelDay.cost),
            func.coalesce(func.sum(ModelDay.cost).filter(ModelDay.day == today), 0),
        )
        .where(ModelDay.currency != "")
        .group_by(ModelDay.currency)
    )
    for currency, ever, this_day in db.session.execute(costs):
        named = (("currency", currency),)
        yield Reading("hampa_model_cost", "What language models cost", float(ever), named, is_total=True)
        yield Reading("hampa_model_cost_today", "What they cost this day", float(this_day), named)
