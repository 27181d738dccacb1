"""The list of a person's conversations, the first messages that wait for them, and how many have something unread."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    exists,
    func,
    literal_column,
    null,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.orm import aliased

from hampa.crews.models import Crew
from hampa.crews.queries.crews import is_in_crew
from hampa.messages.models import OPEN, REQUEST, SENT, Conversation, ConversationMember, Message
from hampa.messages.queries.conversations import Mine, Other, is_shown
from hampa.messages.queries.crews import (
    MOST_UNREAD,
    Membership,
    is_membership_of,
    unread_crew_conversations,
    unread_in_crew,
)
from hampa.messages.queries.ground import belongs_to_run
from hampa.people.models import Person
from hampa.people.queries import SHUT_OUT, PersonSummary, hidden_ids, is_none_of, summary_columns
from hampa.platform.db import constants
from hampa.platform.statements import built_once
from hampa.platform.web.paging import After, Page, rows_after
from hampa.runs.models.run import Run

A_PAGE = 25
FIRST_WORDS = 160
"""Characters of the last message that a row of the list may show."""
MOST_COUNTED = 100


@dataclass(frozen=True, slots=True)
class ListedConversation:
    """A conversation as a row of the list; `other` is None for that of a run or a crew, whose id and `title` it has.

    `text` is the beginning of the last message, None if it is deleted or by somebody whom the reader may not see.
    `author` is the name of who wrote it, in the conversation of a run or a crew alone.
    """

    id: uuid.UUID
    other: PersonSummary | None
    run_id: uuid.UUID | None
    crew_id: uuid.UUID | None
    title: str | None
    is_waiting: bool
    is_muted: bool
    unread: int
    last_at: datetime
    text: str | None
    is_deleted: bool
    is_mine: bool
    author: str | None
    created_at: datetime
    last_number: int


@dataclass(frozen=True, slots=True)
class Inbox:
    """A page of a person's conversations, and how many first messages wait for them."""

    page: Page[ListedConversation]
    waiting: int


def inbox_of(person: Person, after: str | None = None) -> Inbox:
    """Return a page of the person's conversations, the one with the last message first, in one statement."""
    rows = _rows_of(person, after, A_PAGE, (OPEN, SENT), counts_requests=True)
    return Inbox(_page_of(rows, A_PAGE), rows[0].requests if rows else request_count(person))


def conversations_of(person: Person, after: str | None = None, size: int = A_PAGE) -> Page[ListedConversation]:
    """Return a page of the person's conversations, the one with the last message first."""
    return _page_of(_rows_of(person, after, size, (OPEN, SENT), counts_requests=False), size)


def requests_of(person: Person, after: str | None = None, size: int = A_PAGE) -> Page[ListedConversation]:
    """Return a page of the first messages that wait for the person to accept them, the newest first."""
    return _page_of(_rows_of(person, after, size, (REQUEST,), counts_requests=False), size)


def _rows_of(
    person: Person, after: str | None, size: int, states: tuple[str, ...], *, counts_requests: bool
) -> Sequence[Any]:
    last = After.of(after)
    return _list(
        *(person.id, hidden_ids(person), size + 1, last),
        states=states,
        is_first=last.is_first,
        is_operator=person.is_operator,
        counts_requests=counts_requests,
    ).all()


def _page_of(rows: Sequence[Any], size: int) -> Page[ListedConversation]:
    return Page.of([_listed(row) for row in rows], size, lambda one: (one.last_at, one.id))


def _listed(row: Any) -> ListedConversation:
    readable = row.author_name is not None or row.is_mine
    return ListedConversation(
        id=row.id,
        other=row.other,
        run_id=row.run_id,
        crew_id=row.crew_id,
        title=row.title,
        is_waiting=row.state == SENT,
        is_muted=row.muted_at is not None,
        unread=row.unread,
        last_at=row.last_at,
        text=row.text if readable and row.deleted_at is None else None,
        is_deleted=readable and row.deleted_at is not None,
        is_mine=bool(row.is_mine),
        author=row.author_name if row.title is not None else None,
        created_at=row.created_at,
        last_number=row.last_number,
    )


