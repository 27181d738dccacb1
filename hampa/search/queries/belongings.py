"""What people have among themselves: athletes, plans, files, and messages. First what is theirs, then the words in it."""

from typing import Any

from sqlalchemy import ARRAY, Uuid, and_, literal, or_, select, true, union

from hampa.coach_notes.models import CoachNote
from hampa.coach_notes.queries.notes import seen_by as notes_seen_by, title_of
from hampa.coaching.models.athletes import Athlete, Coach
from hampa.coaching.queries.athletes import coach_may
from hampa.coaching.queries.owners import plans_coached_by
from hampa.crews.models import ACTIVE, CrewMembership
from hampa.files.models import READY, StoredFile
from hampa.files.queries.files import seen_by
from hampa.messages.models import Conversation, ConversationMember, Message
from hampa.messages.queries.thread import is_shown, may_read
from hampa.people.models import Person
from hampa.people.queries import hidden_ids, is_visible_to, summary_columns
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.texts.markdown import to_plain
from hampa.search.queries.providers import INDEXED, WINDOW, Hit, Provider, Search, register_provider
from hampa.training.models.plans import OWNER, PRIVATE, PUBLIC, PlanMember, TrainingPlan

CONVERSATIONS, MESSAGES_OF_EACH = 200, 500
"""The latest conversations of a person, and the latest messages of each, that are looked through."""


def find_plans(viewer: Person | None, search: Search, most: int) -> list[Hit]:
    """Return plans to which the viewer belongs, or is invited, those of their athletes, and public ones."""
    if viewer is None:
        return []
    mine = select(PlanMember.plan_id.label("id")).where(
        PlanMember.person_id == viewer.id, or_(PlanMember.role == OWNER, TrainingPlan.visibility != PRIVATE)
    )
    mine = mine.join(TrainingPlan, TrainingPlan.id == PlanMember.plan_id)
    coached = plans_coached_by(viewer)
    public = select(TrainingPlan.id).where(search.is_in_name(TrainingPlan.name), TrainingPlan.visibility == PUBLIC)
    indexed = public.limit(INDEXED).subquery("public_plans")
    shown = (
        select(indexed.c.id)
        .join(PlanMember, and_(PlanMember.plan_id == indexed.c.id, PlanMember.role == OWNER))
        .join(Person, Person.id == PlanMember.person_id)
        .where(Person.state == "active", is_visible_to(viewer, Person.id))
    )
    query = select(TrainingPlan.id, TrainingPlan.name, TrainingPlan.description, TrainingPlan.created_at)
    query = query.where(TrainingPlan.id.in_(union(mine, coached, shown).scalar_subquery()))
    query = query.where(or_(search.is_in_name(TrainingPlan.name), search.is_in_name(TrainingPlan.description)))
    rows = db.session.execute(query.order_by(TrainingPlan.created_at.desc(), TrainingPlan.id.desc()).limit(most))
    return [
        Hit(
            "plans", row.id, row.name, "training.plan", {"plan_id": row.id}, text=row.description, moment=row.created_at
        )
        for row in rows
    ]


def find_athletes(viewer: Person | None, search: Search, most: int) -> list[Hit]:
    """Return athletes whom the viewer coaches, by their names, races and what coaches noted in the record."""
    if viewer is None:
        return []
    query = select(Athlete.id, Athlete.name, Athlete.goal_race, Athlete.note)
    query = query.join(Coach, Coach.athlete_id == Athlete.id)
    query = query.where(Coach.coach_id == viewer.id, coach_may(viewer.id, Athlete.id))
    texts = Athlete.name, Athlete.goal_race, Athlete.note
    query = query.where(or_(*(search.is_in_name(text) for text in texts)))
    rows = db.session.execute(query.order_by(Athlete.archived_at.is_not(None), Athlete.name, Athlete.id).limit(most))
    values = [(row, {"athlete_id": row.id}) for row in rows]
    return [
        Hit("athletes", row.id, row.name, "coaching.athlete", to, text=row.note, detail=row.goal_race)
        for row, to in values
    ]


