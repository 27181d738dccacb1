"""Writes of cards, their pictures and posters, and interests."""

import uuid
from collections.abc import Callable, Sequence
from typing import IO, Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.exc import IntegrityError

from hampa.cards.models import (
    ACCEPTED,
    DECLINED,
    ENDED,
    MOST_A_DAY,
    MOST_CARDS,
    MOST_PENDING,
    PARTED,
    PENDING,
    WITHDRAWN,
    Card,
    CardPicture,
    Interest,
)
from hampa.cards.queries.cards import card_for, lock_card
from hampa.cards.queries.interests import are_companions, interests_between, pending_interest, refusal_reason
from hampa.cards.queries.listing import LISTING
from hampa.cards.queries.scoring import TIME_WORDS, days_in_words
from hampa.cards.queries.veiling import is_veiled
from hampa.notifications.actions.notifying import notify
from hampa.notifications.actions.reading import read_about, redirect_notification
from hampa.people.models import Person
from hampa.people.queries import are_hidden, lock_person
from hampa.platform import clock, versions
from hampa.platform.db import db
from hampa.platform.errors import Conflict, Forbidden, NotFound, Refused
from hampa.platform.limits import limit
from hampa.platform.live import publish
from hampa.platform.locale import dates, measures
from hampa.platform.locale.i18n import direction, gettext as _, lazy_gettext as _l, ngettext, number
from hampa.platform.media import storage
from hampa.platform.media.pictures import PicturePipeline, PictureSizes, register_pictures, remove_picture
from hampa.platform.media.posters import Poster, PosterKind, register_poster
from hampa.subscriptions.models import PlanLimit
from hampa.subscriptions.queries.allowances import at_most

BATCH = 200
PICTURE_SIZES = PictureSizes((1280, 640, 320), ratio=1.6)
ANSWERED = _l("This request has already been answered or taken back. Reload the page to see the latest.")
DECISIONS = {"accept": ACCEPTED, "decline": DECLINED, "withdraw": WITHDRAWN, "reopen": PENDING}


def create_card(owner: Person, **fields: Any) -> Card:
    """Create a card; `fields` are columns of `Card`.

    Raise `Refused` when the owner has `MOST_CARDS`, or as many as their plan allows. The owner's row is locked, so that parallel requests can't pass
    that limit together.
    """
    lock_person(owner.id)
    count = db.session.scalar(select(func.count()).where(Card.owner_id == owner.id)) or 0
    if count >= MOST_CARDS:
        raise Refused(
            _("You have %(most)s cards, and that is the most. Change or delete one.", most=number(MOST_CARDS))
        )
    if count >= at_most(owner, "own_cards", MOST_CARDS):
        raise PlanLimit(
            ngettext(
                "Your plan has room for %(num)d card. Change or delete the one that you have.",
                "Your plan has room for %(num)d cards. Change or delete one.",
                count,
            )
        )
    _check_company(owner, fields)
    card = Card(owner_id=owner.id, **fields)
    card.update_search_index(owner)
    db.session.add(card)
    db.session.flush()
    invalidate_listing()
    return card


def change_card(owner: Person, card: Card, **fields: Any) -> None:
    """Change columns of a card. Raise `Refused` for what the owner may not set."""
    _check_company(owner, fields)
    for name, value in fields.items():
        setattr(card, name, value)
    card.update_search_index(owner)
    invalidate_listing()


def delete_card(owner: Person, card: Card) -> int:
    """Delete a card, end the pending interests in it, and return how many people were notified of that.

    Companions stay companions, and participations in runs lose the card alone.
    """
    db.session.scalar(select(Card.id).where(Card.id == card.id).with_for_update())
    notified = end_interests_in(owner, card.id, event=card.id)
    delete_files(card)
    db.session.delete(card)
    db.session.flush()
    invalidate_listing()
    return notified


def invalidate_listing() -> None:
    """Invalidate the cached lists of cards once this transaction is committed."""
    versions.bump(LISTING)


def reindex_owner_cards(person_id: uuid.UUID) -> None:
    """Update the search index of a person's cards with their present name and town, read under the cards' locks."""
    cards = db.session.scalars(select(Card).where(Card.owner_id == person_id).order_by(Card.id).with_for_update()).all()
    owner = db.session.get(Person, person_id)
    if owner is not None:
        for card in cards:
            card.update_search_index(owner)
        invalidate_listing()


