"""Sources of sentences: which of them a viewer sees at this moment, what each is called, and its page."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, Uuid, literal, select

from hampa.coach_notes.models import CoachNote
from hampa.coach_notes.queries.notes import seen_by
from hampa.coach_summaries.queries.material import plans_seen
from hampa.coaching.models.athletes import Athlete, CoachingEvent
from hampa.coaching.models.sessions import PlanSession
from hampa.coaching.queries.athletes import coach_may
from hampa.coaching.queries.events import FELT
from hampa.people.models import Person
from hampa.people.queries import hidden_ids
from hampa.platform.db import db
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _
from hampa.training.models.plans import Milestone

KINDS = ATHLETE, PLAN, SESSIONS, SESSION, MILESTONE, EVENT, NOTE = (
    *("athlete", "plan", "sessions", "session", "milestone", "event", "note"),
)


@dataclass(frozen=True, slots=True)
class SourceLink:
    """A source that a viewer sees: what it is called, and its page; of one that is private, they alone see it."""

    key: str
    title: str
    endpoint: str
    values: Mapping[str, Any]
    is_private: bool = False


def links_for(viewer: Person, keys: Iterable[str]) -> dict[str, SourceLink]:
    """Return those of some sources that a viewer sees now, by their keys; one statement a kind."""
    ids: dict[str, set[uuid.UUID]] = defaultdict(set)
    for key in keys:
        kind, _colon, text = key.partition(":")
        if kind in KINDS and (id_ := _id_of(text)) is not None:
            ids[kind].add(id_)
    found = [*_athletes(viewer, ids[ATHLETE]), *_notes(viewer, ids[NOTE])]
    sessions = _owned(PlanSession, ids[SESSION], PlanSession.day)
    milestones = _owned(Milestone, ids[MILESTONE], Milestone.name)
    events = _events(ids[EVENT])
    plan_ids = {*ids[PLAN], *ids[SESSIONS], *(row.plan_id for row in (*sessions, *milestones, *events) if row.plan_id)}
    plans = {plan.id: plan for plan in plans_seen(viewer, list(plan_ids))}
    done = {plan_id: plan for plan_id, plan in plans.items() if plan.sees_done}
    for id_ in ids[PLAN] & plans.keys():
        found.append(SourceLink(f"{PLAN}:{id_}", plans[id_].name, "training.plan", {"plan_id": id_}))
    for id_ in ids[SESSIONS] & done.keys():
        title = _("Sessions of %(plan)s", plan=plans[id_].name)
        found.append(SourceLink(f"{SESSIONS}:{id_}", title, "coaching.sessions", {"plan_id": id_}))
    for row in (row for row in sessions if row.plan_id in done):
        title = _("Session of %(day)s", day=dates.date(row.what))
        to = {"plan_id": row.plan_id, "training_session_id": row.id}
        found.append(SourceLink(f"{SESSION}:{row.id}", title, "coaching.session", to))
    for row in (row for row in milestones if row.plan_id in plans):
        found.append(SourceLink(f"{MILESTONE}:{row.id}", row.what, "training.plan", {"plan_id": row.plan_id}))
    found += _changes(viewer, events, done)
    return {one.key: one for one in found}


def _changes(viewer: Person, events: Sequence[Any], done: Collection[uuid.UUID]) -> Iterator[SourceLink]:
    """Yield the links of changes of athletes whom the viewer coaches, and of plans of which they see what is done."""
    coached = _coached(viewer, {row.athlete_id for row in events if row.plan_id is None and row.athlete_id})
    for row in events:
        title, key = _("Change of %(day)s", day=dates.date(row.created_at)), f"{EVENT}:{row.id}"
        if row.plan_id in done:
            yield SourceLink(key, title, "coaching.changes", {"plan_id": row.plan_id})
        elif row.plan_id is None and row.athlete_id in coached:
            yield SourceLink(key, title, "coaching.timeline", {"athlete_id": row.athlete_id})


def _id_of(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _coached(viewer: Person, ids: set[uuid.UUID]) -> set[uuid.UUID]:
    if not ids:
        return set()
    return set(db.session.scalars(select(Athlete.id).where(Athlete.id.in_(ids), coach_may(viewer.id, Athlete.id))))


def _athletes(viewer: Person, ids: set[uuid.UUID]) -> list[SourceLink]:
    if not ids:
        return []
    query = select(Athlete.id, Athlete.name).where(Athlete.id.in_(ids), coach_may(viewer.id, Athlete.id))
    return [
        SourceLink(f"{ATHLETE}:{id_}", name, "coaching.athlete", {"athlete_id": id_})
        for id_, name in db.session.execute(query)
    ]


def _notes(viewer: Person, ids: set[uuid.UUID]) -> list[SourceLink]:
    if not ids:
        return []
    hidden = literal(hidden_ids(viewer), ARRAY(Uuid()))
    query = select(CoachNote).where(CoachNote.id.in_(ids), *seen_by(viewer.id, hidden))
    return [
        SourceLink(
            f"{NOTE}:{note.id}",
            _("Note of %(day)s", day=dates.date(note.edited_at)),
            "coach_notes.show",
            {"note_id": note.id},
            is_private=not note.is_shared,
        )
        for note in db.session.scalars(query)
    ]


def _owned(table: type[PlanSession] | type[Milestone], ids: set[uuid.UUID], what: Any) -> list[Any]:
    if not ids:
        return []
    return list(db.session.execute(select(table.id, table.plan_id, what.label("what")).where(table.id.in_(ids))))


def _events(ids: set[uuid.UUID]) -> list[Any]:
    if not ids:
        return []
    row = CoachingEvent
    query = select(row.id, row.plan_id, row.athlete_id, row.created_at).where(row.id.in_(ids), row.what.not_in(FELT))
    return list(db.session.execute(query))
