"""One card, its owner and its picture, as far as a viewer may see them."""

import uuid
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import contains_eager

from hampa.cards.models import Card, CardPicture, picture_file_name
from hampa.cards.queries.interests import are_companions
from hampa.crews.queries.together import share_crew
from hampa.people.models import Person
from hampa.people.queries import PersonSummary, is_visible_to, opens
from hampa.platform.db import db, scalar_or_404
from hampa.platform.errors import Forbidden, NotFound
from hampa.platform.media.pictures import finished_picture, unfinished_picture
from hampa.platform.statements import built_once


def has_card(person: Person) -> bool:
    """Return whether the person has any card, active or resting."""
    return bool(db.session.scalar(select(select(Card.id).where(Card.owner_id == person.id).exists())))


def card_for(viewer: Person | None, card_id: uuid.UUID) -> Card:
    """Return the card with its owner, or raise `NotFound` if the viewer may not see it.

    A resting card is shown to its owner, the owner's companions and operators; none to people hidden from the owner.
    """
    card = scalar_or_404(_with_owner(card_id).where(is_visible_to(viewer, Card.owner_id)))
    if viewer is not None and (viewer.id == card.owner_id or viewer.is_operator):
        return card
    visible = card.is_active or (viewer is not None and are_companions(viewer.id, card.owner_id))
    if card.owner.state != "active" or not visible:
        raise NotFound
    return card


def own_card(owner: Person, card_id: uuid.UUID) -> Card:
    """Return a person's own card, to change it.

    Raise `NotFound`, or `Forbidden` for another's card that the person may see.
    """
    card = card_for(owner, card_id)
    if card.owner_id != owner.id:
        raise Forbidden
    return card


def lock_card(card_id: uuid.UUID) -> Card:
    """Return the card as it is now, locked against changes until the transaction ends. Raise `NotFound`."""
    query = _with_owner(card_id).with_for_update(read=True, of=Card)
    return scalar_or_404(query.execution_options(populate_existing=True))


def _with_owner(card_id: uuid.UUID) -> Select[Card]:
    return select(Card).join(Card.owner).options(contains_eager(Card.owner)).where(Card.id == card_id)


def owner_summary(viewer: Person | None, card: Card) -> PersonSummary:
    """Return the owner of the card; visitors see the picture if the owner's page is open to everyone."""
    owner = card.owner
    shows_avatar = viewer is not None or opens(owner.profile_visibility, "visitor")
    return PersonSummary(owner.id, owner.name, owner.avatar if shows_avatar else None)


def can_open_owner_page(viewer: Person | None, card: Card, *, companions: bool) -> bool:
    """Return whether the viewer of the card may open its owner's page; `companions` is whether the two are."""
    setting = card.owner.profile_visibility
    if viewer is None:
        return opens(setting, "visitor")
    if viewer.is_operator or opens(setting, "companion" if companions else "stranger"):
        return True
    return bool(_share_crew(viewer.id, card.owner_id).scalar_one())


@built_once
def _share_crew(person_id: uuid.UUID, other_id: uuid.UUID) -> Any:
    return select(share_crew(person_id, other_id))


def visible_phone(viewer: Person | None, card: Card) -> str | None:
    """Return the owner's number (E.164) if the card shows it to another viewer."""
    if viewer is not None and viewer.id == card.owner_id:
        return None
    accepted = card.phone_visibility == "accepted" and viewer is not None and are_companions(viewer.id, card.owner_id)
    return card.owner.phone if accepted or card.phone_visibility == "public" else None


def picture_of(card: Card) -> CardPicture | None:
    """Return the picture that is shown."""
    return finished_picture(CardPicture, CardPicture.card_id == card.id)


def pending_picture(card_id: uuid.UUID) -> CardPicture | None:
    """Return the newest picture if it waits to be processed or could not be read."""
    return unfinished_picture(CardPicture, CardPicture.card_id == card_id)


def picture_file(card: Card, picture_id: uuid.UUID, width: int) -> str:
    """Return the name in storage of a picture's file. Raise `NotFound`."""
    picture = db.session.get(CardPicture, picture_id)
    if picture is None or picture.card_id != card.id or width not in (picture.widths or ()):
        raise NotFound
    return picture_file_name(card.id, picture_id, width)
