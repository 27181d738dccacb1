"""The messages of a conversation, as one of its people reads them."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, literal, or_, select, union_all

from hampa.crews.models import ACTIVE, Crew, CrewMembership
from hampa.crews.queries.crews import is_in_crew
from hampa.messages.models import EDITABLE_FOR, Conversation, ConversationMember, Message
from hampa.messages.queries.conversations import SeenConversation
from hampa.messages.queries.ground import belongs_to_run
from hampa.notifications.models import Reference, Words
from hampa.people.models import Person
from hampa.people.queries import (
    SHUT_OUT,
    PersonSummary,
    hidden_ids,
    is_none_of,
    is_not_shut_out,
    is_visible_to,
    summary_columns,
)
from hampa.platform import clock
from hampa.platform.db import constants, db, scalar_or_404
from hampa.platform.errors import Forbidden, NotFound
from hampa.platform.locale import dates
from hampa.platform.statements import built_once
from hampa.platform.texts.search import parse_search, text_query
from hampa.runs.models.run import Run
from hampa.runs.queries.runs import is_visible_to_id

A_PAGE = 30
MOST_NEW, MOST_FOUND = 100, 50
BEYOND: Final = 2**31 - 1
"""A number that no message has."""


@dataclass(frozen=True, slots=True)
class SharedRun:
    """A run that a message links to, which the reader may see."""

    id: uuid.UUID
    title: str
    place: str
    starts_at: datetime
    timezone: str
    is_cancelled: bool


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """A message in its place; of a deleted one `is_removed` is whether an organiser of the crew has done that.

    `opens_day` is whether it is the first of its day, `opens_turn` whether the one before is by somebody else. The
    reader may still change it when `is_editable`.
    """

    id: uuid.UUID
    number: int
    text: str
    created_at: datetime
    is_edited: bool
    is_deleted: bool
    is_removed: bool
    is_mine: bool
    is_editable: bool
    author: PersonSummary
    run: SharedRun | None
    opens_day: bool
    opens_turn: bool
    updated_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Thread:
    """Messages, the newest last; `earlier` is the number before which there are more, or None.

    They reach to the end of the conversation if it `is_latest`. `known` is the message before them if the reader has it.
    """

    items: tuple[ShownMessage, ...]
    earlier: int | None = None
    is_latest: bool = True
    known: Any = None

    @property
    def last_number(self) -> int:
        """The number of the last message, 0 without any."""
        last = self._last
        return last.number if last is not None else 0

    @property
    def last_is_mine(self) -> bool:
        """Whether the reader wrote the last message."""
        last = self._last
        return last is not None and last.is_mine

    @property
    def _last(self) -> Any:
        return self.items[-1] if self.items else self.known


def messages_before(
    person: Person, conversation: SeenConversation, number: int | None = None, size: int = A_PAGE
) -> Thread:
    """Return the last messages of a conversation, or the last before one."""
    if conversation.id is None:
        return Thread(())
    values = conversation.id, person.id, _hidden_in(person, conversation), number or BEYOND, size + 1
    rows = _before(*values, is_operator=person.is_operator).all()
    return _last_of(rows, size, is_latest=number is None)


def _last_of(rows: Sequence[Any], size: int, *, is_latest: bool) -> Thread:
    """Return up to `size` messages of rows, the newest first, of which there is one more if there are earlier ones."""
    shown = rows[:size]
    before = rows[size] if len(rows) > size else None
    earlier = shown[-1].number if before is not None else None
    return Thread(_in_place(shown[::-1], before), earlier, is_latest=is_latest)


def messages_since(person: Person, conversation: SeenConversation, number: int) -> Thread:
    """Return the messages after one, which the reader has."""
    if conversation.id is None:
        return Thread(())
    values = conversation.id, person.id, _hidden_in(person, conversation), number, MOST_NEW + 1
    rows = _since(*values, is_operator=person.is_operator).all()
    known = rows[0] if rows and rows[0].number == number else None
    return Thread(_in_place(rows[1:] if known is not None else rows, known), known=known)


def messages_with(person: Person, conversation: SeenConversation, words: str) -> Thread:
    """Return the last messages that have all of these words, or words that begin like them."""
    return Thread(found_before(person, conversation, words).items, is_latest=False)


def found_before(
    person: Person, conversation: SeenConversation, words: str, number: int | None = None, size: int = MOST_FOUND
) -> Thread:
    """Return the last messages with all of these words, or the last before one; where there are earlier ones, it says."""
    terms = parse_search(words)
    if conversation.id is None or not terms:
        return Thread((), is_latest=False)
    query = _select_messages(person.id, _hidden_in(person, conversation), is_operator=person.is_operator).where(
        Message.conversation_id == conversation.id,
        Message.number < (number or BEYOND),
        Message.search.bool_op("@@")(text_query(terms)),
    )
    rows = db.session.execute(query.order_by(Message.number.desc()).limit(size + 1)).all()
    return _last_of(rows, size, is_latest=False)


def _hidden_in(person: Person, conversation: SeenConversation) -> list[uuid.UUID]:
    """Return whose messages a block hides from the reader; nobody's from who may remove messages in a crew."""
    return [] if conversation.may_remove else hidden_ids(person)


