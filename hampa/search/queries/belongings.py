"""What people have among themselves: athletes, plans, files, and messages. First what is theirs, then the words in it."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, func, or_, select, true, union, union_all

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
from hampa.platform import clock
from hampa.platform.db import constants
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.statements import built_once
from hampa.platform.texts.markdown import to_plain
from hampa.search.queries.providers import (
    INDEXED,
    WINDOW,
    Hit,
    Provider,
    Search,
    is_in,
    is_in_name,
    latest_of,
    register_provider,
)
from hampa.training.models.plans import OWNER, PRIVATE, PUBLIC, PlanMember, TrainingPlan

CONVERSATIONS, MESSAGES_OF_EACH = 200, 500
"""The latest conversations of a person, and the latest messages of each, that are looked through."""
RECENT = timedelta(days=30)
"""How old files and notes are that are looked through first."""


def find_plans(viewer: Person | None, search: Search, most: int) -> list[Hit]:
    """Return plans to which the viewer belongs, or is invited, those of their athletes, and public ones."""
    if viewer is None:
        return []
    return [
        Hit(
            "plans", row.id, row.name, "training.plan", {"plan_id": row.id}, text=row.description, moment=row.created_at
        )
        for row in _plans(viewer.id, search.query, most=most, circle=wide_circle(viewer))
    ]


@built_once
def _plans(viewer_id: uuid.UUID, asked: str, *, most: int, circle: Circle) -> Any:
    plan = TrainingPlan
    mine = select(PlanMember.plan_id.label("id")).where(
        PlanMember.person_id == viewer_id, or_(PlanMember.role == OWNER, plan.visibility != PRIVATE)
    )
    mine = mine.join(plan, plan.id == PlanMember.plan_id)
    near = union(mine, plans_coached_by(stand_in(viewer_id))).scalar_subquery()
    words = func.concat_ws(" ", plan.name, plan.description)
    found = select(plan.id).where(plan.id.in_(near), is_in_name(words, asked))
    # Of public ones, those of the index, the words have been found: they are not looked for once more.
    public = select(plan.id, plan.created_at).where(is_in_name(plan.name, asked), plan.visibility == PUBLIC)
    found_public = public.limit(INDEXED).subquery("public_plans").c
    indexed = latest_of(select(found_public.id, found_public.created_at), INDEXED)
    shown = (
        select(indexed.id)
        .join(PlanMember, and_(PlanMember.plan_id == indexed.id, PlanMember.role == OWNER))
        .join(Person, Person.id == PlanMember.person_id)
        .where(Person.state == "active", is_visible_to(viewer_in(circle, viewer_id), Person.id))
        .order_by(indexed.created_at.desc(), indexed.id.desc())
        .limit(most)
    ).subquery("shown_plans")
    query = select(plan.id, plan.name, plan.description, plan.created_at)
    query = query.where(plan.id.in_(union(found, select(shown.c.id)).scalar_subquery()))
    return query.order_by(plan.created_at.desc(), plan.id.desc()).limit(most)


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
        for row in _athletes(viewer.id, search.query, most=most)
    ]


@built_once
def _athletes(viewer_id: uuid.UUID, asked: str, *, most: int) -> Any:
    athlete = Athlete
    mine = select(athlete.id, athlete.name, athlete.archived_at.is_not(None).label("is_archived"))
    mine = mine.join(Coach, Coach.athlete_id == athlete.id)
    mine = mine.where(Coach.coach_id == viewer_id, coach_may(viewer_id, athlete.id))
    order = mine.selected_columns
    # In their order, with a limit, so that the words are looked for in no more of them than it takes.
    coached = mine.order_by(order.is_archived, order.name, order.id).limit(WINDOW).subquery("coached")
    query = select(athlete.id, athlete.name, athlete.goal_race, athlete.note)
    query = query.join_from(coached, athlete, athlete.id == coached.c.id)
    query = query.where(is_in_name(func.concat_ws(" ", athlete.name, athlete.goal_race, athlete.note), asked))
    return query.order_by(coached.c.is_archived, coached.c.name, coached.c.id).limit(most)


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
        for row in _files(viewer.id, hidden_ids(viewer), search.query, clock.now() - RECENT, most=most)
    ]


@built_once
def _files(viewer_id: uuid.UUID, hidden: list[uuid.UUID], asked: str, since: datetime, *, most: int) -> Any:
    row = StoredFile
    seen = [row.state == READY, *seen_by(viewer_id, hidden, is_asked_often=True)]
    query = select(row.id, row.name, row.created_at, row.owner_kind, row.owner_id)
    return _of_latest(query, row, row.created_at, seen, is_in(FILE_WORDS, asked), since, most)


def _of_latest(query: Any, model: Any, moment: Any, seen: list[Any], has_words: Any, since: Any, most: int) -> Any:
    """Return a SELECT of the latest rows that are seen and have the words; older ones are looked at if these are too few.

    An index has all that is asked of those which the viewer sees; the words are read of the latest alone, in their order,
    until there are enough.
    """
    ids = select(model.id, moment.label("moment")).where(*seen)

    def found(latest: Any) -> Any:
        words = select(latest.id, latest.moment).join(model, model.id == latest.id).where(has_words)
        return words.order_by(latest.moment.desc(), latest.id.desc()).limit(most)

    recent = found(latest_of(ids.where(moment > since), WINDOW)).cte("first").prefix_with("MATERIALIZED")
    too_few = select(func.count() < most).select_from(recent).scalar_subquery()
    looked_through = select(func.count()).select_from(ids.where(moment > since).limit(WINDOW).subquery())
    left = case((too_few, WINDOW - looked_through.scalar_subquery()), else_=0)
    older = found(latest_of(ids.where(moment <= since), left)).subquery("rest")
    both = union_all(select(recent.c.id), select(older.c.id)).subquery("found")
    return query.join(both, both.c.id == model.id).order_by(moment.desc(), model.id.desc()).limit(most)


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
        for row in _notes(viewer.id, hidden_ids(viewer), search.query, clock.now() - RECENT, most=most)
    ]


@built_once
def _notes(viewer_id: uuid.UUID, hidden: list[uuid.UUID], asked: str, since: datetime, *, most: int) -> Any:
    query, seen = (
        select(CoachNote.id, CoachNote.text, CoachNote.edited_at),
        notes_seen_by(viewer_id, hidden, is_asked_often=True),
    )
    return _of_latest(query, CoachNote, CoachNote.edited_at, seen, is_in(NOTE_WORDS, asked), since, most)


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
        for row in _messages(viewer.id, search.query, most=most, circle=wide_circle(viewer))
    ]


@built_once
def _messages(viewer_id: uuid.UUID, asked: str, *, most: int, circle: Circle) -> Any:
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