def reindex_batch(after: uuid.UUID | None, size: int = BATCH) -> uuid.UUID | None:
    """Update the search index of the next cards by id; return the last one's id, None when there were no more."""
    query = select(Card, Person).join(Card.owner).order_by(Card.id).limit(size).with_for_update(of=Card)
    rows = db.session.execute(query if after is None else query.where(Card.id > after)).all()
    for card, owner in rows:
        card.update_search_index(owner)
    return rows[-1][0].id if rows else None


def _check_company(owner: Person, fields: dict[str, Any]) -> None:
    if fields.get("company") == "women" and owner.gender != "female":
        raise Refused(_("Only women can set a card to women only. If you are one, say so below."), "company")


def show_interest(sender: Person, card: Card, line: str = "") -> Interest:
    """Send an interest to the owner of a card, or return the one that is pending.

    Raise `Refused` with the reason when the card is the sender's own, resting or not for this person, or when too many
    interests are pending or were sent within a day; `NotFound` when the card is deleted by now.
    """
    lock_person(sender.id)
    card = lock_card(card.id)
    if are_hidden(sender.id, card.owner_id):
        raise NotFound
    pending = pending_interest(sender.id, card.id)
    if pending is not None:
        return pending
    reason = refusal_reason(sender, card)
    if reason:
        raise Refused(reason)
    if is_veiled(sender, card):
        raise PlanLimit(_("Your plan does not show whose card this is, so you can't ask yet."))
    _limit_interests(sender)
    interest = Interest(card_id=card.id, sender_id=sender.id, owner_id=card.owner_id, line=line)
    db.session.add(interest)
    db.session.flush()
    # The owner is notified once a day, however often the sender withdraws and asks again.
    event = f"{card.id}:{sender.id}:{clock.now().date()}"
    if not notify(
        [card.owner_id], "interest_received", actor_id=sender.id, subject_id=interest.id, data={}, event=event
    ):
        redirect_notification(card.owner_id, "interest_received", event, interest.id)
    return interest


def _limit_interests(sender: Person) -> None:
    pending = db.session.scalar(select(func.count()).where(Interest.sender_id == sender.id, Interest.status == PENDING))
    if (pending or 0) >= MOST_PENDING:
        raise Refused(
            _(
                "%(most)s of your requests are already waiting for an answer. Take one back, or wait a little.",
                most=number(MOST_PENDING),
            )
        )
    allowed = at_most(sender, "pending_interests", MOST_PENDING)
    if (pending or 0) >= allowed:
        raise PlanLimit(
            ngettext(
                "%(num)d of your requests is waiting for an answer, and your plan has no room for more. Take it "
                "back, or wait a little.",
                "%(num)d of your requests are waiting for an answer, and your plan has no room for more. Take one "
                "back, or wait a little.",
                pending or 0,
            )
        )
    too_many = Refused(_("You have asked many people within a day. Ask the next ones tomorrow."))
    limit(sender, "cards.show_interest", MOST_A_DAY, per="day", error=lambda seconds: too_many)


WhenAccepted = Callable[[Interest], None]
_when_accepted: list[WhenAccepted] = []


def when_accepted(act: WhenAccepted) -> WhenAccepted:
    """Register what a higher feature does when an interest makes two people companions."""
    _when_accepted.append(act)
    return act


