"""Having a summary written, taking what a model wrote, and changing, approving and deleting a summary."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select, text

from hampa.coach_summaries.actions.composing import compose
from hampa.coach_summaries.models import (
    GIVEN_UP,
    LONGEST_SENTENCE,
    MOST_SENTENCES,
    PARTS,
    QUOTA,
    SUMMARIES_A_DAY,
    CoachSummary,
)
from hampa.coach_summaries.queries import summaries as queries
from hampa.coach_summaries.queries.links import links_for
from hampa.coach_summaries.queries.material import material_for
from hampa.coach_summaries.queries.usage import summary_quota, this_month
from hampa.files.queries.owners import Owner, owner_for, tell_change
from hampa.people.models import Person
from hampa.people.queries import lock_people
from hampa.platform import clock, ids
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.errors import Conflict, Forbidden, Refused, TooFast
from hampa.platform.jobs import enqueue
from hampa.platform.language_model import has_model
from hampa.platform.limits import limit
from hampa.platform.live import publish
from hampa.platform.locale.i18n import get_locale_code, gettext as _
from hampa.platform.texts.cleaning import UncleanText, clean_line

SHARED = "summary_shared"
_TAKE = text("""
    INSERT INTO coach_summary_uses AS existing (id, person_id, month, calls, created_at)
    SELECT :id, :person_id, :month, 1, :now WHERE :most > 0
    ON CONFLICT (person_id, month) DO UPDATE SET calls = existing.calls + 1 WHERE existing.calls < :most
    RETURNING id
""")
_COUNT_DAY = text("""
    INSERT INTO model_days AS counted (id, day, model, failure, currency, calls, input_tokens, output_tokens, cost, created_at)
    VALUES (:id, :day, :model, :failure, :currency, 1, :read, :written, :cost, :now)
    ON CONFLICT (day, model, failure, currency) DO UPDATE SET calls = counted.calls + 1,
        input_tokens = counted.input_tokens + excluded.input_tokens,
        output_tokens = counted.output_tokens + excluded.output_tokens, cost = counted.cost + excluded.cost
""")
_COUNT = text("""
    UPDATE coach_summary_uses SET calls = greatest(0, calls - :unused), input_tokens = input_tokens + :read,
        output_tokens = output_tokens + :written
    WHERE person_id = :person_id AND month = :month
""")


class QuotaExceeded(TooFast):
    """A model wrote as many summaries for the person as it may this month; `first` is where the composed one is."""

    name = "AI_QUOTA_EXCEEDED"


class SummaryChanged(Conflict):
    """Somebody has another version of the summary open, or a model is still writing it."""


def write_summary(person: Person, kind: str, owner_id: uuid.UUID, *, by_model: bool = False) -> CoachSummary:
    """Return a draft that sums something up, composed at once; a model writes another in the worker, if asked to.

    The draft that is there is kept while what it rests on is the same. Raise NotFound, Forbidden and TooFast. The draft
    has the failure "quota" if the model may not write again this month.
    """
    owner = owner_for(person, kind, owner_id)
    if not owner.may_add:
        raise Forbidden(_("You can only view this. Ask its owner to let you add to it."))
    lock_people(person.id)
    draft = queries.draft_of(person, owner)
    material = material_for(person, owner)
    locale = get_locale_code()
    if draft is not None and draft.basis == material.basis and draft.locale == locale:
        is_waiting = draft.asked_at is not None and draft.asked_at > clock.now() - GIVEN_UP
        if is_waiting or not by_model or (draft.model and not draft.failure):
            return draft
    limit(person, "coach_summaries.write", SUMMARIES_A_DAY, per="day", error=_too_many)
    if draft is None:
        draft = CoachSummary(owner_kind=kind, owner_id=owner_id, author_id=person.id)
        db.session.add(draft)
    draft.sentences = [sentence.as_data() for sentence in compose(material)]
    draft.basis, draft.locale = material.basis, locale
    draft.model, draft.failure, draft.asked_at = "", "", None
    if by_model and not _take(person):
        draft.failure = QUOTA
    elif by_model:
        draft.asked_at = clock.now()
    db.session.flush()
    if draft.asked_at is not None:
        enqueue("coach_summaries.ask", summary_id=draft.id, version=draft.version)
    return draft


def _take(person: Person) -> bool:
    """Return whether a model may write once more for a person this month, and count it: one statement decides."""
    if not has_model():
        return False
    values = {"id": ids.new_id(), "person_id": person.id, "month": this_month(), "now": clock.now()}
    return db.session.execute(_TAKE, {**values, "most": summary_quota(person)}).one_or_none() is not None


def take_answer(
    summary: CoachSummary, sentences: Sequence[Mapping[str, Any]], model: str, failure: str, tokens: tuple[int, int]
) -> None:
    """Keep what a model wrote, or why it did not; what cost nothing is given back to the person's month."""
    asked_at = summary.asked_at or clock.now()
    if sentences:
        summary.sentences = [dict(one) for one in sentences]
        summary.model = model
    summary.failure, summary.asked_at = failure, None
    db.session.flush()
    count = {"unused": 0 if any(tokens) or not failure else 1, "read": tokens[0], "written": tokens[1]}
    month = asked_at.date().replace(day=1)
    db.session.execute(_COUNT, {**count, "person_id": summary.author_id, "month": month})
    publish(f"person:{summary.author_id}", "summary")


