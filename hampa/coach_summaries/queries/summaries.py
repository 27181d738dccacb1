"""Summaries that a person sees: their own, and approved ones that others share; never a sentence without a source."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Select, Uuid, and_, func, literal, or_, select

from hampa.coach_summaries.models import GIVEN_UP, PARTS, CoachSummary
from hampa.coach_summaries.queries.links import SourceLink, links_for
from hampa.coach_summaries.queries.material import material_for
from hampa.coaching.queries.owners import ATHLETE
from hampa.files.queries.owners import Owner, is_owned_readably
from hampa.people.models import Person
from hampa.people.queries import PersonSummary, hidden_ids, is_none_of, summary_columns
from hampa.platform import clock
from hampa.platform.db import db, scalar_or_404
from hampa.platform.statements import built_once

MOST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class SentenceRow:
    """A sentence as somebody sees it, with its sources; `place` is its place in the summary."""

    place: int
    part: str
    text: str
    sources: Sequence[SourceLink]

    @property
    def is_private(self) -> bool:
        """Return whether it rests on something that the viewer alone sees, so that nobody else gets it."""
        return any(link.is_private for link in self.sources)


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """A summary as somebody sees it: the sentences whose sources they see, all of them."""

    summary: CoachSummary
    author: PersonSummary
    sentences: Sequence[SentenceRow]

    @property
    def parts(self) -> list[tuple[str, list[SentenceRow]]]:
        """Return the sentences by part, without empty parts."""
        grouped = [(part, [one for one in self.sentences if one.part == part]) for part in PARTS]
        return [(part, rows) for part, rows in grouped if rows]

    @property
    def is_partly_private(self) -> bool:
        """Return whether others do not get all of its sentences, because the viewer alone sees what some rest on."""
        return any(one.is_private for one in self.sentences)

    @property
    def is_waiting(self) -> bool:
        """Return whether a model is writing it."""
        return is_waiting(self.summary)


def is_waiting(summary: CoachSummary) -> bool:
    """Return whether a model is writing a summary, and is still waited for."""
    return summary.asked_at is not None and summary.asked_at > clock.now() - GIVEN_UP


def own_summary(person: Person, summary_id: uuid.UUID, *, lock: bool = False) -> CoachSummary:
    """Return a summary of a person's own, of something that they still see. Raise NotFound."""
    query = select(CoachSummary).where(CoachSummary.id == summary_id, CoachSummary.author_id == person.id)
    query = query.where(is_owned_readably(person, CoachSummary.owner_kind, CoachSummary.owner_id))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return scalar_or_404(query)


def draft_of(person: Person, owner: Owner) -> CoachSummary | None:
    """Return the draft that a person has of something, locked."""
    query = select(CoachSummary).where(CoachSummary.owner_id == owner.id, CoachSummary.author_id == person.id)
    query = query.where(CoachSummary.approved_at.is_(None), CoachSummary.owner_kind == owner.kind)
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True))


def _is_theirs(person_id: Any, hidden: Any) -> ColumnElement[bool]:
    """Return the condition that a summary, of something that a person sees, is their own or shared with them."""
    shared = and_(CoachSummary.is_shared, is_none_of(CoachSummary.author_id, hidden))
    return or_(CoachSummary.author_id == person_id, shared)


def summary_for(person: Person, summary_id: uuid.UUID) -> SummaryRow:
    """Return a summary that a person sees. Raise NotFound."""
    hidden = literal(hidden_ids(person), ARRAY(Uuid()))
    query = select(CoachSummary).where(CoachSummary.id == summary_id, _is_theirs(person.id, hidden))
    seen = is_owned_readably(person, CoachSummary.owner_kind, CoachSummary.owner_id)
    summary = scalar_or_404(query.where(seen))
    author = db.session.scalars(select(summary_columns()).where(Person.id == summary.author_id)).one()
    return _shown(person, [(summary, author)])[0]


def summaries_of(person: Person, owner: Owner, *, is_approved: bool | None = None) -> list[SummaryRow]:
    """Return the summaries of something that a person sees (`owner_for`), drafts first, then the latest approved: ten."""
    rows = _summaries(person.id, owner.kind, owner.id, hidden_ids(person), is_approved=bool(is_approved))
    return _shown(person, [(row[0], row[1]) for row in rows])


@built_once
def _summaries(
    person_id: uuid.UUID, kind: str, owner_id: uuid.UUID, hidden: list[uuid.UUID], *, is_approved: bool
) -> Any:
    query = (
        select(CoachSummary, summary_columns())
        .join(Person, Person.id == CoachSummary.author_id)
        .where(CoachSummary.owner_kind == kind, CoachSummary.owner_id == owner_id, _is_theirs(person_id, hidden))
        .order_by(CoachSummary.approved_at.desc().nulls_first(), CoachSummary.id)
        .limit(MOST_SHOWN)
    )
    return query.where(CoachSummary.approved_at.is_not(None)) if is_approved else query


def count_shared_with(person: Person, records: Sequence[uuid.UUID]) -> Select[str, uuid.UUID, int]:
    """Return a SELECT of how many summaries on each of a person's records are shared with them."""
    count = func.count().label("number")
    query = select(literal("summaries").label("what"), CoachSummary.owner_id, count)
    query = query.where(CoachSummary.owner_kind == ATHLETE, CoachSummary.owner_id.in_(records))
    hidden = literal(hidden_ids(person), ARRAY(Uuid()))
    query = query.where(CoachSummary.is_shared, is_none_of(CoachSummary.author_id, hidden))
    return query.group_by(CoachSummary.owner_id)


def _shown(person: Person, rows: Sequence[tuple[CoachSummary, PersonSummary]]) -> list[SummaryRow]:
    keys = {key for summary, _author in rows for one in summary.sentences for key in one["sources"]}
    links = links_for(person, keys)
    return [
        SummaryRow(
            summary,
            author,
            [
                SentenceRow(place, one["part"], one["text"], [links[key] for key in one["sources"]])
                for place, one in enumerate(summary.sentences)
                if one["sources"] and all(key in links for key in one["sources"])
            ],
        )
        for summary, author in rows
    ]


def is_outdated(person: Person, owner: Owner, summary: CoachSummary) -> bool:
    """Return whether what a summary of the person's own rests on has changed since."""
    return summary.author_id == person.id and material_for(person, owner).basis != summary.basis


def offered_keys(person: Person, owner: Owner) -> list[str]:
    """Return the keys of sources that a person may give for a sentence of their own."""
    found = material_for(person, owner)
    keys = [f"athlete:{found.athlete.id}"] if found.athlete is not None else []
    keys += [f"plan:{plan.id}" for plan in found.plans]
    keys += [f"sessions:{plan.id}" for plan in found.plans if plan.sees_done]
    keys += [f"milestone:{one.id}" for one in found.milestones]
    keys += [f"note:{one.id}" for one in found.notes]
    return keys + [f"session:{one.id}" for one in found.sessions if one.day <= found.today]


def waiting_summary(summary_id: uuid.UUID, version: int) -> CoachSummary | None:
    """Return the draft that a model is to write, locked; None once it is another version, or was not waited for."""
    query = select(CoachSummary).where(CoachSummary.id == summary_id, CoachSummary.version == version)
    query = query.where(CoachSummary.asked_at.is_not(None)).with_for_update()
    return db.session.scalar(query.execution_options(populate_existing=True))
