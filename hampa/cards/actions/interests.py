"""Asking to run together, and answering."""

from __future__ import annotations

import uuid

from sqlalchemy import and_, func, or_, select, update

from hampa.cards.actions.cards import lock
from hampa.cards.models.card import Card
from hampa.cards.models.interest import (
    ACCEPTED,
    DECLINED,
    ENDED,
    MOST_A_DAY,
    MOST_PENDING,
    PENDING,
    WITHDRAWN,
    Interest,
)
from hampa.cards.queries.cards import card_kept
from hampa.cards.queries.interests import pending_between, why_not
from hampa.notifications.actions import notify
from hampa.people.models.person import Person
from hampa.people.queries.blocks import are_hidden
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Conflict, Forbidden, NotFound, Refused
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _, number

DECISIONS = {"accept": ACCEPTED, "decline": DECLINED, "withdraw": WITHDRAWN}


def show_interest(sender: Person, card: Card, line: str = "") -> Interest:
    """Tell the owner of a card that one would like to run together.

    Doing it twice is doing it once: the pending one is given back. Raises `Refused` with the reason
    when the card is one's own, resting or not for this person, too many wait for an answer or were sent within a day, and
    `NotFound` when the card is gone by now.
    """
    lock(sender)
    card = card_kept(card.id)
    if are_hidden(sender.id, card.owner_id):
        raise NotFound
    there = pending_between(sender.id, card.id)
    if there is not None:
        return there
    reason = why_not(sender, card)
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
    limit(sender, "cards.show_interest", MOST_A_DAY, per="day", error=_too_many)
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
        event=f"{card.id}:{sender.id}:{clock.now().date()}",
    )
    return interest


def _too_many(_seconds: int) -> Refused:
    return Refused(_("You have asked many people within a day. Ask the next ones tomorrow."))


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
    if are_hidden(interest.owner_id, interest.sender_id):
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
            event=interest.id,
        )
    return interest


def end_between(one: uuid.UUID, other: uuid.UUID) -> None:
    """End what waits for an answer between two people, and tell nobody: one of them blocked the other."""
    between = or_(
        and_(Interest.sender_id == one, Interest.owner_id == other),
        and_(Interest.sender_id == other, Interest.owner_id == one),
    )
    db.session.execute(
        update(Interest)
        .where(between, Interest.status == PENDING)
        .values(status=ENDED, decided_at=clock.now(), version=Interest.version + 1, updated_at=clock.now())
        .execution_options(synchronize_session=False)
    )
