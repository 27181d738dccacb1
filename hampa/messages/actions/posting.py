"""The steps that each new message takes: its number, its row, the members' rows, who is told."""

import math
import re
import uuid
from collections.abc import Sequence
from datetime import timedelta
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, case, exists, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from hampa.messages.models import OPEN, Conversation, ConversationMember, Message
from hampa.messages.queries.ground import people_of_run
from hampa.notifications.actions.notifying import notify
from hampa.notifications.actions.reading import read_about
from hampa.notifications.models import Notification
from hampa.people.models import Person
from hampa.people.queries import hidden_from
from hampa.platform import clock, ids
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.errors import TooFast
from hampa.platform.limits import limit
from hampa.platform.live import publish, publish_to_people
from hampa.platform.locale.i18n import ngettext
from hampa.platform.texts.cleaning import linkifier
from hampa.platform.texts.search import searchable_words
from hampa.runs.models.run import Run

MOST, WITHIN = 60, timedelta(minutes=10)
"""Messages of one person."""
KIND = "message_received"
NOTICE_LIFETIME = timedelta(days=30)
MOST_LINKS = 5

_RUN_PATH = re.compile("/runs/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/?")
_SHORT_PATH = re.compile("/r/([0-9A-Za-z]+)")


def limit_writing(author: Person) -> None:
    """Count one more text of a person. Raise TooFast."""
    limit(author, "messages.write", MOST, per=WITHIN, error=_too_many)


def take_number(conversation_id: uuid.UUID) -> int:
    """Return the number of the next message, and lock the conversation until the transaction ends."""
    numbered = update(Conversation).where(Conversation.id == conversation_id)
    numbered = numbered.values(last_number=Conversation.last_number + 1)
    statement = numbered.returning(Conversation.last_number).execution_options(synchronize_session=False)
    return int(db.session.execute(statement).scalar_one())


def post_message(
    conversation_id: uuid.UUID,
    number: int,
    author: Person,
    text: str,
    *,
    run_id: uuid.UUID | None = None,
    states: tuple[str, str] = (OPEN, OPEN),
) -> Message:
    """Add a message with a number that was taken for it, count it for its readers, and notify them.

    `states` are those of the author's side and of the others' from then on; `run_id` is that of a run's conversation.
    """
    message = add_message(conversation_id, number, author, text)
    if run_id is not None:
        _add_people_of_run(message, run_id)
    read_about([author.id], conversation_id)  # who answers has read
    readers = _readers(message, run_id)
    people = _count_message(readers, message, states)
    _notify(readers, message)
    publish(f"conversation:{conversation_id}", "message", person=author.id)
    if states[1] == OPEN:  # a first message that waits comes silently
        publish_to_people(people, "messages", person=author.id)
    return message


def add_message(conversation_id: uuid.UUID, number: int, author: Person, text: str) -> Message:
    """Add the row of a message with a number that was taken for it."""
    message = Message(
        conversation_id=conversation_id,
        number=number,
        author_id=author.id,
        text=text,
        search=searchable_words(text),
        run_id=linked_run(text),
        created_at=clock.now(),
    )
    db.session.add(message)
    db.session.flush()
    return message


def set_reading(conversation_id: uuid.UUID, crew_id: uuid.UUID, person_id: uuid.UUID, **values: Any) -> bool:
    """Note how far a member has read (`read_number`), or whether they muted (`muted_at`); return whether that is new."""
    now = clock.now()
    keys = {"conversation_id": conversation_id, "person_id": person_id}
    row = {"id": ids.new_id(), **keys, "crew_id": crew_id, "last_at": now, "created_at": now, **values}
    statement = insert(ConversationMember).values(row)
    further = ConversationMember.read_number < statement.excluded.read_number if "read_number" in values else None
    statement = statement.on_conflict_do_update(index_elements=list(keys), set_=values, where=further)
    return db.session.scalar(statement.returning(ConversationMember.id)) is not None


