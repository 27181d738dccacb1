"""Conversations of demo people: of companions, of a run, and a first message that waits."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from hampa.crews.models import CrewMembership
from hampa.demo import data
from hampa.demo.actions.crews import IDS as CREW_IDS
from hampa.demo.actions.people import demo_id
from hampa.messages.models import OPEN, REQUEST, SENT, Conversation, ConversationMember, Message
from hampa.messages.queries.ground import pair, people_of_run
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.texts.search import searchable_words
from hampa.runs.models.run import Run

STRANGER = 11
"""The number of the person whose first message to Sara waits."""


def make_conversations(people: list[Person]) -> None:
    """Let people write to each other, each two only once; Sara and Reza are companions, and Sara has one new message."""
    sara, reza = people[0], people[1]
    _make_pair((reza, sara), data.TALK_FA, (OPEN, OPEN))
    _make_pair((people[5], people[6]), data.TALK_EN, (OPEN, OPEN))
    _make_pair((people[STRANGER - 1], sara), [data.REQUEST_FA], (SENT, REQUEST))
    run = db.session.scalar(
        select(Run)
        .where(Run.organiser_id == sara.id, Run.starts_at > clock.now(), Run.cancelled_at.is_(None), Run.taken > 2)
        .order_by(Run.starts_at)
        .limit(1)
    )
    if run is not None:
        _make_of_run(run)


def make_crew_talks(people: Sequence[Person]) -> None:
    """Let the members of each crew talk, once."""
    for crew_id, sample in zip(CREW_IDS, data.CREWS, strict=True):
        if db.session.scalar(select(Conversation.id).where(Conversation.crew_id == crew_id)):
            continue
        joined = CrewMembership.joined_at, CrewMembership.id
        members = select(CrewMembership.person_id).where(CrewMembership.crew_id == crew_id).order_by(*joined)
        authors = list(db.session.scalars(members.limit(len(sample.talk))))
        if len(authors) < len(sample.talk):
            continue
        conversation = Conversation(id=demo_id("talk of crew", crew_id.int % 10**9), crew_id=crew_id)
        db.session.add(conversation)
        db.session.flush()
        _add_messages(conversation, authors[::-1], sample.talk)


def _make_pair(two: tuple[Person, Person], texts: Sequence[str], states: tuple[str, str]) -> None:
    low_id, high_id = pair(two[0].id, two[1].id)
    of_two = Conversation.low_id == low_id, Conversation.high_id == high_id
    if db.session.scalar(select(Conversation.id).where(*of_two)):
        return
    conversation = Conversation(
        id=demo_id("talk", low_id.int % 10**9, high_id.int % 10**9), low_id=low_id, high_id=high_id
    )
    db.session.add(conversation)
    db.session.flush()
    _add_messages(conversation, [two[number % 2].id for number in range(len(texts))], texts)
    last_author = two[(len(texts) - 1) % 2]
    one, another = two
    for person, other, state in ((one, another, states[0]), (another, one, states[1])):
        _add_member(conversation, person.id, unread=person is not last_author, other_id=other.id, state=state)


def _make_of_run(run: Run) -> None:
    if db.session.scalar(select(Conversation.id).where(Conversation.run_id == run.id)):
        return
    going = list(db.session.scalars(people_of_run(run.id, run.organiser_id).order_by(Person.phone)))
    conversation = Conversation(id=demo_id("talk of run", run.id.int % 10**9), run_id=run.id)
    db.session.add(conversation)
    db.session.flush()
    texts = data.TALK_OF_RUN_FA
    authors = [going[number % len(going)] for number in range(len(texts))]
    _add_messages(conversation, authors, texts)
    for person_id in going:
        _add_member(conversation, person_id, unread=person_id != authors[-1], run_id=run.id)


def _add_messages(conversation: Conversation, authors: Sequence[uuid.UUID], texts: Sequence[str]) -> None:
    for number, (author_id, text) in enumerate(zip(authors, texts, strict=True), start=1):
        db.session.add(
            Message(
                conversation_id=conversation.id,
                number=number,
                author_id=author_id,
                text=text,
                search=searchable_words(text),
                created_at=clock.now() - timedelta(hours=3 * (len(texts) - number), minutes=7),
            )
        )
    conversation.last_number = len(texts)
    db.session.flush()


def _add_member(conversation: Conversation, person_id: uuid.UUID, *, unread: bool, **columns: Any) -> None:
    last = conversation.last_number
    db.session.add(
        ConversationMember(
            conversation_id=conversation.id,
            person_id=person_id,
            last_number=last,
            read_number=last - int(unread),
            unread=int(unread),
            last_at=clock.now() - timedelta(minutes=7),
            **columns,
        )
    )
    db.session.flush()
