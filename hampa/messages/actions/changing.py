"""Changing and deleting messages, answering requests, reading and muting conversations."""

import uuid

from sqlalchemy import select, update

from hampa.messages.actions.posting import KIND, limit_writing, linked_run, set_reading
from hampa.messages.models import DECLINED, OPEN, REQUEST, SENT, Conversation, ConversationMember, Message
from hampa.messages.queries.conversations import SeenConversation, conversation_for
from hampa.messages.queries.thread import own_message, written_message
from hampa.notifications.actions.reading import read_about
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.live import publish, publish_to_people
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.texts.search import searchable_words

DECISIONS = ("accept", "decline")


def change_message(author: Person, conversation_id: uuid.UUID, message_id: uuid.UUID, text: str) -> None:
    """Change the text of a message of one's own.

    Raise NotFound, Forbidden, TooFast, and Refused when it is too late or the person may not write there any more.
    """
    own = own_message(author, conversation_id, message_id, lock=True)
    if own.message.text == text:
        return
    if own.message.deleted_at is not None:
        raise Refused(_("This message is deleted."), "text")
    if not own.is_editable:
        raise Refused(_("A message can be changed for 15 minutes. Write another one."), "text")
    if not conversation_for(author, conversation_id).is_writable:
        raise Refused(_("Nobody can read new words here now. You can still delete the message."), "text")
    limit_writing(author)
    own.message.text, own.message.search = text, searchable_words(text)
    own.message.run_id, own.message.edited_at = linked_run(text), clock.now()
    own.message.changes += 1
    publish(f"conversation:{conversation_id}", "changed", person=author.id)


def delete_message(author: Person, conversation_id: uuid.UUID, message_id: uuid.UUID) -> None:
    """Delete a message of one's own for everybody, also where one reads no more. Raise NotFound and Forbidden."""
    empty_message(written_message(author, conversation_id, message_id).message)


def empty_message(message: Message) -> None:
    """Leave nothing of a message but its place."""
    if message.deleted_at is None:
        message.text, message.search, message.run_id, message.deleted_at = "", [], None, clock.now()
        message.changes += 1
        publish(f"conversation:{message.conversation_id}", "changed", person=message.author_id)


def answer_request(person: Person, conversation_id: uuid.UUID, decision: str) -> None:
    """Accept or decline (`DECISIONS`) a first message; who wrote it is not told. Raise NotFound.

    One that is answered already stays as it is, except that a declined one can be accepted later.
    """
    conversation_for(person, conversation_id)
    lock = select(Conversation.id).where(Conversation.id == conversation_id).with_for_update()
    db.session.execute(lock)
    if decision == "decline":
        _set_state(conversation_id, DECLINED, ConversationMember.person_id == person.id, (REQUEST,))
        _set_unread_to_none(person, conversation_id)
    elif _set_state(conversation_id, OPEN, ConversationMember.person_id == person.id, (REQUEST, DECLINED)):
        _set_state(conversation_id, OPEN, ConversationMember.person_id != person.id, (SENT,))
        publish(f"conversation:{conversation_id}", "changed", person=person.id)


def _set_state(conversation_id: uuid.UUID, state: str, whose: object, before: tuple[str, ...]) -> bool:
    """Set the state of members that have one of the states before, and return whether there were any."""
    statement = update(ConversationMember).where(
        ConversationMember.conversation_id == conversation_id,
        whose,  # type: ignore[arg-type]
        ConversationMember.state.in_(before),
    )
    statement = statement.values(state=state).returning(ConversationMember.id)
    return bool(db.session.scalars(statement.execution_options(synchronize_session=False)).all())


def _set_unread_to_none(person: Person, conversation_id: uuid.UUID) -> None:
    statement = update(ConversationMember).where(
        ConversationMember.conversation_id == conversation_id, ConversationMember.person_id == person.id
    )
    db.session.execute(statement.values(unread=0).execution_options(synchronize_session=False))


def mark_read(person: Person, conversation: SeenConversation) -> bool:
    """Note that the person has read all of a conversation, and return whether there was anything new.

    The notification of it is read too. Where they share it, the others are told: of two who, of a run how many; in a
    crew nobody is.
    """
    if (conversation_id := conversation.id) is None:
        return False
    if conversation.crew is not None:
        values = conversation_id, conversation.crew.id, person.id
        is_new = set_reading(*values, read_number=conversation.last_number)
        if is_new:
            read_about([person.id], conversation_id, kinds=(KIND,))
            publish_to_people([person.id], "messages")
        return is_new
    statement = update(ConversationMember).where(
        ConversationMember.conversation_id == conversation_id,
        ConversationMember.person_id == person.id,
        ConversationMember.state == OPEN,
        ConversationMember.unread > 0,
    )
    statement = statement.values(unread=0, read_number=ConversationMember.last_number)
    news = db.session.scalars(
        statement.returning(ConversationMember.id).execution_options(synchronize_session=False)
    ).all()
    if news:
        read_about([person.id], conversation_id, kinds=(KIND,))
        publish_to_people([person.id], "messages")
        if conversation.shares_reading:
            ids = {"person": person.id} if conversation.run is None else {}
            publish(f"conversation:{conversation_id}", "read", **ids)
    return bool(news)


def set_muted(person: Person, conversation_id: uuid.UUID, *, muted: bool) -> None:
    """Notify the person of no more messages in a conversation, or of them again. Raise NotFound."""
    conversation, muted_at = conversation_for(person, conversation_id), clock.now() if muted else None
    if conversation.crew is not None:
        set_reading(conversation_id, conversation.crew.id, person.id, muted_at=muted_at)
        return
    statement = update(ConversationMember).where(
        ConversationMember.conversation_id == conversation_id, ConversationMember.person_id == person.id
    )
    statement = statement.values(muted_at=muted_at)
    db.session.execute(statement.execution_options(synchronize_session=False))
