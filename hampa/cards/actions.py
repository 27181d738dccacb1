"""What happens to cards and interests."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import func, select, update

from hampa.cards import queries
from hampa.cards.models import (
    ACCEPTED,
    DECLINED,
    ENDED,
    MOST_CARDS,
    MOST_PENDING,
    PENDING,
    WITHDRAWN,
    Card,
    Interest,
)
from hampa.notifications.actions import notify
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Conflict, Forbidden, NotFound, Refused
from hampa.platform.i18n import gettext as _, number

DECISIONS = {"accept": ACCEPTED, "decline": DECLINED, "withdraw": WITHDRAWN}


def make_card(owner: Person, **fields: Any) -> Card:
    """A new card; `fields` are columns of `Card`.

    Raises `Refused` when the owner has as many as one may have. The owner's row is locked, so that
    six cards made at once are five.
    """
    _lock(owner)
    count = db.session.scalar(select(func.count()).where(Card.owner_id == owner.id)) or 0
    if count >= MOST_CARDS:
        raise Refused(
            _("You have %(most)s cards, and that is the most. Change or delete one.", most=number(MOST_CARDS))
        )
    card = Card(owner_id=owner.id, **_allowed(owner, fields))
    card.gather_words()
    db.session.add(card)
    db.session.flush()
    return card


def change_card(owner: Person, card: Card, **fields: Any) -> None:
    """Change columns of one's own card. Raises `Refused` for what the owner may not set."""
    for name, value in _allowed(owner, fields).items():
        setattr(card, name, value)
    card.gather_words()


def delete_card(owner: Person, card: Card) -> int:
    """Delete one's own card; how many who waited for an answer were told.

    Pending interests end. Who are companions already stay so, and those who brought the card to a run
    stay in it, without it.
    """
    db.session.scalar(select(Card.id).where(Card.id == card.id).with_for_update())
    ended = db.session.scalars(
        update(Interest)
        .where(Interest.card_id == card.id, Interest.status == PENDING)
        .values(status=ENDED, decided_at=clock.now(), version=Interest.version + 1)
        .returning(Interest.sender_id)
    ).all()
    notify(
        ended,
        "interest_ended",
        actor_id=owner.id,
        subject_id=card.id,
        data={"name": owner.name, "card": card.title},
        event=f"interest_ended:{card.id}",
    )
    db.session.delete(card)
    db.session.flush()
    return len(ended)


def show_interest(sender: Person, card: Card, line: str = "") -> Interest:
    """Tell the owner of a card that one would like to run together.

    Doing it twice is doing it once: the pending one is given back. Raises `Refused` with the reason
    when the card is one's own, resting or not for this person, or too many wait for an answer, and
    `NotFound` when the card is gone by now.
    """
    _lock(sender)
    card = queries.card_kept(card.id)
    there = queries.pending_between(sender.id, card.id)
    if there is not None:
        return there
    reason = queries.why_not(sender, card)
    if reason:
        raise Refused(reason)
    waiting = db.session.scalar(select(func.count()).where(Interest.sender_id == sender.id, Interest.status == PENDING))
    if (waiting or 0) >= MOST_PENDING:
        raise Refused(
            _(
                "%(most)s of your requests wait for an answer already. Take one back, or wait a little.",
                most=number(MOST_PENDING),
            )
        )
    interest = Interest(card_id=card.id, sender_id=sender.id, owner_id=card.owner_id, line=line)
    db.session.add(interest)
    db.session.flush()
    notify(
        [card.owner_id],
        "interest_received",
        actor_id=sender.id,
        subject_id=interest.id,
        data={"name": sender.name, "card": card.title, "line": line},
        # Asking, taking back and asking again is told once a day.
        event=f"interest_received:{card.id}:{sender.id}:{clock.now().date()}",
    )
    return interest


def decide(person: Person, interest_id: uuid.UUID, decision: str) -> Interest:
    """`accept` or `decline` as the owner of the card, `withdraw` as the sender.

    The same decision twice is once. Raises `NotFound` for others, `Forbidden` for the wrong one of the
    two, `Conflict` when it was decided otherwise before.
    """
    interest = db.session.scalar(
        select(Interest).where(Interest.id == interest_id).with_for_update().execution_options(populate_existing=True)
    )
    if interest is None or person.id not in (interest.owner_id, interest.sender_id):
        raise NotFound
    decider = interest.sender_id if decision == "withdraw" else interest.owner_id
    if person.id != decider:
        raise Forbidden
    wanted = DECISIONS[decision]
    if interest.status == wanted:
        return interest
    if interest.status != PENDING:
        raise Conflict(_("This request was answered or taken back before. Reload the page to see how it stands."))
    interest.status = wanted
    interest.decided_at = clock.now()
    db.session.flush()
    if wanted == ACCEPTED:
        notify(
            [interest.sender_id],
            "interest_accepted",
            actor_id=person.id,
            subject_id=interest.id,
            data={"name": person.name, "interest": str(interest.id)},
            event=f"interest_accepted:{interest.id}",
            sms=True,
        )
    return interest


def _lock(person: Person) -> None:
    """Whatever counts a person's things is done one at a time.

    NO KEY UPDATE: rows that refer to the person can still be written, so that two who ask each other
    at the same instant do not wait for each other for ever.
    """
    db.session.scalar(select(Person.id).where(Person.id == person.id).with_for_update(key_share=True))


def _allowed(owner: Person, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields, unless they say women-only and the owner is no woman."""
    if fields.get("company") == "women" and owner.gender != "female":
        raise Refused(
            _("Only women can set a card to women only. If you are one, say so in your profile first."), "company"
        )
    return fields