def count_call(failure: str, tokens: tuple[int, int]) -> None:
    """Count a call of the model, answered or not, with the tokens that it took and what they cost by the price of now."""
    price, now = settings().gemini_price, clock.now()
    values = {"id": ids.new_id(), "day": now.date(), "now": now, "model": settings().gemini_model, "failure": failure}
    values.update(currency=price.currency if price else "", cost=price.cost(tokens) if price else 0)
    db.session.execute(_COUNT_DAY, {**values, "read": tokens[0], "written": tokens[1]})


def change_summary(
    person: Person, summary_id: uuid.UUID, sentences: Sequence[Mapping[str, Any]], version: int | None = None
) -> CoachSummary:
    """Replace the sentences of a draft, each with sources that its author sees. Raise NotFound, Refused, SummaryChanged.

    `version` is that of the draft that was read.
    """
    draft = queries.own_summary(person, summary_id, lock=True)
    owner = changeable(person, draft)
    if version is not None and version != draft.version:
        raise SummaryChanged(_("This summary was changed meanwhile. Look at it again, then save once more."))
    allowed = links_for(person, [*keys_of(draft.sentences), *queries.offered_keys(person, owner)])
    draft.sentences = checked(sentences, allowed)
    if not draft.sentences:
        raise Refused(_("Nothing is left. Delete the draft instead."), "text")
    db.session.flush()
    return draft


def checked(sentences: Sequence[Mapping[str, Any]], allowed: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return sentences as they are stored. Raise Refused for one without a source, or with one that is not allowed."""
    kept: list[dict[str, Any]] = []
    for one in sentences:
        try:
            words = clean_line(str(one.get("text", "")))[:LONGEST_SENTENCE]
        except UncleanText:
            raise Refused(_("This has characters that can't be stored."), "text") from None
        sources = list(dict.fromkeys(one.get("sources") or ()))
        if not words:
            continue
        if one.get("part") not in PARTS or not sources or any(key not in allowed for key in sources):
            raise Refused(_("Each sentence needs a source. Choose where it comes from."), "sources")
        kept.append({"part": one["part"], "text": words, "sources": sources})
    if len(kept) > MOST_SENTENCES:
        raise Refused(_("A summary has forty sentences at most."), "text")
    return sorted(kept, key=lambda one: PARTS.index(one["part"]))


def approve_summary(person: Person, summary_id: uuid.UUID, *, is_shared: bool) -> CoachSummary:
    """Stand by a draft, instead of the summary that was approved before, and let others see it if it is shared.

    Raise NotFound, Forbidden, and Refused for an empty one.
    """
    draft = queries.own_summary(person, summary_id, lock=True)
    if draft.is_approved:
        return _share(person, draft, is_shared=is_shared)
    changeable(person, draft)
    seen = links_for(person, keys_of(draft.sentences))
    draft.sentences = [one for one in draft.sentences if all(key in seen for key in one["sources"])]
    if not draft.sentences:
        raise Refused(_("Nothing is left of it: its sources are gone. Write another one."))
    earlier = select(CoachSummary).where(
        CoachSummary.owner_id == draft.owner_id,
        CoachSummary.author_id == person.id,
        CoachSummary.approved_at.is_not(None),
    )
    for one in db.session.scalars(earlier.with_for_update()).all():
        db.session.delete(one)
    db.session.flush()
    draft.approved_at = clock.now()
    return _share(person, draft, is_shared=is_shared)


def _share(person: Person, summary: CoachSummary, *, is_shared: bool) -> CoachSummary:
    """Let others see an approved summary, or not any more."""
    is_new = is_shared and not summary.is_shared
    summary.is_shared = is_shared
    db.session.flush()
    if is_new:
        tell_change(person, summary.owner_kind, summary.owner_id, SHARED)
    return summary


def delete_summary(person: Person, summary_id: uuid.UUID) -> None:
    """Delete a summary of the person's own. Raise NotFound."""
    summary = queries.own_summary(person, summary_id, lock=True)
    db.session.execute(delete(CoachSummary).where(CoachSummary.id == summary.id))


def changeable(person: Person, draft: CoachSummary) -> Owner:
    """Return what a draft is about if a person may change it now. Raise NotFound, Forbidden, Refused, SummaryChanged."""
    owner = owner_for(person, draft.owner_kind, draft.owner_id)
    if not owner.may_add:
        raise Forbidden(_("You can only view this. Ask its owner to let you add to it."))
    if draft.is_approved:
        raise Refused(_("It is approved. Write a new one to change it."))
    if draft.asked_at is not None and draft.asked_at > clock.now() - GIVEN_UP:
        raise SummaryChanged(_("It is still being written. Come back in a moment."))
    return owner


def keys_of(sentences: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the keys of all sources of sentences."""
    return list(dict.fromkeys(key for one in sentences for key in one["sources"]))


def _too_many(seconds: int) -> TooFast:
    return TooFast(_("That is enough summaries for one day. Try again tomorrow."), seconds)
