"""What people have among themselves: athletes, plans, files, and messages. First what is theirs, then the words in it."""

import uuid
from typing import Any

from sqlalchemy import and_, func, or_, select, true, union

from hampa.coach_notes.models import NOTE_WORDS, CoachNote
from hampa.coach_notes.queries.notes import seen_by as notes_seen_by, title_of
from hampa.coaching.models.athletes import Athlete, Coach
from hampa.coaching.queries.athletes import coach_may
from hampa.coaching.queries.owners import plans_coached_by
from hampa.crews.models import ACTIVE, CrewMembership
from hampa.files.models import FILE_WORDS, READY, StoredFile
from hampa.files.queries.files import seen_by
from hampa.messages.models import Conversation, ConversationMember, Message
from hampa.messages.queries.thread import is_shown, may_read
from hampa.people.models import Person
from hampa.people.queries import Circle, hidden_ids, is_visible_to, stand_in, summary_columns, viewer_in, wide_circle
from hampa.platform.db import constants
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.statements import built_once
from hampa.platform.texts.markdown import to_plain
from hampa.search.queries.providers import INDEXED, WINDOW, Hit, Provider, Search, is_in, is_in_name, register_provider
from hampa.training.models.plans import OWNER, PRIVATE, PUBLIC, PlanMember, TrainingPlan

CONVERSATIONS, MESSAGES_OF_EACH = 200, 500
"""The latest conversations of a person, and the latest messages of each, that are looked through."""


def find_plans(viewer: Person | None, search: Search, most: int) -> list[Hit]:
    """Return plans to which the viewer belongs, or is invited, those of their athletes, and public ones."""
    if viewer is None:
        return []
    return [
        Hit(
            "plans", row.id, row.name, "training.plan", {"plan_id": row.id}, text=row.description, moment=row.created_at
        )
        for row in _plans(viewer.id, search.query, most, circle=wide_circle(viewer))
    ]


@built_once
def _plans(viewer_id: uuid.UUID, asked: str, most: int, *, circle: Circle) -> Any:
    mine = select(PlanMember.plan_id.label("id")).where(
        PlanMember.person_id == viewer_id, or_(PlanMember.role == OWNER, TrainingPlan.visibility != PRIVATE)
    )
    mine = mine.join(TrainingPlan, TrainingPlan.id == PlanMember.plan_id)
    coached = plans_coached_by(stand_in(viewer_id))
    public = select(TrainingPlan.id).where(is_in_name(TrainingPlan.name, asked), TrainingPlan.visibility == PUBLIC)
    indexed = public.limit(INDEXED).subquery("public_plans")
    shown = (
        select(indexed.c.id)
        .join(PlanMember, and_(PlanMember.plan_id == indexed.c.id, PlanMember.role == OWNER))
        .join(Person, Person.id == PlanMember.person_id)
        .where(Person.state == "active", is_visible_to(viewer_in(circle, viewer_id), Person.id))
    )
    query = select(TrainingPlan.id, TrainingPlan.name, TrainingPlan.description, TrainingPlan.created_at)
    # Of public ones, the thousand of the index, the words have been found: they are not looked for once more.
    near = union(mine, coached).scalar_subquery()
    has_words = or_(is_in_name(TrainingPlan.name, asked), is_in_name(TrainingPlan.description, asked))
    found = select(TrainingPlan.id).where(TrainingPlan.id.in_(near), has_words)
    query = query.where(TrainingPlan.id.in_(union(found, shown).scalar_subquery()))
    return query.order_by(TrainingPlan.created_at.desc(), TrainingPlan.id.desc()).limit(most)


def find_athletes(viewer: Person | None, search: Search, most: int) -> list[Hit]:
    """Return athletes whom the viewer coaches, by their names, races and what coaches noted in the record."""
    if viewer is None:
        return []
    return [
        Hit(
            "athletes",
            row.id,
            row.name,
            "coaching.athlete",
            {"athlete_id": row.id},
            text=row.note,
            detail=row.goal_race,
        )
        for row in _athletes(viewer.id, search.query, most)
    ]


@built_once
def _athletes(viewer_id: uuid.UUID, asked: str, most: int) -> Any:
    query = select(Athlete.id, Athlete.name, Athlete.goal_race, Athlete.note)
    query = query.join(Coach, Coach.athlete_id == Athlete.id)
    query = query.where(Coach.coach_id == viewer_id, coach_may(viewer_id, Athlete.id))
    query = query.where(is_in_name(func.concat_ws(" ", Athlete.name, Athlete.goal_race, Athlete.note), asked))
    return query.order_by(Athlete.archived_at.is_not(None), Athlete.name, Athlete.id).limit(most)


