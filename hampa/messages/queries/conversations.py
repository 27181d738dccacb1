"""One conversation as its people see it, and who is in contact by one."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, or_, select
from sqlalchemy.orm import aliased

from hampa.cards.queries.interests import register_contact
from hampa.crews.models import ACTIVE, Crew, CrewMembership
from hampa.crews.queries.crews import is_in_crew, member_of, why_not, why_not_write
from hampa.crews.queries.together import share_crew
from hampa.messages.models import OPEN, REQUEST, SENT, Conversation, ConversationMember, Message
from hampa.messages.queries.crews import Membership, is_membership_of, unread_in_crew
from hampa.messages.queries.ground import are_companions, belongs_to_run, closed_by_choice, ids_of_run
from hampa.people.models import Person
from hampa.people.queries import OPEN_TO, SHUT_OUT, PersonSummary, hidden_ids, is_none_of, names_people, summary_columns
from hampa.platform import clock
from hampa.platform.db import constants, shared_alias
from hampa.platform.errors import NotFound
from hampa.platform.live.presence import online_among
from hampa.platform.statements import built_once
from hampa.platform.texts.cleaning import by_alphabet
from hampa.runs.models.run import Run

OPEN_AFTER = timedelta(days=7)
"""How long one can write in the conversation of a run after its end."""

Mine: Any = ConversationMember
Other: Any = shared_alias(Person, "other")
Theirs: Any = shared_alias(ConversationMember, "theirs")


@names_people
def is_named_by_messages(viewer: Person | None) -> ColumnElement[bool]:
    """Return the condition that a `Person` and the viewer have a conversation, or have written in that of a run or crew."""
    if viewer is None:
        return false()
    theirs = aliased(ConversationMember)
    pair = exists().where(theirs.person_id == viewer.id, theirs.other_id == Person.id)
    wrote = exists().where(
        Message.author_id == Person.id,
        Conversation.id == Message.conversation_id,
        or_(
            and_(Conversation.run_id.is_not(None), belongs_to_run(viewer.id, Conversation.run_id)),
            and_(Conversation.crew_id.is_not(None), is_in_crew(viewer.id, Conversation.crew_id)),
        ),
    )
    return or_(pair, wrote)


@register_contact
def have_conversation(person: Person, other_id: uuid.UUID) -> bool:
    """Return whether two people write with each other: each has written to the other, and neither has declined."""
    return bool(_have_conversation(person.id, other_id).scalar())


@built_once
def _have_conversation(person_id: uuid.UUID, other_id: uuid.UUID) -> Select[Any]:
    is_theirs = Mine.person_id == person_id, Mine.other_id == other_id, Mine.state.in_(constants(OPEN))
    wrote = (_has_written(one, Mine.conversation_id) for one in (person_id, other_id))
    return select(exists().where(*is_theirs, *wrote))


def _has_written(person_id: Any, conversation_id: Any) -> ColumnElement[bool]:
    """Return the condition that a person has written in a conversation."""
    return exists().where(Message.author_id == person_id, Message.conversation_id == conversation_id)


def is_shown(person: Any, hidden: Any, *, is_operator: bool) -> ColumnElement[bool]:
    """Return the condition that a person whom a join found may be named to the reader."""
    visible = is_none_of(person.id, hidden)
    return visible if is_operator else and_(visible, person.state.not_in(constants(*SHUT_OUT)))


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
class CrewOfConversation:
    """The crew whose members talk, and what the reader, who is one, may do.

    `why_not_write` and `why_not_remove` say why not, "" where they may. While they are muted, `muted_until` is when that
    ends and `reason` why it is.
    """

    id: uuid.UUID
    name: str
    members: int
    why_not_write: str
    why_not_remove: str
    muted_until: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class SeenConversation:
    """A conversation as one of its people sees it; `id` is None for that of a run or crew in which nobody has written.

    Of two people, `other` is the other one, whose page `page_opens` to the reader, and who `has_left` when they delete their account, and `read_number` the number
    of the last message that they have read, None where one of the two does not share that; nor do they see that the other
    types. In that of a run or crew, `shares_reading` is whether the reader lets the others see it. `shows_online` is whether the reader may see that the other is here. `is_closed` is whether one of
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
    crew: CrewOfConversation | None
    created_at: datetime | None
    last_at: datetime | None

    @property
    def title(self) -> str | None:
        """What the conversation of a run or crew is called; None for that of two people."""
        group = self.run.title if self.run is not None else None
        return self.crew.name if self.crew is not None else group

    @property
    def may_remove(self) -> bool:
        """Whether the reader may remove messages of others."""
        return self.crew is not None and not self.crew.why_not_remove

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
        if self.crew is not None:
            return not self.crew.why_not_write
        return not (self.has_left or self.is_closed or self.is_over or self.state in (SENT, REQUEST))


