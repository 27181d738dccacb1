"""What is asked about the conversation of a crew: what is unread in it, and whom its messages reach.

No row is written for a member and a message: what is unread is counted among the last messages when it is asked for.
"""

import uuid
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, literal_column, or_, select
from sqlalchemy.orm import aliased

from hampa.crews.models import ACTIVE, CrewMembership
from hampa.crews.queries.people import people_to_tell
from hampa.messages.models import Conversation, ConversationMember, Message
from hampa.people.queries import is_none_of
from hampa.platform.db import constants, shared_alias

MOST_UNREAD = 100
"""How many of a crew's last messages are looked at to count what is unread."""

Membership: Any = shared_alias(CrewMembership, "membership")


def is_membership_of(membership: Any, person_id: Any, crew_id: Any) -> ColumnElement[bool]:
    """Return the condition that a row is the membership of a person who belongs to a crew."""
    is_active = membership.status.in_(constants(ACTIVE))
    return and_(membership.crew_id == crew_id, membership.person_id == person_id, is_active)


def unread_messages(
    conversation: Any, mine: Any, membership: Any, person_id: Any, hidden: Any, *, most: int = MOST_UNREAD
) -> Select[Any]:
    """Return a SELECT of the messages of a crew's conversation that a member has not read, for other statements.

    They are among its last `most` messages, by others who are not hidden from the member, and not older than the
    membership. `conversation` and `membership` are rows of the statement around it, `mine` one that an outer join may
    not have found.
    """
    message = aliased(Message)
    last = conversation.last_number - literal_column(str(most))
    read = func.coalesce(mine.read_number, literal_column("0"))
    return (
        select(literal_column("1"))
        .select_from(message)
        .where(
            message.conversation_id == conversation.id,
            message.number > func.greatest(read, last),
            message.author_id != person_id,
            message.created_at >= membership.joined_at,
            is_none_of(message.author_id, hidden),
        )
        .correlate_except(message)
    )


def unread_in_crew(conversation: Any, mine: Any, membership: Any, person_id: Any, hidden: Any) -> ScalarSelect[int]:
    """Return the number of `unread_messages`, as a column of another statement."""
    rows = unread_messages(conversation, mine, membership, person_id, hidden).subquery()
    return select(func.count()).select_from(rows).scalar_subquery()


def unread_crew_conversations(person_id: Any, hidden: Any) -> Select[Any]:
    """Return a SELECT of the conversations of crews with something unread that a person has not muted."""
    mine, conversation, membership = aliased(ConversationMember), aliased(Conversation), aliased(CrewMembership)
    unread = unread_messages(conversation, mine, membership, person_id, hidden).exists()
    return (
        select(literal_column("1"))
        .select_from(membership)
        .join(conversation, conversation.crew_id == membership.crew_id)
        .outerjoin(mine, and_(mine.conversation_id == conversation.id, mine.person_id == membership.person_id))
        .where(
            membership.person_id == person_id,
            membership.status.in_(constants(ACTIVE)),
            conversation.last_number > func.coalesce(mine.read_number, literal_column("0")),
            mine.muted_at.is_(None),
            unread,
        )
        .correlate_except(mine, conversation, membership)
    )


def members_to_tell(crew_id: uuid.UUID, conversation_id: uuid.UUID, author_id: uuid.UUID, number: int) -> Select[Any]:
    """Return a SELECT of the ids of members who are told of a message, and of when they joined.

    They want to hear of the crew, have not muted the conversation, and have not read so far.
    """
    mine = aliased(ConversationMember)
    is_mine = and_(mine.conversation_id == conversation_id, mine.person_id == CrewMembership.person_id)
    return (
        people_to_tell(crew_id, author_id)
        .add_columns(CrewMembership.joined_at)
        .outerjoin(mine, is_mine)
        .where(mine.muted_at.is_(None), or_(mine.read_number.is_(None), mine.read_number < number))
    )
