"""Conversations."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hampa.crews.models import Crew
from hampa.messages.models import OPEN, Conversation, ConversationMember, Message
from hampa.messages.queries.ground import pair
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.texts.search import searchable_words
from hampa.runs.models.run import Run
from tests.factories.base import made, number


def make_conversation(one: Person, other: Person, *texts: str, unread: int = 0, **given: Any) -> Conversation:
    """Two people who write in turns, the first one first; the other has so many unread. `states` are those of both."""
    states = given.pop("states", (OPEN, OPEN))
    low_id, high_id = pair(one.id, other.id)
    conversation = db.session.query(Conversation).filter_by(low_id=low_id, high_id=high_id).one_or_none()
    if conversation is None:
        conversation = made(Conversation, low_id=low_id, high_id=high_id, **given)
    db.session.query(ConversationMember).filter_by(conversation_id=conversation.id).delete()
    add_messages(conversation, [(one, other)[place % 2] for place in range(len(texts))], texts)
    for person, another, state, new in ((one, other, states[0], 0), (other, one, states[1], unread)):
        add_member(conversation, person, other_id=another.id, state=state, unread=new)
    return conversation


def make_run_conversation(run: Run, *said: tuple[Person, str]) -> Conversation:
    """Let people say something in the conversation of a run, whose members are those who spoke."""
    conversation = db.session.query(Conversation).filter_by(run_id=run.id).one_or_none()
    conversation = conversation or made(Conversation, run_id=run.id)
    add_messages(conversation, [author for author, _text in said], [text for _author, text in said])
    members = db.session.query(ConversationMember).filter_by(conversation_id=conversation.id)
    known = {member.person_id for member in members}
    for person in dict.fromkeys(author for author, _text in said):
        if person.id not in known:
            add_member(conversation, person, run_id=run.id)
    return conversation


def make_crew_conversation(crew: Crew, *said: tuple[Person, str]) -> Conversation:
    """Let people say something in the conversation of a crew, of which nobody else has a row."""
    conversation = db.session.query(Conversation).filter_by(crew_id=crew.id).one_or_none()
    conversation = conversation or made(Conversation, crew_id=crew.id)
    add_messages(conversation, [author for author, _text in said], [text for _author, text in said])
    return conversation


def add_messages(conversation: Conversation, authors: list[Person], texts: Any, **given: Any) -> list[Message]:
    """Add messages, a second apart, the last one now."""
    messages = []
    for place, (author, text) in enumerate(zip(authors, texts, strict=True)):
        at: datetime = clock.now() - timedelta(seconds=len(authors) - place - 1)
        conversation.last_number += 1
        values = {"number": conversation.last_number, "author_id": author.id, "created_at": at}
        values |= {"text": text, "search": searchable_words(text)}
        messages.append(made(Message, conversation_id=conversation.id, **(values | given)))
    return messages


def add_member(conversation: Conversation, person: Person, *, unread: int = 0, **given: Any) -> ConversationMember:
    """Add a person who has read all but so many messages."""
    last = conversation.last_number
    values = {"last_number": last, "read_number": last - unread, "unread": unread, "last_at": clock.now()}
    return made(ConversationMember, conversation_id=conversation.id, person_id=person.id, **(values | given))


def make_message(conversation: Conversation, author: Person, **given: Any) -> Message:
    """Add a message of somebody, without noting it on the members' rows."""
    text = given.pop("text", f"Message {number()}")
    return add_messages(conversation, [author], [text], **given)[0]