def conversation_for(person: Person, conversation_id: uuid.UUID) -> SeenConversation:
    """Return a conversation that the person takes part in. Raise NotFound."""
    row = _conversation(conversation_id, person.id, hidden_ids(person), is_operator=person.is_operator).one_or_none()
    if row is None:
        raise NotFound
    return _seen(person, row)


def run_conversation_for(person: Person, run_id: uuid.UUID) -> SeenConversation:
    """Return the conversation of a run. Raise NotFound for people who do not belong to it."""
    row = _run_conversation(run_id, person.id, hidden_ids(person)).one_or_none()
    if row is None:
        raise NotFound
    return _seen(person, row)


def crew_conversation_for(
    person: Person, crew_id: uuid.UUID, membership: CrewMembership | None = None
) -> SeenConversation:
    """Return the conversation of a crew; the person's active `membership` is read unless it is given.

    Raise Forbidden or NotFound, as `member_of` does, for who is no member.
    """
    membership = membership or member_of(person, crew_id)
    return _seen(person, _crew_conversation(crew_id, person.id, hidden_ids(person)).one(), membership)


def _seen(person: Person, row: Any, membership: CrewMembership | None = None) -> SeenConversation:
    if row.crew_id is not None and membership is None:
        membership = member_of(person, row.crew_id)
    of_group = row.run_id is not None or membership is not None
    shares = bool(person.shares_reading and (of_group or row.shares_reading))
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
            row.shows_online
            and person.shows_online
            and row.state == OPEN
            and row.other_state == "active"
            and row.in_contact
        ),
        run=run,
        crew=_crew_of(membership) if membership is not None else None,
        created_at=row.created_at,
        last_at=row.last_at,
    )


def _crew_of(membership: CrewMembership) -> CrewOfConversation:
    return CrewOfConversation(
        id=membership.crew_id,
        name=membership.crew.name,
        members=membership.crew.members,
        why_not_write=why_not_write(membership),
        why_not_remove=why_not(membership, "remove"),
        muted_until=membership.muted_until if membership.is_muted else None,
        reason=membership.reason if membership.is_muted else "",
    )


@built_once
def _conversation(
    conversation_id: uuid.UUID, person_id: uuid.UUID, hidden: list[uuid.UUID], *, is_operator: bool
) -> Select[Any]:
    of_two = and_(Mine.other_id.is_not(None), is_shown(Other, hidden, is_operator=is_operator))
    of_run = and_(Conversation.run_id.is_not(None), belongs_to_run(person_id, Conversation.run_id))
    of_crew = Membership.id.is_not(None)
    statement = _with_people(_select_conversation(person_id, hidden).select_from(Conversation), person_id)
    statement = statement.outerjoin(Run, Run.id == Conversation.run_id)
    return statement.where(Conversation.id == conversation_id, or_(of_two, of_run, of_crew))


@built_once
def _run_conversation(run_id: uuid.UUID, person_id: uuid.UUID, hidden: list[uuid.UUID]) -> Select[Any]:
    statement = _select_conversation(person_id, hidden).select_from(Run)
    statement = statement.outerjoin(Conversation, Conversation.run_id == Run.id)
    return _with_people(statement, person_id).where(Run.id == run_id, belongs_to_run(person_id, Run.id))


@built_once
def _crew_conversation(crew_id: uuid.UUID, person_id: uuid.UUID, hidden: list[uuid.UUID]) -> Select[Any]:
    statement = _select_conversation(person_id, hidden).select_from(Crew)
    statement = statement.outerjoin(Conversation, Conversation.crew_id == Crew.id)
    statement = statement.outerjoin(Run, Run.id == Conversation.run_id)
    return _with_people(statement, person_id).where(Crew.id == crew_id)


def _with_people(statement: Select[Any], person_id: Any) -> Select[Any]:
    """Join the reader's part in a `Conversation`, that of the other one of two, and the reader's place in the crew."""
    return (
        statement.outerjoin(Mine, and_(Mine.conversation_id == Conversation.id, Mine.person_id == person_id))
        .outerjoin(Other, Other.id == Mine.other_id)
        .outerjoin(Theirs, and_(Theirs.conversation_id == Conversation.id, Theirs.person_id == Mine.other_id))
        .outerjoin(Membership, is_membership_of(Membership, person_id, Conversation.crew_id))
    )


