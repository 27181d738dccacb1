"""At the same instant: what locks and unique rows decide. Commits are real here."""

from __future__ import annotations

import uuid

from flask import Flask
from sqlalchemy import func, select

from hampa.blocks.actions import block
from hampa.messages.actions import changing, writing
from hampa.messages.models import OPEN, REQUEST, SENT, Conversation, ConversationMember, Message
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.submissions import create_once
from tests.factories.cards import make_companions
from tests.factories.messages import make_conversation
from tests.factories.people import make_person
from tests.races import at_once


def two(**given: object) -> tuple[uuid.UUID, uuid.UUID]:
    """Make two people who see each other; return their ids."""
    ids = make_person(profile_visibility="signed_in", **given).id, make_person(profile_visibility="signed_in").id
    db.session.commit()
    return ids


def write(author_id: uuid.UUID, other_id: uuid.UUID, text: str) -> uuid.UUID:
    return writing.write_to_person(db.session.get_one(Person, author_id), other_id, text).id


def count(table: type) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_two_who_write_first_at_once_have_one_conversation_that_is_open(real_database: Flask):
    one, other = two()
    ended = at_once(real_database, [lambda: write(one, other, "From one"), lambda: write(other, one, "From the other")])
    assert ended == ["done", "done"]
    assert (count(Conversation), count(ConversationMember)) == (1, 2)
    assert set(db.session.scalars(select(ConversationMember.state))) == {OPEN}
    assert sorted(db.session.scalars(select(Message.number))) == [1, 2]


def test_twenty_messages_at_once_are_numbered_without_gaps_and_counted(real_database: Flask):
    one, other = two()
    make_companions(db.session.get_one(Person, one), db.session.get_one(Person, other))
    db.session.commit()
    deeds = [lambda nth=nth: write(*((one, other) if nth % 2 else (other, one)), f"Message {nth}") for nth in range(20)]
    assert set(at_once(real_database, deeds)) == {"done"}
    assert sorted(db.session.scalars(select(Message.number))) == list(range(1, 21))
    assert set(db.session.scalars(select(ConversationMember.last_number))) == {20}


def test_the_same_form_twice_at_once_is_one_message(real_database: Flask):
    one, other = two()
    form_id = uuid.uuid4()
    deeds = [lambda: create_once(form_id, lambda: write(one, other, "Once"))] * 2
    assert at_once(real_database, deeds) == ["done", "done"]
    assert (count(Message), count(Conversation)) == (1, 1)


def test_a_block_and_an_acceptance_at_once_leave_nothing_to_read(real_database: Flask):
    one, other = two()
    people = db.session.get_one(Person, one), db.session.get_one(Person, other)
    conversation_id = make_conversation(*people, "Hello", states=(SENT, REQUEST)).id
    db.session.commit()

    def accept() -> None:
        changing.answer_request(db.session.get_one(Person, other), conversation_id, "accept")

    ended = at_once(real_database, [accept, lambda: block(db.session.get_one(Person, other), one)])
    assert ended[1] == "done" and ended[0] in ("done", "NotFound")
    db.session.expire_all()
    again = at_once(real_database, [lambda: write(one, other, "Hello?"), lambda: write(other, one, "Hello?")])
    assert again == ["NotFound", "NotFound"] and count(Message) == 1


def test_of_four_requests_at_once_three_are_sent(real_database: Flask):
    one, _other = two()
    others = [two()[1] for _ in range(4)]
    ended = at_once(real_database, [lambda other=other: write(one, other, "Hello") for other in others])
    assert sorted(ended) == ["TooFast", "done", "done", "done"] and count(Message) == 3