def decide(person: Person, interest_id: uuid.UUID, decision: str) -> Interest:
    """Accept or decline an interest as the owner of the card, or withdraw it as the sender.

    A decline can be taken back by the owner (`reopen`), for as long as `Interest.may_reopen` says. The same decision
    again changes nothing. Raise `NotFound` for others, `Forbidden` for the wrong one of the two, and `Conflict` when the
    interest was decided otherwise before.
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
    read_about([person.id], interest.id)
    if interest.status == status:
        return interest
    if status == PENDING:
        return _reopen(interest)
    if interest.status != PENDING:
        raise Conflict(ANSWERED)
    interest.status = status
    interest.decided_at = clock.now()
    db.session.flush()
    if status == WITHDRAWN:
        interest.line = ""
        read_about([interest.owner_id], interest.id)
    if status == ACCEPTED:
        notify(
            [interest.sender_id],
            "interest_accepted",
            actor_id=person.id,
            subject_id=interest.id,
            data={"interest": str(interest.id)},
            event=interest.id,
        )
        for act in _when_accepted:
            act(interest)
    return interest


def _reopen(interest: Interest) -> Interest:
    """Let a declined interest wait again. Raise `Conflict` if it is too late, or if the two have gone on since."""
    if not interest.may_reopen or are_companions(interest.owner_id, interest.sender_id):
        raise Conflict(ANSWERED)
    try:
        with db.session.begin_nested():
            interest.status = PENDING
            interest.decided_at = None
    except IntegrityError:  # the sender has asked again
        raise Conflict(ANSWERED) from None
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
    for person_id in (person.id, other_id):
        publish(f"person:{person_id}", "recheck")


def end_between(person_id: uuid.UUID, other_id: uuid.UUID) -> None:
    """End the pending interests between two people, one of whom blocked the other, without a notification."""
    _close_pending(interests_between(person_id, other_id), ENDED)


def end_pending(person: Person) -> None:
    """Withdraw the pending interests of a person who is leaving, and end those in their cards.

    A second call changes nothing.
    """
    _close_pending(Interest.sender_id == person.id, WITHDRAWN)
    for card_id in db.session.scalars(select(Card.id).where(Card.owner_id == person.id)).all():
        end_interests_in(person, card_id, event=f"{card_id}:{person.leaving_at}")


def end_interests_in(owner: Person, card_id: uuid.UUID, *, event: str | uuid.UUID) -> int:
    """End the pending interests in a card, notify the senders, and return their number."""
    sender_ids = _close_pending(Interest.card_id == card_id, ENDED)
    notify(sender_ids, "interest_ended", actor_id=owner.id, subject_id=card_id, data={}, event=event)
    return len(sender_ids)


def _close_pending(condition: ColumnElement[bool], status: str) -> Sequence[uuid.UUID]:
    """Give pending interests their last status, and return the ids of the senders; what is taken back has no line."""
    line = "" if status == WITHDRAWN else Interest.line
    return db.session.scalars(
        update(Interest)
        .where(condition, Interest.status == PENDING)
        .values(status=status, line=line, decided_at=clock.now(), version=Interest.version + 1)
        .returning(Interest.sender_id)
    ).all()


pipeline = register_pictures(
    PicturePipeline(
        table=CardPicture,
        folder="cards",
        owner_id=Card.id,
        sizes=lambda picture: PICTURE_SIZES,
        rivals=lambda picture: CardPicture.card_id == picture.card_id,
    )
)


def add_picture(card: Card, source: IO[bytes]) -> None:
    """Add a picture, which the worker processes; the one before stays until then. Raise `storage.StorageFull`."""
    pipeline.add(CardPicture(card_id=card.id), source)


def remove_pictures(card: Card) -> None:
    """Remove the picture of a card."""
    for picture in db.session.scalars(select(CardPicture).where(CardPicture.card_id == card.id)):
        remove_picture(picture)


def delete_files(card: Card) -> None:
    """Delete all files of a card once this transaction, which deletes the card, is committed."""
    uploads = select(CardPicture.upload).where(CardPicture.card_id == card.id, CardPicture.upload.is_not(None))
    for upload in db.session.scalars(uploads):
        storage.delete_after_commit(upload or "")
    storage.delete_after_commit(f"cards/{card.id}")


def poster_of(card: Card) -> Poster:
    """Return the words of a card's poster in the current language."""
    days = days_in_words([day for day in dates.week() if day in card.days])
    name = _("with %(name)s", name=card.owner.name)
    return Poster(
        direction=direction(),
        brand=_("Hampa"),
        over=f"{days} {TIME_WORDS[card.time_of_day]}",
        large=f"{measures.pace(card.pace)} {measures.pace_unit()}",
        title=card.title,
        place=card.place,
        line=f"{measures.distance(card.distance_km)} · {name}",
    )


def _facts(card: Card) -> tuple[Any, ...]:
    return card.title, card.place, *card.days, card.time_of_day, card.distance_km, card.pace, card.owner.name


posters = register_poster(
    PosterKind(
        folder="cards",
        load=lambda card_id: card_for(None, card_id),
        facts=_facts,
        words=poster_of,
        timezone=lambda card: card.owner.timezone,
    )
)