@built_once
def _list(
    person_id: uuid.UUID,
    hidden: list[uuid.UUID],
    most: int,
    after: After,
    *,
    states: tuple[str, ...],
    is_first: bool,
    is_operator: bool,
    counts_requests: bool,
) -> Select[Any]:
    author = aliased(Person)
    rows: Any = _rows_of_two_and_runs(
        *(person_id, hidden, most, after), states=states, is_first=is_first, is_operator=is_operator
    )
    if OPEN in states:
        of_crews = _rows_of_crews(person_id, hidden, after, is_first=is_first, is_operator=is_operator)
        rows = union_all(rows, of_crews)
    listed = rows.subquery("listed")
    last = and_(Message.conversation_id == listed.c.id, Message.number == listed.c.last_number)
    statement = (
        select(
            listed.c.id,
            listed.c.state,
            listed.c.unread,
            listed.c.muted_at,
            listed.c.last_at,
            summary_columns("other", person=Other),
            listed.c.run_id,
            listed.c.crew_id,
            func.coalesce(Crew.name, Run.title).label("title"),
            func.left(Message.text, literal_column(str(FIRST_WORDS))).label("text"),
            Message.deleted_at,
            (Message.author_id == person_id).label("is_mine"),
            author.name.label("author_name"),
            Conversation.created_at,
            listed.c.last_number,
        )
        .select_from(listed)
        .join(Conversation, Conversation.id == listed.c.id)
        .outerjoin(Other, Other.id == listed.c.other_id)
        .outerjoin(Run, Run.id == listed.c.run_id)
        .outerjoin(Crew, Crew.id == listed.c.crew_id)
        .outerjoin(Message, last)
        .outerjoin(author, and_(author.id == Message.author_id, is_shown(author, hidden, is_operator=is_operator)))
        .order_by(listed.c.last_at.desc(), listed.c.id.desc())
        .limit(most)
    )
    if counts_requests:
        requests = _count_requests(person_id, hidden, is_operator=is_operator).scalar_subquery()
        statement = statement.add_columns(requests.label("requests"))
    return statement


def _rows_of_two_and_runs(
    person_id: Any, hidden: Any, most: Any, after: After, *, states: tuple[str, ...], is_first: bool, is_operator: bool
) -> Select[Any]:
    """Select the last rows of a person in conversations of two and of runs, by their index."""
    statement = (
        select(
            Mine.conversation_id.label("id"),
            Mine.state,
            Mine.unread,
            Mine.muted_at,
            Mine.last_at,
            Mine.last_number,
            Mine.other_id,
            Mine.run_id,
            Mine.crew_id,
        )
        .outerjoin(Other, Other.id == Mine.other_id)
        .where(
            Mine.person_id == person_id,
            Mine.crew_id.is_(None),
            Mine.state.in_(constants(*states)),
            _is_readable(person_id, hidden, is_operator=is_operator),
        )
    )
    key = Mine.last_at, Mine.conversation_id
    return rows_after(statement, key, after.key, most, goes_on=not is_first, descending=True)


def _rows_of_crews(person_id: Any, hidden: Any, after: After, *, is_first: bool, is_operator: bool) -> Select[Any]:
    """Select a row for each crew of a person in which somebody whom they see has written of late."""
    message, author = aliased(Message), aliased(Person)
    last = (
        select(message.created_at.label("last_at"), message.number)
        .join(author, author.id == message.author_id)
        .where(
            message.conversation_id == Conversation.id,
            message.number > Conversation.last_number - literal_column(str(MOST_UNREAD)),
            is_shown(author, hidden, is_operator=is_operator),
        )
        .order_by(message.number.desc())
        .limit(literal_column("1"))
        .correlate(Conversation)
        .lateral("last")
    )
    statement = (
        select(
            Conversation.id,
            literal_column(f"'{OPEN}'").label("state"),
            unread_in_crew(Conversation, Mine, Membership, person_id, hidden).label("unread"),
            Mine.muted_at,
            last.c.last_at,
            last.c.number.label("last_number"),
            null().label("other_id"),
            null().label("run_id"),
            Conversation.crew_id,
        )
        .select_from(Membership)
        .join(Conversation, Conversation.crew_id == Membership.crew_id)
        .outerjoin(Mine, and_(Mine.conversation_id == Conversation.id, Mine.person_id == person_id))
        .join(last, true())
        .where(is_membership_of(Membership, person_id, Conversation.crew_id))
    )
    if not is_first:
        statement = statement.where(tuple_(last.c.last_at, Conversation.id) < tuple_(*after.key))
    return statement