def message_in(person: Person, conversation: SeenConversation, message_id: uuid.UUID) -> ShownMessage:
    """Return one message of a conversation. Raise NotFound."""
    query = _select_messages(person.id, _hidden_in(person, conversation), is_operator=person.is_operator).where(
        Message.conversation_id == conversation.id, Message.id == message_id
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    return _in_place([row], None)[0]


def _in_place(rows: Sequence[Any], before: Any) -> tuple[ShownMessage, ...]:
    """Return the messages of rows in their order, which follow `before` if there is one."""
    shown = []
    editable_since = clock.now() - EDITABLE_FOR
    previous, previous_day = before, before and dates.to_local(before.created_at).date()
    for row in rows:
        day = dates.to_local(row.created_at).date()
        opens_day = day != previous_day
        shared = row.run_id is not None and row.is_shown
        shown.append(
            ShownMessage(
                id=row.id,
                number=row.number,
                text=row.text,
                created_at=row.created_at,
                is_edited=row.edited_at is not None,
                is_deleted=row.deleted_at is not None,
                is_removed=row.is_removed,
                is_mine=row.is_mine,
                is_editable=row.is_mine and row.deleted_at is None and row.created_at > editable_since,
                author=row.author,
                run=SharedRun(
                    row.run_id, row.title, row.place, row.starts_at, row.timezone, row.cancelled_at is not None
                )
                if shared
                else None,
                opens_day=opens_day,
                opens_turn=opens_day or previous is None or previous.author.id != row.author.id,
                updated_at=row.deleted_at or row.edited_at or row.created_at,
                version=row.changes + 1,
            )
        )
        previous, previous_day = row, day
    return tuple(shown)


@built_once
def _before(
    conversation_id: uuid.UUID,
    person_id: uuid.UUID,
    hidden: list[uuid.UUID],
    number: int,
    most: int,
    *,
    is_operator: bool,
) -> Select[Any]:
    return (
        _select_messages(person_id, hidden, is_operator=is_operator)
        .where(Message.conversation_id == conversation_id, Message.number < number)
        .order_by(Message.number.desc())
        .limit(most)
    )


@built_once
def _since(
    conversation_id: uuid.UUID,
    person_id: uuid.UUID,
    hidden: list[uuid.UUID],
    number: int,
    most: int,
    *,
    is_operator: bool,
) -> Select[Any]:
    return (
        _select_messages(person_id, hidden, is_operator=is_operator)
        .where(Message.conversation_id == conversation_id, Message.number >= number)
        .order_by(Message.number)
        .limit(most)
    )


def _select_messages(person_id: Any, hidden: Any, *, is_operator: bool) -> Select[Any]:
    """Select messages whose authors the reader may see, each with the run that it links to, if it `is_shown`."""
    shown = is_none_of(Person.id, hidden)
    if not is_operator:
        shown = and_(shown, Person.state.not_in(constants(*SHUT_OUT)))
    return (
        select(
            Message.id,
            Message.number,
            Message.text,
            Message.created_at,
            Message.edited_at,
            Message.deleted_at,
            Message.is_removed,
            Message.changes,
            (Message.author_id == person_id).label("is_mine"),
            summary_columns("author"),
            Message.run_id,
            Run.id.is_not(None).label("is_shown"),
            Run.title,
            Run.place,
            Run.starts_at,
            Run.timezone,
            Run.cancelled_at,
        )
        .join(Person, Person.id == Message.author_id)
        .outerjoin(Run, and_(Run.id == Message.run_id, is_visible_to_id(person_id, hidden)))
        .where(shown)
    )


@dataclass(frozen=True, slots=True)
class OwnMessage:
    """A message that its reader wrote, and until when it may be changed."""

    message: Message

    @property
    def is_editable(self) -> bool:
        """Whether the text may still be changed."""
        return self.message.deleted_at is None and self.message.created_at > clock.now() - EDITABLE_FOR


def own_message(person: Person, conversation_id: uuid.UUID, message_id: uuid.UUID, *, lock: bool = False) -> OwnMessage:
    """Return a message that the person wrote. Raise NotFound, and Forbidden for one that another has written."""
    query = select(Message).where(
        Message.id == message_id, Message.conversation_id == conversation_id, may_read(person), is_shown(person)
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    message = scalar_or_404(query)
    if message.author_id != person.id:
        raise Forbidden
    return OwnMessage(message)


def written_message(author: Person, conversation_id: uuid.UUID, message_id: uuid.UUID) -> OwnMessage:
    """Return a message that the person wrote, locked, also of a conversation in which they take part no more.

    Raise NotFound, and Forbidden for one that another has written.
    """
    query = select(Message).where(
        Message.id == message_id, Message.conversation_id == conversation_id, Message.author_id == author.id
    )
    message = db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    return own_message(author, conversation_id, message_id) if message is None else OwnMessage(message)


def message_for(person: Person, message_id: uuid.UUID, *, removes: bool = False) -> tuple[Message, str]:
    """Return a message of somebody else that the person may read, and its author's name. Raise NotFound.

    Who `removes` messages in a crew finds those of people behind a block, too; the caller asks for the right.
    """
    row = db.session.execute(
        select(Message, Person.name)
        .join(Person, Person.id == Message.author_id)
        .where(
            Message.id == message_id,
            Message.author_id != person.id,
            Message.deleted_at.is_(None),
            may_read(person),
            is_not_shut_out(Message.author_id) if removes else is_shown(person),
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def may_read(person: Person) -> ColumnElement[bool]:
    """Return the condition that the person takes part in the conversation of a `Message`."""
    of_two = (
        select(ConversationMember.id)
        .where(
            ConversationMember.conversation_id == Message.conversation_id,
            ConversationMember.person_id == person.id,
            ConversationMember.other_id.is_not(None),
            is_visible_to(person, ConversationMember.other_id),
        )
        .correlate(Message)
        .exists()
    )
    of_group = (
        select(Conversation.id)
        .where(
            Conversation.id == Message.conversation_id,
            or_(
                and_(Conversation.run_id.is_not(None), belongs_to_run(person.id, Conversation.run_id)),
                and_(Conversation.crew_id.is_not(None), is_in_crew(person.id, Conversation.crew_id)),
            ),
        )
        .correlate(Message)
        .exists()
    )
    return or_(of_two, of_group)


def is_shown(person: Person) -> ColumnElement[bool]:
    """Return the condition that the author of a `Message` is not hidden from the person."""
    return is_visible_to(person, Message.author_id)


def _words_of_message(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    """Return the text of messages, and the titles of the runs and names of the crews whose conversations they are in.

    There is none for those who have left the run or the crew, nor of authors who are shut out.
    """
    ids = {one.id_in("message") for one in references} - {None}
    readers = {one.person_id for one in references} - {None}
    still_reads = or_(Conversation.run_id.is_(None), belongs_to_run(ConversationMember.person_id, Conversation.run_id))
    written = select(Message.id, Message.text).join(Conversation, Conversation.id == Message.conversation_id)
    written = written.where(Message.id.in_(ids), Message.deleted_at.is_(None), is_not_shut_out(Message.author_id))
    of_two_and_runs = (
        written.add_columns(ConversationMember.person_id, Run.title, literal("").label("crew"))
        .join(ConversationMember, ConversationMember.conversation_id == Conversation.id)
        .outerjoin(Run, Run.id == Conversation.run_id)
        .where(Conversation.crew_id.is_(None), ConversationMember.person_id.in_(readers), still_reads)
    )
    of_crews = (
        written.add_columns(CrewMembership.person_id, literal("").label("title"), Crew.name.label("crew"))
        .join(Crew, Crew.id == Conversation.crew_id)
        .join(CrewMembership, CrewMembership.crew_id == Crew.id)
        .where(CrewMembership.status == ACTIVE, CrewMembership.person_id.in_(readers))
    )
    rows = {(row.id, row.person_id): row for row in db.session.execute(union_all(of_two_and_runs, of_crews))}
    found = {one.id: rows.get((one.id_in("message"), one.person_id)) for one in references}
    return {
        key: {"line": row.text, "title": row.title or "", "crew": row.crew}
        for key, row in found.items()
        if row is not None
    }


MESSAGE = Words(_words_of_message, gone={"line": "", "title": "", "crew": ""})
"""The text of a message (`line`), and the `title` of the run or name of the `crew` whose conversation it is in, or ""."""