def find_files(viewer: Person | None, search: Search, most: int) -> list[Hit]:
    """Return files that the viewer sees, by their names."""
    if viewer is None:
        return []
    hidden = literal(hidden_ids(viewer), ARRAY(Uuid()))
    mine = select(StoredFile.id, StoredFile.name, StoredFile.created_at, StoredFile.owner_kind, StoredFile.owner_id)
    mine = mine.where(StoredFile.state == READY, *seen_by(viewer.id, hidden))
    latest = mine.order_by(StoredFile.created_at.desc(), StoredFile.id.desc()).limit(WINDOW).subquery("files_seen").c
    query = select(*latest).where(search.is_in_name(latest.name))
    return [
        Hit(
            "files",
            row.id,
            row.name,
            "files.of_owner",
            {"owner_kind": row.owner_kind, "owner_id": row.owner_id},
            moment=row.created_at,
        )
        for row in db.session.execute(query.order_by(latest.created_at.desc(), latest.id.desc()).limit(most))
    ]


def find_notes(viewer: Person | None, search: Search, most: int) -> list[Hit]:
    """Return notes that the viewer sees, the last changed first."""
    if viewer is None:
        return []
    hidden = literal(hidden_ids(viewer), ARRAY(Uuid()))
    mine = select(CoachNote.id).where(*notes_seen_by(viewer.id, hidden))
    latest = mine.order_by(CoachNote.edited_at.desc(), CoachNote.id.desc()).limit(WINDOW).subquery("notes_seen")
    query = select(CoachNote).where(CoachNote.id.in_(select(latest.c.id)), search.is_in_name(CoachNote.text))
    return [
        Hit(
            "notes",
            note.id,
            title_of(note),
            "coach_notes.show",
            {"note_id": note.id},
            text=to_plain(note.text),
            moment=note.edited_at,
        )
        for note in db.session.scalars(query.order_by(CoachNote.edited_at.desc(), CoachNote.id.desc()).limit(most))
    ]


def find_messages(viewer: Person | None, search: Search, most: int) -> list[Hit]:
    """Return messages of the viewer's conversations, the latest first; of long ones the latest part is looked through."""
    if viewer is None:
        return []
    parts = select(ConversationMember.conversation_id.label("id")).where(ConversationMember.person_id == viewer.id)
    latest = parts.order_by(ConversationMember.last_at.desc()).limit(CONVERSATIONS).subquery("latest_conversations")
    of_crews = (
        select(Conversation.id)
        .join(CrewMembership, CrewMembership.crew_id == Conversation.crew_id)
        .where(CrewMembership.person_id == viewer.id, CrewMembership.status == ACTIVE)
    )
    mine: Any = union(select(latest.c.id), of_crews).subquery("mine")
    last = (
        select(Message.id, Message.search)
        .where(Message.conversation_id == mine.c.id, Message.deleted_at.is_(None))
        .order_by(Message.number.desc())
        .limit(MESSAGES_OF_EACH)
        .lateral("last_messages")
    )
    found = select(last.c.id).select_from(mine).join(last, true()).where(search.is_in(last.c.search))
    query = (
        select(Message.id, Message.text, Message.created_at, Message.conversation_id, summary_columns("author"))
        .join(Person, Person.id == Message.author_id)
        .where(Message.id.in_(found.scalar_subquery()), Message.deleted_at.is_(None))
        .where(may_read(viewer), is_shown(viewer))
        .order_by(Message.created_at.desc(), Message.id.desc())
        .limit(most)
    )
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
        for row in db.session.execute(query)
    ]


register_provider(Provider("athletes", _l("Athletes"), find_athletes))
register_provider(Provider("plans", _l("Plans"), find_plans))
register_provider(Provider("files", _l("Files"), find_files))
register_provider(Provider("notes", _l("Notes"), find_notes))
register_provider(Provider("messages", _l("Messages"), find_messages))
