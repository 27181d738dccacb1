"""Summaries of plans and athletes: having one written, reading, changing and approving it."""

import datetime as dt
import uuid
from datetime import datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.shapes import Summary, summary_as_data
from hampa.coach_summaries.actions import writing as actions
from hampa.coach_summaries.forms import FAILURE_WORDS
from hampa.coach_summaries.models import (
    FAILURES,
    LONGEST_SENTENCE,
    MOST_SENTENCES,
    MOST_SOURCES,
    PARTS,
    QUOTA,
    CoachSummary,
)
from hampa.coach_summaries.queries import summaries as queries
from hampa.coach_summaries.queries.usage import seconds_to_next_month, use_of
from hampa.files.queries.owners import owner_for
from hampa.platform.api.answers import Created
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me

resource = Resource("summaries", _l("Summaries"), scope="training")

Part = Annotated[str, OneOf(*PARTS)]
Failure = Annotated[str, OneOf(*FAILURES)]


class SummaryBody(Body):
    """Whether a language model writes it; otherwise it is composed from the data, at once."""

    by_model: bool = False


class SentenceBody(Body):
    """A sentence with the keys of its sources, such as `note:` and an id."""

    part: Part
    text: str = Field(min_length=1, max_length=LONGEST_SENTENCE)
    sources: list[str] = Field(min_length=1, max_length=MOST_SOURCES)


class SummaryChange(Body):
    """The sentences of a draft, all of them."""

    sentences: list[SentenceBody] = Field(min_length=1, max_length=MOST_SENTENCES)


class ApprovalBody(Body):
    """Whether others see it who belong to what it is about."""

    is_shared: bool = False


class SentenceData(TypedDict):
    """A sentence, with the keys of its sources, all of which you see."""

    part: Part
    text: str
    sources: list[str]


class SummaryData(TypedDict):
    """A summary; `model` wrote it, "" for a composed one. `failure` says why a model did not, `message` so in words."""

    id: uuid.UUID
    owner_kind: str
    owner_id: uuid.UUID
    author: Summary
    locale: str
    sentences: list[SentenceData]
    model: str
    failure: Failure | None
    message: str
    is_waiting: bool
    is_shared: bool
    approved_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class SummaryUseData(TypedDict):
    """How often a language model wrote for you in the month that began on `month`, and how often it may."""

    month: dt.date
    calls: int
    most_calls: int
    input_tokens: int
    output_tokens: int


@resource.get("/me/summaries/use")
def read_summary_use() -> SummaryUseData:
    """Return how much of your month with the language model is used."""
    use = use_of(me())
    return {
        "month": use.month,
        "calls": use.calls,
        "most_calls": use.most,
        "input_tokens": use.input_tokens,
        "output_tokens": use.output_tokens,
    }


@resource.get("/summaries/<owner_kind>/<uuid:owner_id>")
def list_summaries(owner_kind: str, owner_id: uuid.UUID) -> Page[SummaryData]:
    """List the summaries of something, such as `athlete` or `plan`: your draft, and approved ones that you see."""
    return Page([_summary(row) for row in queries.summaries_of(me(), owner_for(me(), owner_kind, owner_id))])


@resource.post("/summaries/<owner_kind>/<uuid:owner_id>", needs_name=True, keeps_refusals=True, statuses=(429,))
def write_summary(owner_kind: str, owner_id: uuid.UUID, body: SummaryBody) -> Created[SummaryData]:
    """Have a summary written, your draft, which stays as it is while what it rests on does.

    When your month with the model is used up, the answer is AI_QUOTA_EXCEEDED, and `first` is the composed one instead.
    """
    draft = actions.write_summary(me(), owner_kind, owner_id, by_model=body.by_model)
    if body.by_model and draft.failure == QUOTA:
        words = _("Your summaries by the language model are used up for this month.")
        refused = actions.QuotaExceeded(words, seconds_to_next_month())
        refused.first = f"/summaries/{draft.id}"
        raise refused
    return Created(_summary(queries.summary_for(me(), draft.id)), f"/summaries/{draft.id}")


@resource.get("/athletes/<uuid:athlete_id>/summaries")
def list_athlete_summaries(athlete_id: uuid.UUID) -> Page[SummaryData]:
    """List the summaries of an athlete, as `/summaries/athlete/{owner_id}` does."""
    return list_summaries("athlete", athlete_id)


@resource.post("/athletes/<uuid:athlete_id>/summaries", needs_name=True, keeps_refusals=True, statuses=(429,))
def write_athlete_summary(athlete_id: uuid.UUID, body: SummaryBody) -> Created[SummaryData]:
    """Have a summary of an athlete written, as `/summaries/athlete/{owner_id}` does."""
    return write_summary("athlete", athlete_id, body)


@resource.get("/summaries/<uuid:summary_id>")
def read_summary(summary_id: uuid.UUID) -> SummaryData:
    """Return a summary that you may see."""
    return _summary(queries.summary_for(me(), summary_id))


@resource.patch("/summaries/<uuid:summary_id>", locks=CoachSummary)
def change_summary(summary_id: uuid.UUID, body: SummaryChange) -> SummaryData:
    """Replace the sentences of your draft."""
    actions.change_summary(me(), summary_id, [sentence.model_dump() for sentence in body.sentences])
    return _summary(queries.summary_for(me(), summary_id))


@resource.put("/summaries/<uuid:summary_id>/approval")
def approve_summary(summary_id: uuid.UUID, body: ApprovalBody) -> SummaryData:
    """Stand by your draft, instead of the one that you approved before."""
    actions.approve_summary(me(), summary_id, is_shared=body.is_shared)
    return _summary(queries.summary_for(me(), summary_id))


@resource.delete("/summaries/<uuid:summary_id>", locks=CoachSummary)
def delete_summary(summary_id: uuid.UUID) -> None:
    """Delete a summary of yours."""
    actions.delete_summary(me(), summary_id)


def _summary(row: queries.SummaryRow) -> SummaryData:
    summary = row.summary
    return {
        "id": summary.id,
        "owner_kind": summary.owner_kind,
        "owner_id": summary.owner_id,
        "author": summary_as_data(row.author),
        "locale": summary.locale,
        "sentences": [
            {"part": one.part, "text": one.text, "sources": [link.key for link in one.sources]} for one in row.sentences
        ],
        "model": summary.model,
        "failure": summary.failure or None,
        "message": str(FAILURE_WORDS[summary.failure]) if summary.failure else "",
        "is_waiting": row.is_waiting,
        "is_shared": summary.is_shared,
        "approved_at": summary.approved_at,
        "created_at": summary.created_at,
        "updated_at": summary.updated_at,
        "version": summary.version,
    }
