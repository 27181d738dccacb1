"""What people have among themselves: athletes, plans, files, and messages. First what is theirs, then the words in it."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, func, not_, or_, select, true, union
from sqlalchemy.orm import aliased

from hampa.coach_notes.models import NOTE_WORDS, CoachNote
from hampa.coach_notes.queries.notes import seen_by as notes_seen_by, title_of
from hampa.coaching.models.athletes import ATHLETE_WORDS, Athlete, Coach
from hampa.coaching.queries.athletes import coach_may
from hampa.coaching.queries.owners import ATHLETE, plans_coached_by
from hampa.crews.models import ACTIVE, CrewMembership
from hampa.files.models import FILE_WORDS, READY, StoredFile
from hampa.files.queries.files import seen_by
from hampa.files.queries.owners import PLAN, all_owned_readably
from hampa.messages.models import Conversation, ConversationMember, Message
from hampa.messages.queries.thread import is_shown, may_read
from hampa.people.models import Person
from hampa.people.queries import Circle, hidden_ids, is_visible_to, stand_in, summary_columns, viewer_in, wide_circle
from hampa.platform import clock
from hampa.platform.db import constants
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.one_by_one import OneByOne
from hampa.platform.statements import built_once
from hampa.search.queries.providers import (
    INDEXED,
    WINDOW,
    Hit,
    Provider,
    Question,
    Search,
    Words,
    count_of,
    in_steps,
    is_in,
    latest_of,
    register_provider,
)
from hampa.training.models.plans import OWNER, PLAN_WORDS, PRIVATE, PUBLIC, PlanMember, TrainingPlan

CONVERSATIONS, MESSAGES_OF_EACH = 200, 500
"""The latest conversations of a person, and the latest messages of each, that are looked through."""
LATEST, RECENT = timedelta(days=3), timedelta(days=30)
"""How old files and notes are of which a few are looked through first, and how old those that are looked through next."""


def find_plans(viewer: Person | None, search: Search, most: int) -> list[Hit]:
    """Return plans to which the viewer belongs, or is invited, those of their athletes, and public ones."""
    if viewer is None:
        return []
    return _hits_of_plans(viewer, _plans(viewer.id, search.query, most=most, circle=wide_circle(viewer)).all())


def _hits_of_plans(_viewer: Person | None, rows: Sequence[Any]) -> list[Hit]:
    return [
        Hit(
            "plans", row.id, row.name, "training.plan", {"plan_id": row.id}, text=row.description, moment=row.created_at
        )
        for row in rows
    ]


@built_once
def _plans(viewer_id: uuid.UUID, asked: str, *, most: int, circle: Circle) -> Any:
    return _select_plans(viewer_id, Words(asked), most, circle)


def _select_plans(viewer_id: Any, words: Words, most: int, circle: Circle, owned: Any = None) -> Any:
    plan = TrainingPlan
    mine = select(PlanMember.plan_id.label("id")).where(
        PlanMember.person_id == viewer_id, or_(PlanMember.role == OWNER, plan.visibility != PRIVATE)
    )
    mine = mine.join(plan, plan.id == PlanMember.plan_id).where(is_in(PLAN_WORDS, words.all))
    coached = plans_coached_by(stand_in(viewer_id)) if owned is None else select(owned.c.id).where(owned.c.kind == PLAN)
    found = select(plan.id).where(plan.id.in_(coached.scalar_subquery()), is_in(PLAN_WORDS, words.all))
    latest = select(plan.id, PLAN_WORDS, plan.created_at).where(plan.visibility == PUBLIC)
    latest = latest.order_by(plan.created_at.desc(), plan.id.desc())

    def among(limit: int) -> Any:
        window = latest.limit(limit).subquery("latest").c
        has_words = is_in(window.search, words.all)
        in_order = window.created_at.desc(), window.id.desc()
        return select(window.id, window.created_at).where(has_words).order_by(*in_order)

    rows = select(plan.id, PLAN_WORDS, plan.created_at).where(plan.visibility == PUBLIC)
    indexed = union(*in_steps("plans", among, rows, words, most)).subquery("few_plans").c
    # With a limit, so that whose they are is asked of them in their order, until there are enough.
    in_order = select(indexed.id, indexed.created_at).order_by(indexed.created_at.desc(), indexed.id.desc())
    few = in_order.limit(2 * INDEXED).subquery("in_order").c
    owner = select(PlanMember.id).join(Person, Person.id == PlanMember.person_id).correlate(few.id.table)
    owner = owner.where(PlanMember.plan_id == few.id, PlanMember.role == OWNER, Person.state == "active")
    seen = OneByOne(owner.where(is_visible_to(viewer_in(circle, viewer_id), Person.id)).exists())
    shown = (
        select(few.id).where(seen).order_by(few.created_at.desc(), few.id.desc()).limit(most).subquery("shown_plans")
    )
    query = select(plan.id, plan.name, plan.description, plan.created_at)
    query = query.where(plan.id.in_(union(mine, found, select(shown.c.id)).scalar_subquery()))
    return query.order_by(plan.created_at.desc(), plan.id.desc()).limit(most)


def find_athletes(viewer: Person | None, search: Search, most: int) -> list[Hit]:
    """Return athletes whom the viewer coaches, by their names, races and what coaches noted in the record."""
    if viewer is None:
        return []
    return _hits_of_athletes(viewer, _athletes(viewer.id, search.query, most=most).all())


def _hits_of_athletes(_viewer: Person | None, rows: Sequence[Any]) -> list[Hit]:
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
        for row in rows
    ]


@built_once
def _athletes(viewer_id: uuid.UUID, asked: str, *, most: int) -> Any:
    return _select_athletes(viewer_id, asked, most)


def _select_athletes(viewer_id: Any, asked: Any, most: int, owned: Any = None) -> Any:
    athlete = Athlete
    mine = select(athlete.id, athlete.name, athlete.archived_at.is_not(None).label("is_archived"))
    mine = mine.join(Coach, Coach.athlete_id == athlete.id)
    mine = mine.where(Coach.coach_id == viewer_id)
    if owned is None:
        mine = mine.where(coach_may(viewer_id, athlete.id))
    else:  # they are there for who coaches them, and for themselves
        readable = select(owned.c.id).where(owned.c.kind == ATHLETE)
        mine = mine.where(athlete.id.in_(readable), athlete.person_id.is_distinct_from(viewer_id))
    order = mine.selected_columns
    coached = mine.order_by(order.is_archived, order.name, order.id).limit(WINDOW).subquery("coached")
    query = select(athlete.id, athlete.name, athlete.goal_race, athlete.note)
    query = query.join_from(coached, athlete, athlete.id == coached.c.id)
    query = query.where(is_in(ATHLETE_WORDS, asked))
    return query.order_by(coached.c.is_archived, coached.c.name, coached.c.id).limit(most)


def find_files(viewer: Person | None, search: Search, most: int) -> list[Hit]:
    """Return files that the viewer sees, by their names."""
    if viewer is None:
        return []
    return _hits_of_files(viewer, _files(viewer.id, hidden_ids(viewer), search.query, _since(), most=most).all())


def _hits_of_files(_viewer: Person | None, rows: Sequence[Any]) -> list[Hit]:
    return [
        Hit(
            "files",
            row.id,
            row.name,
            "files.of_owner",
            {"owner_kind": row.owner_kind, "owner_id": row.owner_id},
            moment=row.created_at,
        )
        for row in rows
    ]


@built_once
def _files(viewer_id: uuid.UUID, hidden: list[uuid.UUID], asked: str, since: datetime, *, most: int) -> Any:
    return _select_files(viewer_id, hidden, Words(asked), since, most, all_owned_readably(stand_in(viewer_id)))


def _select_files(viewer_id: Any, hidden: Any, words: Words, since: Any, most: int, owned: Any) -> Any:
    row = StoredFile

    def seen(file: Any) -> list[Any]:
        return [file.state == READY, *seen_by(viewer_id, hidden, file, owned)]

    query = select(row.id, row.name, row.created_at, row.owner_kind, row.owner_id)
    latest = _Latest(row, "created_at", seen, FILE_WORDS, row.state == READY)
    return _of_latest(query, latest, words, since, most)


@dataclass(frozen=True)
class _Latest:
    """Rows whose latest are looked through: the model, its moment, who sees it, its words, and those of the index of words."""

    model: Any
    moment: str
    seen: Callable[[Any], list[Any]]
    vector: Any
    is_indexed: Any


def _of_latest(query: Any, rows: _Latest, words: Words, since: Any, most: int) -> Any:
    """Return a SELECT of the latest rows that are seen and have the words; more are looked at where these are too few.

    First so many of the latest are looked through, of the last days alone; then, or for rare words first, what an index
    of words has, if that is not too much, which answers alone. Else what is missing to as many rows in their order, which an index says are seen: of the
    last month, and then of all.
    """
    model, name, has_words = rows.model, rows.model.__tablename__, is_in(rows.vector, words.all)
    when, most_of_index = getattr(model, rows.moment), min(INDEXED, WINDOW)
    window = min(words.looked_through(most), WINDOW)
    ids = select(model.id, when.label("moment")).where(*rows.seen(model))

    def found(latest: Any) -> Any:
        with_words = select(latest.id, latest.moment).join(model, model.id == latest.id).where(has_words)
        return with_words.order_by(latest.moment.desc(), latest.id.desc()).limit(most)

    def left_after(looked_through: Any, goes_on: Any) -> Any:
        """Return how many rows are left to look through after some, 0 unless it goes on."""
        count = select(func.count()).select_from(looked_through.limit(window).subquery()).scalar_subquery()
        return case((goes_on, window - count), else_=0)

    lately, recently = when > since + (RECENT - LATEST), when > since
    first = found(latest_of(ids.where(lately), window)).where(words.begins_with_latest)
    first = first.cte(f"first_{name}").prefix_with("MATERIALIZED")
    too_few = count_of(first) < most
    rare = select(model.__table__).where(rows.is_indexed, is_in(rows.vector, words.by_index), words.has_rare, too_few)
    indexed = rare.limit(most_of_index + 1).cte(f"indexed_{name}").prefix_with("MATERIALIZED")
    row, too_many = aliased(model, indexed), or_(not_(words.has_rare), count_of(indexed) > most_of_index)
    by_index = select(row.id).where(is_in(indexed.c.search, words.all), *rows.seen(row), not_(too_many))
    # Where an index came first, nothing was looked through.
    left = case((words.begins_with_latest, left_after(ids.where(lately), and_(too_few, too_many))), else_=window)
    goes_on = and_(too_few, too_many, left > 0)
    recent = found(latest_of(ids.where(recently), case((goes_on, window), else_=0))).cte(f"recent_{name}")
    recent = recent.prefix_with("MATERIALIZED")
    left = left_after(ids.where(recently), and_(goes_on, count_of(recent) < most))
    older = found(latest_of(ids.where(~recently), left)).subquery("rest")
    all_of_them = union(select(first.c.id), by_index, select(recent.c.id), select(older.c.id)).subquery("found")
    query = query.join(all_of_them, all_of_them.c.id == model.id)
    return query.order_by(when.desc(), model.id.desc()).limit(most)


def find_notes(viewer: Person | None, search: Search, most: int) -> list[Hit]:
    """Return notes that the viewer sees, the last changed first."""
    if viewer is None:
        return []
    return _hits_of_notes(viewer, _notes(viewer.id, hidden_ids(viewer), search.query, _since(), most=most).all())


def _hits_of_notes(_viewer: Person | None, rows: Sequence[Any]) -> list[Hit]:
    return [
        Hit(
            "notes",
            row.id,
            title_of(row.text),
            "coach_notes.show",
            {"note_id": row.id},
            text=row.text,
            moment=row.edited_at,
            is_marked_up=True,
        )
        for row in rows
    ]


@built_once
def _notes(viewer_id: uuid.UUID, hidden: list[uuid.UUID], asked: str, since: datetime, *, most: int) -> Any:
    return _select_notes(viewer_id, hidden, Words(asked), since, most, all_owned_readably(stand_in(viewer_id)))


def _select_notes(viewer_id: Any, hidden: Any, words: Words, since: Any, most: int, owned: Any) -> Any:
    row = CoachNote

    def seen(note: Any) -> list[Any]:
        return notes_seen_by(viewer_id, hidden, note, owned)

    query = select(row.id, row.text, row.edited_at)
    return _of_latest(query, _Latest(row, "edited_at", seen, NOTE_WORDS, row.deleted_at.is_(None)), words, since, most)


def find_messages(viewer: Person | None, search: Search, most: int) -> list[Hit]:
    """Return messages of the viewer's conversations, the latest first; of long ones the latest part is looked through."""
    if viewer is None:
        return []
    return _hits_of_messages(viewer, _messages(viewer.id, search.query, most=most, circle=wide_circle(viewer)).all())


