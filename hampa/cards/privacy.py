"""Cards, interests and companions of a person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import case, func, literal, or_, select
from sqlalchemy.orm import aliased

from hampa.cards.actions.pictures import forget_files
from hampa.cards.models.card import Card
from hampa.cards.models.interest import ACCEPTED, Interest
from hampa.cards.models.picture import CardPicture, file_of
from hampa.people import privacy_registry
from hampa.people.models.person import Person
from hampa.people.privacy_registry import Attachment
from hampa.people.queries.blocks import hidden_from
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l

CARD = (
    "id created_at updated_at title description place latitude longitude days time_of_day distance_km pace level aim"
    " best_5k best_10k best_half best_marathon phone_visibility company state"
)

privacy_registry.holds(Card.owner_id, noun="cards", fate="delete")
privacy_registry.holds(Interest.sender_id, noun="interests", fate="delete")
privacy_registry.holds(Interest.owner_id, noun="interests", fate="delete")


@privacy_registry.exports("cards", _l("Your runner cards, with the exact place that others never see"))
def cards(person: Person) -> Iterable[dict[str, Any]]:
    """Paces are seconds a kilometre, best times seconds."""
    query = select(*privacy_registry.columns(Card, CARD)).where(Card.owner_id == person.id)
    return privacy_registry.rows(query.order_by(Card.created_at, Card.id))


@privacy_registry.exports("interests", _l("Whom you asked to run with you, and who asked you"))
def interests(person: Person) -> Iterable[dict[str, Any]]:
    """`role` is sender or owner (of the card); `with_name` is empty for whoever hides from this person."""
    query = select(
        *privacy_registry.columns(Interest, "id created_at card_id line status decided_at"),
        case((Interest.sender_id == person.id, "sender"), else_="owner").label("role"),
        *_other(person),
    )
    return privacy_registry.rows(_between(query, person).order_by(Interest.created_at, Interest.id))


@privacy_registry.exports("companions", _l("Your companions"))
def companions(person: Person) -> Iterable[dict[str, Any]]:
    """From when on you are."""
    query = select(*_other(person), Interest.decided_at.label("since")).where(Interest.status == ACCEPTED)
    return privacy_registry.rows(_between(query, person).order_by(Interest.decided_at, Interest.id))


@privacy_registry.exports_files
def pictures(person: Person) -> Iterable[Attachment]:
    """The pictures of their cards, in the largest width."""
    query = select(CardPicture.card_id, CardPicture.id, CardPicture.widths).join(Card, Card.id == CardPicture.card_id)
    found = db.session.execute(query.where(Card.owner_id == person.id, CardPicture.widths.is_not(None)))
    for card_id, picture_id, widths in found:
        yield Attachment(f"pictures/card-{card_id}.webp", file_of(card_id, picture_id, max(widths or ())))


@privacy_registry.erases
def forget(person: Person) -> None:
    """The files of their cards go with the rows."""
    for card in db.session.scalars(select(Card).where(Card.owner_id == person.id)):
        forget_files(card)


_with = aliased(Person)


def _other(person: Person) -> tuple[Any, Any]:
    name = case((_with.id.in_(hidden_from(person.id)), literal("")), else_=_with.name)
    return _with.id.label("with_id"), name.label("with_name")


def _between(query: Any, person: Person) -> Any:
    other = func.coalesce(func.nullif(Interest.sender_id, person.id), Interest.owner_id)
    mine = or_(Interest.sender_id == person.id, Interest.owner_id == person.id)
    return query.select_from(Interest).join(_with, _with.id == other).where(mine)
