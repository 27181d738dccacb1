"""Sending, deciding and ending interests."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select, update

from hampa.cards.models import (
    ACCEPTED,
    DECLINED,
    ENDED,
    MOST_A_DAY,
    MOST_PENDING,
    PARTED,
    PENDING,
    WITHDRAWN,
    Card,
    Interest,
)
from hampa.cards.queries.cards import lock_card
from hampa.cards.queries.companions import interests_between
from hampa.cards.queries.interests import pending_interest, refusal_reason
from hampa.notifications.actions import notify
from hampa.people.models.person import Person
from hampa.people.queries import people
from hampa.people.queries.blocks import are_hidden
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Conflict, Forbidden, NotFound, Refused
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _, number

DECISIONS = {"accept": ACCEPTED, "decline": DECLINED, "withdraw": WITHDRAWN}


def show_interest(sender: Person, card: Card, line: str = "") -> Interest:
    """Send an interest to the owner of a card, or return the one that is pending.

    Raise `Refused` with the reason when the card is the sender's own, resting or not for this person, or when too many
    interests are pending or were sent within a day; `NotFound` when the card is deleted by now.
    """
    people.lock_person(sender.id)
    card = lock_card(card.id)
    if are_hidden(sender.id, card.owner_id):
        raise NotFound
    pending = pending_interest(sender.id, card.id)
    if pending is not None:
        return pending
    reason = refusal_reason(sender, card)
    if reason:
        raise Refused(reason)
    _limit_interests(sender)
    interest = Interest(card_id=card.id, sender_id=sender.id, owner_id=card.owner_id, line=line)
    db.session.add(interest)
    db.session.flush()
    notify(
        [card.owner_id],
        "interest_received",
        actor_id=sender.id,
        subject_id=interest.id,
        data={"name": sender.name, "card": card.title, "line": line},
        # The owner is notified once a day, however often the sender withdraws and asks again.
        event=f"{card.id}:{sender.id}:{clock.now().date()}",
    )
    return interest


def _limit_interests(sender: Person) -> None:
    pending = db.session.scalar(select(func.count()).where(Interest.sender_id == sender.id, Interest.status == PENDING))
    if (pending or 0) >= MOST_PENDING:
        raise Refused(
            _(
                "%(most)s of your requests wait for an answer already. Take one back, or wait a little.",
                most=number(MOST_PENDING),
            )
        )
    too_many = Refused(_("You have asked many people within a day. Ask the next ones tomorrow."))
    limit(sender, "cards.show_interest", MOST_A_DAY, per="day", error=lambda seconds: too_many)


def decide(person: Person, interest_id: uuid.UUID, decision: str) -> Interest:
    """Accept or decline an interest as the owner of the card, or withdraw it as the sender.

    The same decision again changes nothing. Raise `NotFound` for others, `Forbidden` for the wrong one of the two,
    `Conflict` when the interest was decided otherwise before.
    """
    interest = db.session.scalar(
        select(Interest).where(Interest.id == interest_id).with_for_update().execution_options(populate_existing=True)
    )
    if interest is None or person.id not in (interest.owner_id, interest.sender_id):
        raise NotFound
    if are_hidden(interest.owner_id, interest.sender_id):
        raise NotFound
    decider = interest.sender_id if decision == "withdraw" else interest.owner_id
    if person.id != decider:
        raise Forbidden
    status = DECISIONS[decision]
    if interest.status == status:
        return interest
    if interest.status != PENDING:
        raise Conflict(_("This request was answered or taken back before. Reload the page to see how it stands."))
    interest.status = status
    interest.decided_at = clock.now()
    db.session.flush()
    if status == ACCEPTED:
        notify(
            [interest.sender_id],
            "interest_accepted",
            actor_id=person.id,
            subject_id=interest.id,
            data={"name": person.name, "interest": str(interest.id)},
            event=interest.id,
        )
    return interest


def end_companionship(person: Person, other_id: uuid.UUID) -> None:
    """End the companionship of two people without a notification. Raise `NotFound` if there is none."""
    parted = db.session.scalars(
        update(Interest)
        .where(interests_between(person.id, other_id), Interest.status == ACCEPTED)
        .values(status=PARTED, version=Interest.version + 1)
        .returning(Interest.id)
    )
    if not parted.all():
        raise NotFound


def end_between(person_id: uuid.UUID, other_id: uuid.UUID) -> None:
    """End the pending interests between two people, one of whom blocked the other, without a notification."""
    _close_pending(interests_between(person_id, other_id), ENDED)


def end_pending(person: Person) -> None:
    """Withdraw the pending interests of a person who is leaving, and end those in their cards.

    A second call changes nothing.
    """
    _close_pending(Interest.sender_id == person.id, WITHDRAWN)
    for card_id, title in db.session.execute(select(Card.id, Card.title).where(Card.owner_id == person.id)).all():
        end_interests_in(person, card_id, title, event=f"{card_id}:{person.leaving_at}")


def end_interests_in(owner: Person, card_id: uuid.UUID, title: str, *, event: str | uuid.UUID) -> int:
    """End the pending interests in a card, notify the senders, and return their number."""
    sender_ids = _close_pending(Interest.card_id == card_id, ENDED)
    data = {"name": owner.name, "card": title}
    notify(sender_ids, "interest_ended", actor_id=owner.id, subject_id=card_id, data=data, event=event)
    return len(sender_ids)


def _close_pending(condition: ColumnElement[bool], status: str) -> Sequence[uuid.UUID]:
    """Give pending interests their last status, and return the ids of the senders."""
    return db.session.scalars(
        update(Interest)
        .where(condition, Interest.status == PENDING)
        .values(status=status, decided_at=clock.now(), version=Interest.version + 1)
        .returning(Interest.sender_id)
    ).all()
