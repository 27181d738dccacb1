"""The conversations of a person: their list, one of them, and how many have something unread."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import aliased

from hampa.cards.queries.interests import register_contact
from hampa.messages.models import OPEN, REQUEST, SENT, Conversation, ConversationMember, Message
from hampa.messages.queries.ground import are_companions, belongs_to_run, closed_by_choice
from hampa.people.models import Person
from hampa.people.queries import OPEN_TO, SHUT_OUT, PersonSummary, hidden_ids, is_none_of, names_people, summary_columns
from hampa.platform import clock
from hampa.platform.db import constants, db, shared_alias
from hampa.platform.errors import NotFound
from hampa.platform.live.presence import online_among
from hampa.platform.statements import built_once
from hampa.platform.web.paging import Page, decode
from hampa.runs.models.run import Run

A_PAGE = 25
FIRST_WORDS = 160
"""Characters of the last message that a row of the list may show."""
OPEN_AFTER = timedelta(days=7)
"""How long one can write in the conversation of a run after its end."""
MOST_COUNTED = 100

Mine: Any = ConversationMember
Other: Any = shared_alias(Person, "other")
Theirs: Any = shared_alias(ConversationMember, "theirs")


@names_people
def is_named_by_messages(viewer: Person | None) -> ColumnElement[bool]:
    """Return the condition that a `Person` and the viewer have a conversation, or that of a run has a message of theirs."""
    if viewer is None:
        return false()
    theirs = aliased(ConversationMember)
    pair = exists().where(theirs.person_id == viewer.id, theirs.other_id == Person.id)
    wrote = exists().where(
        Message.author_id == Person.id,
        Conversation.id == Message.conversation_id,
        Conversation.run_id.is_not(None),
        belongs_to_run(viewer.id, Conversation.run_id),
    )
    return or_(pair, wrote)


@register_contact
def have_conversation(person: Person, other_id: uuid.UUID) -> bool:
    """Return whether two people write with each other."""
    query = select(Mine.id).where(Mine.person_id == person.id, Mine.other_id == other_id, Mine.state == OPEN)
    return db.session.scalar(query) is not None


@dataclass(frozen=True, slots=True)
class ListedConversation:
    """A conversation as a row of the list; `other` is None for that of a run, whose `title` it has.

    `text` is the beginning of the last message, None if it is deleted or by somebody whom the reader may not see.
    `author` is the name of who wrote it, in the conversation of a run alone.
    """

    id: uuid.UUID
    other: PersonSummary | None
    title: str | None
    is_waiting: bool
    is_muted: bool
    unread: int
    last_at: datetime
    text: str | None
    is_deleted: bool
    is_mine: bool
    author: str | None


def conversations_of(person: Person, after: str | None = None) -> Page[ListedConversation]:
    """Return a page of the person's conversations, the one with the last message first."""
    return _page_of(person, after, (OPEN, SENT))


def requests_of(person: Person, after: str | None = None) -> Page[ListedConversation]:
    """Return a page of the first messages that wait for the person to accept them, the newest first."""
    return _page_of(person, after, (REQUEST,))


def _page_of(person: Person, after: str | None, states: tuple[str, ...]) -> Page[ListedConversation]:
    cursor = decode(after, datetime, uuid.UUID)
    last_at, last_id = cursor or (None, None)
    values = person.id, hidden_ids(person), A_PAGE + 1, last_at, last_id
    rows = _list(*values, states=states, is_paged=cursor is not None, is_operator=person.is_operator)
    return Page.of([_listed(row) for row in rows], A_PAGE, lambda one: (one.last_at, one.id))


def _listed(row: Any) -> ListedConversation:
    readable = row.author_name is not None or row.is_mine
    return ListedConversation(
        id=row.id,
        other=row.other,
        title=row.title,
        is_waiting=row.state == SENT,
        is_muted=row.muted_at is not None,
        unread=row.unread,
        last_at=row.last_at,
        text=row.text if readable and row.deleted_at is None else None,
        is_deleted=readable and row.deleted_at is not None,
        is_mine=bool(row.is_mine),
        author=row.author_name if row.title is not None else None,
    )


