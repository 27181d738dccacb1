"""Blocking at the same instant as something else. Commits are real here."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from hampa.blocks.actions import block
from hampa.cards.actions import decide, show_interest
from hampa.cards.models import PENDING, Card, Interest
from hampa.cards.queries.interests import are_companions
from hampa.people.models import Block, Person
from hampa.platform.db import db
from tests.factories.cards import make_card, make_interest
from tests.factories.people import make_person
from tests.factories.runs import meet
from tests.races import at_once


def person(found) -> Person:
    return db.session.get_one(Person, found)


def count(of, *conditions) -> int:
    return db.session.scalar(select(func.count()).select_from(of).where(*conditions)) or 0


def test_two_who_block_each_other_at_once_both_do(real_database):
    people = [make_person(), make_person()]
    meet(*people)
    one, other = (person.id for person in people)
    db.session.commit()
    deeds = [lambda: block(person(one), other), lambda: block(person(other), one)] * 3
    ended = at_once(real_database, deeds)
    assert set(ended) <= {"done", "NotFound"} and "done" in ended, "who was blocked first may find nobody there"
    assert 1 <= count(Block) <= 2


@pytest.mark.parametrize("_round", range(5))
def test_an_interest_accepted_or_shown_at_that_instant_leaves_nothing_between_them(real_database, _round):
    owner, sender = make_person(), make_person()
    waiting, card = make_interest(sender, make_card(owner)).id, make_card(owner).id
    one, other = owner.id, sender.id
    db.session.commit()
    ended = at_once(
        real_database,
        [
            lambda: decide(person(one), waiting, "accept"),
            lambda: block(person(one), other),
            lambda: show_interest(person(other), db.session.get_one(Card, card)),
        ],
    )
    assert ended[1] == "done" and ended[0] in ("done", "NotFound")
    assert ended[2] in ("done", "NotFound", "Refused"), "who are companions already don't ask again"
    assert count(Interest, Interest.status == PENDING) == 0
    assert not are_companions(one, other)