def _hits_of_messages(_viewer: Person | None, rows: Sequence[Any]) -> list[Hit]:
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
        for row in rows
    ]


@built_once
def _messages(viewer_id: uuid.UUID, asked: str, *, most: int, circle: Circle) -> Any:
    return _select_messages(viewer_id, asked, most, circle)


def _select_messages(viewer_id: Any, asked: Any, most: int, circle: Circle) -> Any:
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


def _since() -> datetime:
    return clock.now() - RECENT


ATHLETES = Question(
    lambda asked: _select_athletes(asked.viewer_id, asked.words.all, asked.most, asked.owned),
    {"name": "title", "goal_race": "detail", "note": "text"},
    _hits_of_athletes,
)
PLANS = Question(
    lambda asked: _select_plans(asked.viewer_id, asked.words, asked.most, asked.circle, asked.owned),
    {"name": "title", "description": "text", "created_at": "moment"},
    _hits_of_plans,
)
FILES = Question(
    lambda asked: _select_files(
        asked.viewer_id, asked.hidden, asked.words, asked.now - RECENT, asked.most, asked.owned
    ),
    {"name": "title", "created_at": "moment", "owner_kind": "detail", "owner_id": "place"},
    _hits_of_files,
)
NOTES = Question(
    lambda asked: _select_notes(
        asked.viewer_id, asked.hidden, asked.words, asked.now - RECENT, asked.most, asked.owned
    ),
    {"text": "text", "edited_at": "moment"},
    _hits_of_notes,
)
MESSAGES_FOUND = Question(
    lambda asked: _select_messages(asked.viewer_id, asked.words.all, asked.most, asked.circle),
    {"text": "text", "created_at": "moment", "conversation_id": "place", "author": "person"},
    _hits_of_messages,
)
register_provider(Provider("athletes", _l("Athletes"), find_athletes, ATHLETES))
register_provider(Provider("plans", _l("Plans"), find_plans, PLANS))
register_provider(Provider("files", _l("Files"), find_files, FILES))
register_provider(Provider("notes", _l("Notes"), find_notes, NOTES))
register_provider(Provider("messages", _l("Messages"), find_messages, MESSAGES_FOUND))