@built_once
def _list(
    person_id: uuid.UUID,
    hidden: list[uuid.UUID],
    most: int,
    last_at: datetime | None,
    last_id: uuid.UUID | None,
    *,
    states: tuple[str, ...],
    is_paged: bool,
    is_operator: bool,
) -> Select[Any]:
    author = aliased(Person)
    statement = (
        select(
            Mine.conversation_id.label("id"),
            Mine.state,
            Mine.unread,
            Mine.muted_at,
            Mine.last_at,
            summary_columns("other", person=Other),
            Run.title,
            func.left(Message.text, literal_column(str(FIRST_WORDS))).label("text"),
            Message.deleted_at,
            (Message.author_id == person_id).label("is_mine"),
            author.name.label("author_name"),
        )
        .select_from(Mine)
        .outerjoin(Other, Other.id == Mine.other_id)
        .outerjoin(Run, Run.id == Mine.run_id)
        .outerjoin(Message, and_(Message.conversation_id == Mine.conversation_id, Message.number == Mine.last_number))
        .outerjoin(author, and_(author.id == Message.author_id, _is_shown(author, hidden, is_operator=is_operator)))
        .where(
            Mine.person_id == person_id,
            Mine.state.in_(constants(*states)),
            _is_readable(person_id, hidden, is_operator=is_operator),
        )
        .order_by(Mine.last_at.desc(), Mine.conversation_id.desc())
        .limit(most)
    )
    if is_paged:
        statement = statement.where(tuple_(Mine.last_at, Mine.conversation_id) < tuple_(last_at, last_id))
    return statement


def _is_shown(person: Any, hidden: Any, *, is_operator: bool) -> ColumnElement[bool]:
    """Return the condition that a person whom a join found may be named to the reader."""
    visible = is_none_of(person.id, hidden)
    return visible if is_operator else and_(visible, person.state.not_in(constants(*SHUT_OUT)))


def _is_readable(person_id: Any, hidden: Any, *, is_operator: bool) -> ColumnElement[bool]:
    """Return the condition that the person may read the conversation of a row of `Mine`, joined to `Other`."""
    of_two = and_(Mine.run_id.is_(None), _is_shown(Other, hidden, is_operator=is_operator))
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
                and_(mine.run_id.is_(None), of_two.correlate_except(other)),
                and_(mine.run_id.is_not(None), belongs_to_run(person_id, mine.run_id)),
            ),
        )
        .correlate_except(mine)
        .limit(literal_column(str(MOST_COUNTED)))
    )
    return select(func.count()).select_from(rows.subquery()).scalar_subquery()


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
    return (
        select(func.count())
        .select_from(Mine)
        .join(Other, Other.id == Mine.other_id)
        .where(
            Mine.person_id == person_id,
            Mine.state.in_(constants(REQUEST)),
            _is_shown(Other, hidden, is_operator=is_operator),
        )
    )


@dataclass(frozen=True, slots=True)
class RunOfConversation:
    """The run that a conversation is about."""

    id: uuid.UUID
    title: str
    starts_at: datetime
    timezone: str
    duration_min: int

    @property
    def closes_at(self) -> datetime:
        """When writing closes."""
        return self.starts_at + timedelta(minutes=self.duration_min) + OPEN_AFTER


@dataclass(frozen=True, slots=True)
class SeenConversation:
    """A conversation as one of its people sees it; `id` is None for that of a run in which nobody has written.

    Of two people, `other` is the other one, whose page `page_opens` to the reader, and who `has_left` when they delete their account, and `read_number` the number
    of the last message that they have read, None where one of the two does not share that; nor do they see that the other
    types. `shows_online` is whether the reader may see that the other is here. `is_closed` is whether one of
    the two takes no messages of the other; `by_me` whether that is the reader.
    """

    id: uuid.UUID | None
    last_number: int
    state: str
    unread: int
    is_muted: bool
    other: PersonSummary | None
    page_opens: bool
    has_left: bool
    is_closed: bool
    by_me: bool
    read_number: int | None
    shares_reading: bool
    shows_online: bool
    run: RunOfConversation | None

    @property
    def is_over(self) -> bool:
        """Whether the conversation of a run is closed to writing."""
        return self.run is not None and self.run.closes_at <= clock.now()

    @property
    def is_request(self) -> bool:
        """Whether the other's first message waits for the reader to accept it."""
        return self.state == REQUEST

    @property
    def is_online(self) -> bool:
        """Whether the other one has a page open, if the reader may see that."""
        return self.shows_online and self.other is not None and bool(online_among([self.other.id]))

    @property
    def is_writable(self) -> bool:
        """Whether the reader may write."""
        return not (self.has_left or self.is_closed or self.is_over or self.state in (SENT, REQUEST))