def find_files(viewer: Person | None, search: Search, most: int) -> list[Hit]:
    """Return files that the viewer sees, by their names."""
    if viewer is None:
        return []
    return [
        Hit(
            "files",
            row.id,
            row.name,
            "files.of_owner",
            {"owner_kind": row.owner_kind, "owner_id": row.owner_id},
            moment=row.created_at,
        )
        for row in _files(viewer.id, hidden_ids(viewer), search.query, most)
    ]


@built_once
def _files(viewer_id: uuid.UUID, hidden: list[uuid.UUID], asked: str, most: int) -> Any:
    # An index has all that is asked of those which the viewer sees; the words are read of the latest alone.
    mine = select(StoredFile.id).where(StoredFile.state == READY, *seen_by(viewer_id, hidden))
    latest = mine.order_by(StoredFile.created_at.desc(), StoredFile.id.desc()).limit(WINDOW).subquery("files_seen")
    row = StoredFile
    query = select(row.id, row.name, row.created_at, row.owner_kind, row.owner_id).join(latest, latest.c.id == row.id)
    query = query.where(is_in(FILE_WORDS, asked))
    return query.order_by(StoredFile.created_at.desc(), StoredFile.id.desc()).limit(most)


def find_notes(viewer: Person | None, search: Search, most: int) -> list[Hit]:
    """Return notes that the viewer sees, the last changed first."""
    if viewer is None:
        return []
    return [
        Hit(
            "notes",
            row.id,
            title_of(row.text),
            "coach_notes.show",
            {"note_id": row.id},
            text=to_plain(row.text),
            moment=row.edited_at,
        )
        for row in _notes(viewer.id, hidden_ids(viewer), search.query, most)
    ]


@built_once
def _notes(viewer_id: uuid.UUID, hidden: list[uuid.UUID], asked: str, most: int) -> Any:
    mine = select(CoachNote.id).where(*notes_seen_by(viewer_id, hidden))
    latest = mine.order_by(CoachNote.edited_at.desc(), CoachNote.id.desc()).limit(WINDOW).subquery("notes_seen")
    query = select(CoachNote.id, CoachNote.text, CoachNote.edited_at).join(latest, latest.c.id == CoachNote.id)
    query = query.where(is_in(NOTE_WORDS, asked))
    return query.order_by(CoachNote.edited_at.desc(), CoachNote.id.desc()).limit(most)


def find_messages(viewer: Person | None, search: Search, most: int) -> list[Hit]:
    """Return messages of the viewer's conversations, the latest first; of long ones the latest part is looked through."""
    if viewer is None:
        return []
    return [
        Hit(
            "messages",
            row.id,
            row.author.name,
            "messages.show",
            {"conversation_id": row.conversation_id, "_anchor": f"message-{row.id}"},
            text=row.text,
            moment=row.created_at,
            person=row.author,
        )
        for row in _messages(viewer.id, search.query, most, circle=wide_circle(viewer))
    ]


@built_once
def _messages(viewer_id: uuid.UUID, asked: str, most: int, *, circle: Circle) -> Any:
    viewer = stand_in(viewer_id, is_operator=circle == "operator")
    parts = select(ConversationMember.conversation_id.label("id")).where(ConversationMember.person_id == viewer_id)
    latest = parts.order_by(ConversationMember.last_at.desc()).limit(CONVERSATIONS).subquery("latest_conversations")
    of_crews = (
        select(Conversation.id)
        .join(CrewMembership, CrewMembership.crew_id == Conversation.crew_id)
        .where(CrewMembership.person_id == viewer_id, CrewMembership.status.in_(constants(ACTIVE)))
    )
    mine: Any = union(select(latest.c.id), of_crews).subquery("mine")
    last = (
        select(Message.id, Message.search)
        .where(Message.conversation_id == mine.c.id, Message.deleted_at.is_(None))
        .order_by(Message.number.desc())
        .limit(MESSAGES_OF_EACH)
        .lateral("last_messages")
    )
    found = select(last.c.id).select_from(mine).join(last, true()).where(is_in(last.c.search, asked))
    return (
        select(Message.id, Message.text, Message.created_at, Message.conversation_id, summary_columns("author"))
        .join(Person, Person.id == Message.author_id)
        .where(Message.id.in_(found.scalar_subquery()), Message.deleted_at.is_(None))
        .where(may_read(viewer), is_shown(viewer))
        .order_by(Message.created_at.desc(), Message.id.desc())
        .limit(most)
    )


register_provider(Provider("athletes", _l("Athletes"), find_athletes))
register_provider(Provider("plans", _l("Plans"), find_plans))
register_provider(Provider("files", _l("Files"), find_files))
register_provider(Provider("notes", _l("Notes"), find_notes))
register_provider(Provider("messages", _l("Messages"), find_messages))
