"""Reports of messages: how a moderator sees a message and removes it; telling a crew of a message."""

import uuid

from hampa.messages.actions import crews
from hampa.messages.actions.changing import empty_message
from hampa.messages.models import Message
from hampa.messages.queries.thread import message_for
from hampa.moderation.subjects import SubjectSnapshot, subject
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.jobs import enqueue, job


@subject("message", remove=lambda message_id: enqueue("messages.remove_reported", subject_id=message_id))
def reportable_message(person: Person, message_id: uuid.UUID) -> SubjectSnapshot:
    """Return the message of somebody else as a subject of a report. Raise NotFound if the person may not read it.

    Operators do not read conversations: they see this text, and the page of its author.
    """
    message, name = message_for(person, message_id)
    return SubjectSnapshot(message.author_id, name, f"/people/{message.author_id}", {"text": message.text})


@job("messages.remove_reported")
def remove_reported_message(subject_id: uuid.UUID) -> None:
    """Empty a reported message."""
    message = db.session.get(Message, subject_id, with_for_update=True)
    if message is not None:
        empty_message(message)
    db.session.commit()


@job("messages.tell_crew")
def tell_crew(message_id: uuid.UUID) -> None:
    """Notify the members of a crew of a message."""
    crews.tell_crew(message_id)
    db.session.commit()