def _select_conversation(person_id: Any, hidden: Any) -> Select[Any]:
    companions = are_companions(person_id, Other.id)
    my_setting = select(Person.message_visibility).where(Person.id == person_id).scalar_subquery()
    of_two = Other.id.is_not(None)
    is_last = Message.conversation_id == Conversation.id, Message.number == Conversation.last_number
    opens = or_(
        Other.profile_visibility.in_(constants(*OPEN_TO["stranger"])), companions, share_crew(person_id, Other.id)
    )
    return select(
        Conversation.id,
        Conversation.last_number,
        Conversation.created_at,
        select(Message.created_at).where(*is_last).correlate(Conversation).scalar_subquery().label("last_at"),
        Mine.state,
        case(
            (Membership.id.is_not(None), unread_in_crew(Conversation, Mine, Membership, person_id, hidden)),
            else_=Mine.unread,
        ).label("unread"),
        Mine.muted_at,
        summary_columns("other", person=Other),
        Other.state.label("other_state"),
        Other.shares_reading,
        Other.shows_online,
        or_(companions, and_(*(_has_written(one, Conversation.id) for one in (person_id, Other.id)))).label(
            "in_contact"
        ),
        and_(of_two, Other.state.in_(constants("active")), opens).label("opens"),
        and_(of_two, closed_by_choice(Other.message_visibility, companions)).label("closed_by_other"),
        and_(of_two, closed_by_choice(my_setting, companions)).label("closed_by_me"),
        Theirs.read_number,
        Conversation.crew_id,
        Run.id.label("run_id"),
        Run.title,
        Run.starts_at,
        Run.timezone,
        Run.duration_min,
    )


MOST_PEOPLE = 100


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody else in a conversation who lets the reader see that they type, and what they have read."""

    id: uuid.UUID
    name: str
    read_number: int


def participants_of(person: Person, conversation: SeenConversation) -> tuple[Participant, ...]:
    """Return the others in a conversation who share with the reader that they read and type; up to `MOST_PEOPLE`.

    Nobody for a reader who does not share it. In a crew it is not said who has read what.
    """
    if conversation.id is None or conversation.has_left or not conversation.shares_reading:
        return ()
    if conversation.crew is not None:
        in_crew = conversation.crew.id, person.id, hidden_ids(person), MOST_PEOPLE
        return tuple(Participant(row.id, row.name, 0) for row in _members(*in_crew, is_operator=person.is_operator))
    if conversation.run is None:
        return (Participant(conversation.other.id, conversation.other.name, 0),) if conversation.other else ()
    values = conversation.id, conversation.run.id, person.id, hidden_ids(person), MOST_PEOPLE
    return tuple(Participant(*row) for row in _participants(*values, is_operator=person.is_operator))


@built_once
def _participants(
    conversation_id: uuid.UUID,
    run_id: uuid.UUID,
    person_id: uuid.UUID,
    hidden: list[uuid.UUID],
    most: int,
    *,
    is_operator: bool,
) -> Select[Any]:
    is_theirs = and_(Theirs.conversation_id == conversation_id, Theirs.person_id == Other.id)
    return (
        select(Other.id, Other.name, func.coalesce(Theirs.read_number, 0))
        .select_from(Other)
        .outerjoin(Theirs, is_theirs)
        .where(
            Other.id.in_(ids_of_run(run_id)),
            Other.id != person_id,
            Other.state.in_(constants("active")),
            Other.shares_reading,
            is_shown(Other, hidden, is_operator=is_operator),
        )
        .order_by(by_alphabet(Other.name), Other.id)
        .limit(most)
    )


@built_once
def _members(
    crew_id: uuid.UUID, person_id: uuid.UUID, hidden: list[uuid.UUID], most: int, *, is_operator: bool
) -> Select[Any]:
    """Select the oldest members of a crew, in the order of its index."""
    return (
        select(Other.id, Other.name)
        .select_from(CrewMembership)
        .join(Other, Other.id == CrewMembership.person_id)
        .where(
            CrewMembership.crew_id == crew_id,
            CrewMembership.status.in_(constants(ACTIVE)),
            Other.id != person_id,
            Other.state.in_(constants("active")),
            Other.shares_reading,
            is_shown(Other, hidden, is_operator=is_operator),
        )
        .order_by(CrewMembership.joined_at, CrewMembership.id)
        .limit(most)
    )
