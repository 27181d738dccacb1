"""Messages in the conversation of a crew: writing, reading and muting, removing, and telling the members."""

import uuid

from sqlalchemy import exists, or_, select
from sqlalchemy.dialects.postgresql import insert

from hampa.crews.actions.crews import log
from hampa.crews.models import Crew
from hampa.crews.queries.crews import member_of, member_with, why_not_write
from hampa.messages.actions.changing import empty_message
from hampa.messages.actions.posting import KIND, NOTICE_LIFETIME, add_message, limit_writing, set_reading, take_number
from hampa.messages.models import Conversation, Message
from hampa.messages.queries.conversations import conversation_for
from hampa.messages.queries.crews import members_to_tell
from hampa.messages.queries.thread import message_for
from hampa.notifications.actions.notifying import notify
from hampa.notifications.actions.reading import read_about
from hampa.notifications.models import Notification
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import NotFound, Refused
from hampa.platform.jobs import enqueue
from hampa.platform.live import publish, publish_to_group

GROUP = "crew"
SPREAD_MS, MS_A_MEMBER = 600, 20
"""Over how many milliseconds open pages ask for their numbers after a message, in all and for each member."""


def write_to_crew(author: Person, crew_id: uuid.UUID, text: str) -> Message:
    """Write to all members of a crew. Raise Forbidden or NotFound, Refused for who may only read, and TooFast."""
    membership = member_of(author, crew_id)
    # A ban or a mute comes before this message, or after it.
    db.session.refresh(membership, ["status", "muted_until", "version"], with_for_update={"read": True})
    if reason := why_not_write(membership):
        raise Refused(reason, "text")
    limit_writing(author)
    conversation_id = _ensure_conversation(crew_id)
    message = add_message(conversation_id, take_number(conversation_id), author, text)
    set_reading(message.conversation_id, crew_id, author.id, read_number=message.number)
    read_about([author.id], conversation_id)  # who answers has read
    publish(f"conversation:{conversation_id}", "message", person=author.id)
    within = max(SPREAD_MS, MS_A_MEMBER * membership.crew.members)
    publish_to_group(GROUP, crew_id, "messages", person=author.id, within=within)
    enqueue("messages.tell_crew", message_id=message.id)
    return message


def _ensure_conversation(crew_id: uuid.UUID) -> uuid.UUID:
    """Return the id of the conversation of a crew, which begins with its first message."""
    query = select(Conversation.id).where(Conversation.crew_id == crew_id)
    if conversation_id := db.session.scalar(query):
        return conversation_id
    new = insert(Conversation).values(id=ids.new_id(), crew_id=crew_id, created_at=clock.now())
    db.session.execute(new.on_conflict_do_nothing(index_elements=[Conversation.crew_id]))
    return db.session.scalars(query).one()


def tell_crew(message_id: uuid.UUID) -> None:
    """Notify the members of a message who want it and have no unread notification of the conversation."""
    query = select(Message, Crew.id).join(Conversation, Conversation.id == Message.conversation_id)
    query = query.join(Crew, Crew.id == Conversation.crew_id)
    row = db.session.execute(query.where(Message.id == message_id, Message.deleted_at.is_(None))).one_or_none()
    if row is None:
        return
    message, crew_id = row[0], row[1]
    members = members_to_tell(crew_id, message.conversation_id, message.author_id, message.number).subquery()
    earlier = exists().where(
        Notification.person_id == members.c.person_id,
        Notification.type == KIND,
        Notification.subject_id == message.conversation_id,
        Notification.read_at.is_(None),
        Notification.created_at >= members.c.joined_at,
        or_(Notification.expires_at.is_(None), Notification.expires_at > clock.now()),
    )
    notify(
        select(members.c.person_id).where(~earlier),
        "message_received",
        actor_id=message.author_id,
        subject_id=message.conversation_id,
        data={"message": str(message.id)},
        event=message.id,
        expires_at=message.created_at + NOTICE_LIFETIME,
    )


def remove_message(organiser: Person, conversation_id: uuid.UUID, message_id: uuid.UUID, reason: str) -> None:
    """Remove a message of another member, which the crew's log has.

    Raise Forbidden for who has no right to, and NotFound, also for a message that is deleted.
    """
    crew = conversation_for(organiser, conversation_id).crew
    if crew is None:
        raise NotFound
    member_with(organiser, crew.id, "remove")
    message, _name = message_for(organiser, message_id, removes=True)
    db.session.refresh(message, with_for_update=True)
    if message.conversation_id != conversation_id or message.deleted_at is not None:
        raise NotFound
    empty_message(message)
    message.is_removed = True
    log(crew.id, "message", organiser, message.author_id, reason)
