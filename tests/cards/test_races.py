"""At the same instant: what the locks decide. Commits are real here, each thread has a connection of its own."""

from __future__ import annotations

from sqlalchemy import Text, cast, func, select

from hampa.cards.actions import create_card, decide, delete_card, show_interest
from hampa.cards.jobs import follow_owner
from hampa.cards.models import MOST_CARDS, MOST_PENDING, Card, Interest
from hampa.cards.queries.cards import card_for
from hampa.notifications.models import Notification
from hampa.people.models import Person
from hampa.platform.db import db
from tests.factories import cards as factory
from tests.factories.people import make_person
from tests.races import at_once, waiting_for_us

CARD = {
    "title": "Easy mornings",
    "place": "Laleh Park",
    "days": ["tue"],
    "time_of_day": "dawn",
    "distance_km": 8,
    "pace": 330,
    "level": "regular",
}


def person(person_id) -> Person:
    return db.session.get_one(Person, person_id)


def count(of, *conditions) -> int:
    return db.session.scalar(select(func.count()).select_from(of).where(*conditions)) or 0


def test_six_cards_at_once_are_five(real_database):
    owner = make_person().id
    db.session.commit()
    ends = at_once(real_database, [lambda: create_card(person(owner), **CARD)] * (MOST_CARDS + 1))
    assert sorted(ends) == ["Refused"] + ["done"] * MOST_CARDS
    assert count(Card) == MOST_CARDS


def test_the_same_question_asked_eight_times_at_once_is_one_and_told_once(real_database):
    sender, card = make_person().id, factory.make_card().id
    db.session.commit()
    ends = at_once(real_database, [lambda: show_interest(person(sender), db.session.get_one(Card, card))] * 8)
    assert ends == ["done"] * 8
    assert (count(Interest), count(Notification)) == (1, 1)


def test_of_two_questions_at_once_only_as_many_wait_as_may(real_database):
    sender = make_person()
    for _ in range(MOST_PENDING - 1):
        factory.make_interest(sender, factory.make_card())
    sender_id, cards = sender.id, [factory.make_card().id for _ in range(4)]
    db.session.commit()

    def ask(card_id):
        return lambda: show_interest(person(sender_id), db.session.get_one(Card, card_id))

    assert sorted(at_once(real_database, [ask(card) for card in cards])) == ["Refused"] * 3 + ["done"]
    assert count(Interest) == MOST_PENDING


def test_two_who_ask_each_other_at_once_both_get_through(real_database):
    one, other = make_person(), make_person()
    pairs = [(one.id, factory.make_card(other).id), (other.id, factory.make_card(one).id)]
    db.session.commit()

    def ask(sender_id, card_id):
        return lambda: show_interest(person(sender_id), db.session.get_one(Card, card_id))

    assert at_once(real_database, [ask(*pair) for pair in pairs]) == ["done", "done"]
    assert count(Interest) == 2


def test_accepted_and_taken_back_at_once_is_one_of_the_two(real_database):
    for _ in range(5):
        interest = factory.make_interest(make_person(), factory.make_card())
        interest_id, sender, owner = interest.id, interest.sender_id, interest.owner_id
        db.session.commit()
        ends = at_once(
            real_database,
            [
                lambda i=interest_id, o=owner: decide(person(o), i, "accept"),
                lambda i=interest_id, s=sender: decide(person(s), i, "withdraw"),
            ],
        )
        assert sorted(ends) == ["Conflict", "done"]
        db.session.expire_all()
        told = count(Notification, Notification.person_id == sender)
        assert told == (interest.status == "accepted")


def test_a_card_deleted_while_it_is_asked_leaves_nobody_waiting(real_database):
    for _ in range(5):
        sender, card = make_person().id, factory.make_card()
        card_id, owner = card.id, card.owner_id
        db.session.commit()
        ends = at_once(
            real_database,
            [
                lambda c=card_id, s=sender: show_interest(person(s), card_for(person(s), c)),
                lambda c=card_id, o=owner: delete_card(person(o), db.session.get_one(Card, c)),
            ],
        )
        assert sorted(ends) in (["NotFound", "done"], ["done", "done"])
        assert count(Interest, Interest.status == "pending") == 0


def test_a_card_is_found_by_the_last_name_of_its_owner_whoever_saw_another_one(real_database):
    with real_database.app_context():
        owner = make_person(name="Parastoo")
        card_id = factory.make_card(owner).id
        db.session.commit()
        owner_id = owner.id
        db.session.scalar(select(Card.id).where(Card.id == card_id).with_for_update())
        with waiting_for_us(real_database, lambda: follow_owner(owner_id)):
            person(owner_id).name = "Nasim"
            db.session.commit()
        words = db.session.scalar(select(cast(Card.search, Text)).where(Card.id == card_id))
        assert "nasim" in words and "parastoo" not in words