def linked_run(text: str) -> uuid.UUID | None:
    """Return the id of the first run that the text links to, by its first few links to runs here; None without one."""
    here = urlsplit(settings().base_url).netloc
    addresses = (urlsplit(link.url) for link in linkifier.match(text) or ())
    conditions = (_is_run_at(address.path) for address in addresses if address.netloc == here)
    for condition in islice(filter(None, conditions), MOST_LINKS):
        if run_id := db.session.scalar(select(Run.id).where(*condition)):
            return run_id
    return None


def _is_run_at(path: str) -> tuple[ColumnElement[bool], ...]:
    """Return the condition of the run whose page has this path; none for another path."""
    if by_id := _RUN_PATH.fullmatch(path):
        return (Run.id == uuid.UUID(by_id[1]),)
    by_code = _SHORT_PATH.fullmatch(path)
    return (Run.short_code == by_code[1],) if by_code else ()


def _add_people_of_run(message: Message, run_id: uuid.UUID) -> None:
    """Give a row to everybody who belongs to the conversation of a run and has none."""
    people = people_of_run(run_id, message.author_id).subquery()
    columns: dict[str, Any] = {
        "conversation_id": message.conversation_id,
        "run_id": run_id,
        "last_at": message.created_at,
        "created_at": message.created_at,
    }
    values = (literal(value, getattr(ConversationMember, name).type) for name, value in columns.items())
    rows = select(func.gen_random_uuid(), people.c.id, *values)
    statement = insert(ConversationMember.__table__).from_select(
        ["id", "person_id", *columns], rows, include_defaults=False
    )
    db.session.execute(statement.on_conflict_do_nothing())


def _readers(message: Message, run_id: uuid.UUID | None) -> list[ColumnElement[bool]]:
    """Return the conditions of the members who may read a message: in the conversation of a run those who still go."""
    of_conversation = ConversationMember.conversation_id == message.conversation_id
    if run_id is not None:
        return [of_conversation, ConversationMember.person_id.in_(people_of_run(run_id, message.author_id))]
    return [of_conversation, ConversationMember.person_id.not_in(hidden_from(message.author_id))]


def _count_message(
    readers: list[ColumnElement[bool]], message: Message, states: tuple[str, str]
) -> Sequence[uuid.UUID]:
    """Note a message on the rows of its readers, and return their ids; the author has read it."""
    is_author = ConversationMember.person_id == message.author_id
    own, others = states
    changes = {
        "last_number": message.number,
        "last_at": message.created_at,
        "read_number": case((is_author, message.number), else_=ConversationMember.read_number),
        "unread": case((is_author, 0), else_=ConversationMember.unread + 1),
        "state": case((is_author, own), else_=others),
    }
    statement = update(ConversationMember).where(*readers).values(changes).returning(ConversationMember.person_id)
    return db.session.scalars(statement.execution_options(synchronize_session=False)).all()


def _notify(readers: list[ColumnElement[bool]], message: Message) -> None:
    """Notify the readers who have not muted the conversation, unless they have an unread notification of it.

    A first message that waits to be accepted notifies nobody.
    """
    earlier = exists().where(
        Notification.person_id == ConversationMember.person_id,
        Notification.type == KIND,
        Notification.subject_id == message.conversation_id,
        Notification.read_at.is_(None),
        or_(Notification.expires_at.is_(None), Notification.expires_at > clock.now()),
    )
    notify(
        select(ConversationMember.person_id).where(
            *readers, ConversationMember.state == OPEN, ConversationMember.muted_at.is_(None), ~earlier
        ),
        "message_received",
        actor_id=message.author_id,
        subject_id=message.conversation_id,
        data={"message": str(message.id)},
        event=message.id,
        expires_at=message.created_at + NOTICE_LIFETIME,
    )


def _too_many(seconds: int) -> TooFast:
    text = ngettext(
        "That was a lot at once. Try again in %(num)d minute.",
        "That was a lot at once. Try again in %(num)d minutes.",
        math.ceil(seconds / 60),
    )
    return TooFast(text, seconds, "text")