def _is_readable(person_id: Any, hidden: Any, *, is_operator: bool) -> ColumnElement[bool]:
    """Return the condition that the person may read what a row of `Mine`, joined to `Other`, is of: two or a run."""
    of_two = and_(Mine.other_id.is_not(None), is_shown(Other, hidden, is_operator=is_operator))
    return or_(of_two, and_(Mine.run_id.is_not(None), belongs_to_run(person_id, Mine.run_id)))


def count_of_unread(person_id: Any, hidden: Any) -> ScalarSelect[int]:
    """Return the number of conversations with something unread, as part of another statement.

    The person and the array of ids that are hidden from them are columns or parameters. Muted conversations, and first
    messages that wait to be accepted, count for nothing.
    """
    other = aliased(Person)
    mine = aliased(ConversationMember)
    of_two = exists().where(
        other.id == mine.other_id, is_none_of(other.id, hidden), other.state.not_in(constants(*SHUT_OUT))
    )
    rows: Select[Any] = (
        select(literal_column("1"))
        .where(
            mine.person_id == person_id,
            mine.unread > literal_column("0"),
            mine.state.in_(constants(OPEN, SENT)),
            mine.muted_at.is_(None),
            or_(
                and_(mine.other_id.is_not(None), of_two.correlate_except(other)),
                and_(mine.run_id.is_not(None), belongs_to_run(person_id, mine.run_id)),
            ),
        )
        .correlate_except(mine)
        .limit(literal_column(str(MOST_COUNTED)))
    )
    of_crews = unread_crew_conversations(person_id, hidden)
    return select(func.count()).select_from(union_all(rows, of_crews).subquery()).scalar_subquery()


@dataclass(frozen=True, slots=True)
class MutedConversation:
    """A conversation that its reader has muted, and what it is called: a name, "" for nobody's, or the title of a group."""

    id: uuid.UUID
    of_group: bool
    name: str


def muted_conversations(person: Person) -> list[MutedConversation]:
    """Return the conversations that the person has muted and may still read, the latest first."""
    rows = _muted(person.id, hidden_ids(person), MOST_COUNTED, is_operator=person.is_operator)
    return [MutedConversation(row.id, row.title is not None, row.title or row.name or "") for row in rows]


@built_once
def _muted(person_id: uuid.UUID, hidden: list[uuid.UUID], most: int, *, is_operator: bool) -> Select[Any]:
    return (
        select(Mine.conversation_id.label("id"), func.coalesce(Crew.name, Run.title).label("title"), Other.name)
        .select_from(Mine)
        .outerjoin(Other, Other.id == Mine.other_id)
        .outerjoin(Run, Run.id == Mine.run_id)
        .outerjoin(Crew, Crew.id == Mine.crew_id)
        .where(
            Mine.person_id == person_id,
            Mine.muted_at.is_not(None),
            Mine.state.in_(constants(OPEN, SENT)),
            or_(
                _is_readable(person_id, hidden, is_operator=is_operator),
                and_(Mine.crew_id.is_not(None), is_in_crew(person_id, Mine.crew_id)),
            ),
        )
        .order_by(Mine.last_at.desc())
        .limit(most)
    )


def unread_count(person: Person) -> int:
    """Return the number of conversations with something unread, up to `MOST_COUNTED`."""
    return int(_unread_count(person.id, hidden_ids(person)).scalar_one())


@built_once
def _unread_count(person_id: uuid.UUID, hidden: list[uuid.UUID]) -> Select[Any]:
    return select(count_of_unread(person_id, hidden))


def request_count(person: Person) -> int:
    """Return the number of first messages that wait for the person to accept them."""
    return int(_request_count(person.id, hidden_ids(person), is_operator=person.is_operator).scalar_one())


@built_once
def _request_count(person_id: uuid.UUID, hidden: list[uuid.UUID], *, is_operator: bool) -> Select[Any]:
    return _count_requests(person_id, hidden, is_operator=is_operator)


def _count_requests(person_id: Any, hidden: Any, *, is_operator: bool) -> Select[Any]:
    mine, other = aliased(ConversationMember), aliased(Person)
    return (
        select(func.count())
        .select_from(mine)
        .join(other, other.id == mine.other_id)
        .where(
            mine.person_id == person_id,
            mine.state.in_(constants(REQUEST)),
            is_shown(other, hidden, is_operator=is_operator),
        )
    )