def conversation_for(person: Person, conversation_id: uuid.UUID) -> SeenConversation:
    """Return a conversation that the person takes part in. Raise NotFound."""
    row = _conversation(conversation_id, person.id, hidden_ids(person), is_operator=person.is_operator).one_or_none()
    if row is None:
        raise NotFound
    return _seen(person, row)


def run_conversation_for(person: Person, run_id: uuid.UUID) -> SeenConversation:
    """Return the conversation of a run. Raise NotFound for people who do not belong to it."""
    row = _run_conversation(run_id, person.id).one_or_none()
    if row is None:
        raise NotFound
    return _seen(person, row)


def _seen(person: Person, row: Any) -> SeenConversation:
    shares = bool(row.shares_reading and person.shares_reading)
    run = None
    if row.run_id is not None:
        run = RunOfConversation(row.run_id, row.title, row.starts_at, row.timezone, row.duration_min)
    return SeenConversation(
        id=row.id,
        last_number=row.last_number or 0,
        state=row.state or OPEN,
        unread=row.unread or 0,
        is_muted=row.muted_at is not None,
        other=row.other,
        page_opens=bool(row.opens),
        has_left=row.other is not None and row.other_state != "active",
        is_closed=bool(row.closed_by_other or row.closed_by_me),
        by_me=bool(row.closed_by_me),
        read_number=row.read_number if shares and row.state == OPEN else None,
        shares_reading=shares,
        shows_online=bool(
            row.shows_online and person.shows_online and row.state == OPEN and row.other_state == "active"
        ),
        run=run,
    )


@built_once
def _conversation(
    conversation_id: uuid.UUID, person_id: uuid.UUID, hidden: list[uuid.UUID], *, is_operator: bool
) -> Select[Any]:
    of_two = and_(Mine.other_id.is_not(None), _is_shown(Other, hidden, is_operator=is_operator))
    of_run = and_(Conversation.run_id.is_not(None), belongs_to_run(person_id, Conversation.run_id))
    return (
        _select_conversation(person_id)
        .select_from(Conversation)
        .outerjoin(Mine, and_(Mine.conversation_id == Conversation.id, Mine.person_id == person_id))
        .outerjoin(Other, Other.id == Mine.other_id)
        .outerjoin(Theirs, and_(Theirs.conversation_id == Conversation.id, Theirs.person_id == Mine.other_id))
        .outerjoin(Run, Run.id == Conversation.run_id)
        .where(Conversation.id == conversation_id, or_(of_two, of_run))
    )


@built_once
def _run_conversation(run_id: uuid.UUID, person_id: uuid.UUID) -> Select[Any]:
    return (
        _select_conversation(person_id)
        .select_from(Run)
        .outerjoin(Conversation, Conversation.run_id == Run.id)
        .outerjoin(Mine, and_(Mine.conversation_id == Conversation.id, Mine.person_id == person_id))
        .outerjoin(Other, Other.id == Mine.other_id)
        .outerjoin(Theirs, and_(Theirs.conversation_id == Conversation.id, Theirs.person_id == Mine.other_id))
        .where(Run.id == run_id, belongs_to_run(person_id, Run.id))
    )


def _select_conversation(person_id: Any) -> Select[Any]:
    companions = are_companions(person_id, Other.id)
    my_setting = select(Person.message_visibility).where(Person.id == person_id).scalar_subquery()
    of_two = Other.id.is_not(None)
    opens = or_(Other.profile_visibility.in_(constants(*OPEN_TO["stranger"])), companions)
    return select(
        Conversation.id,
        Conversation.last_number,
        Mine.state,
        Mine.unread,
        Mine.muted_at,
        summary_columns("other", person=Other),
        Other.state.label("other_state"),
        Other.shares_reading,
        Other.shows_online,
        and_(of_two, Other.state.in_(constants("active")), opens).label("opens"),
        and_(of_two, closed_by_choice(Other.message_visibility, companions)).label("closed_by_other"),
        and_(of_two, closed_by_choice(my_setting, companions)).label("closed_by_me"),
        Theirs.read_number,
        Run.id.label("run_id"),
        Run.title,
        Run.starts_at,
        Run.timezone,
        Run.duration_min,
    )
