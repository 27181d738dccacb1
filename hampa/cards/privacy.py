"""Export and erasure of a person's cards, interests and companions."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, null, or_, select, true

from hampa.cards.actions import delete_files
from hampa.cards.models import ACCEPTED, WITHDRAWN, Card, CardPicture, Interest, picture_file_name
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.people.privacy_registry import Attachment
from hampa.people.queries import is_visible_to
from hampa.platform.db import db, shared_alias
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
    """Return the person's cards; paces are seconds a kilometre, best times seconds."""
    return privacy_registry.rows_of(person, Card.owner_id, CARD)


@privacy_registry.exports("interests", _l("People you asked to run with you, and who asked you"))
def interests(person: Person) -> Iterable[dict[str, Any]]:
    """Return the interests that the person sent or received.

    `role` is sender or owner (of the card); `with_id` and `with_name` are empty where the other person is hidden from
    this one, or has taken the request back.
    """
    taken_back = and_(Interest.owner_id == person.id, Interest.status == WITHDRAWN)
    query = select(
        *privacy_registry.columns(Interest, "id created_at card_id status decided_at"),
        case((taken_back, ""), else_=Interest.line).label("line"),
        case((Interest.sender_id == person.id, "sender"), else_="owner").label("role"),
        *_other_columns(person, ~taken_back),
    )
    return privacy_registry.rows_in_order(_with_other(query, person), Interest)


@privacy_registry.exports("companions", _l("Your companions"))
def companions(person: Person) -> Iterable[dict[str, Any]]:
    """Return the person's companions, and since when."""
    query = select(*_other_columns(person), Interest.decided_at.label("since")).where(Interest.status == ACCEPTED)
    return privacy_registry.rows(_with_other(query, person).order_by(Interest.decided_at, Interest.id))


@privacy_registry.exports_files
def pictures(person: Person) -> Iterable[Attachment]:
    """Yield the pictures of the person's cards in the largest width."""
    query = select(CardPicture.card_id, CardPicture.id, CardPicture.widths).join(Card, Card.id == CardPicture.card_id)
    rows = db.session.execute(query.where(Card.owner_id == person.id, CardPicture.widths.is_not(None)))
    for card_id, picture_id, widths in rows:
        yield Attachment(f"pictures/card-{card_id}.webp", picture_file_name(card_id, picture_id, max(widths or ())))


@privacy_registry.erases
def erase_files(person: Person) -> None:
    """Delete the files of the person's cards."""
    for card in db.session.scalars(select(Card).where(Card.owner_id == person.id)):
        delete_files(card)


_other = shared_alias(Person, "other")


def _other_columns(person: Person, is_named: ColumnElement[bool] | None = None) -> tuple[Any, Any]:
    """Return the columns of the other one, empty unless the person may see who it is."""
    seen = and_(is_visible_to(person, _other.id), true() if is_named is None else is_named)
    return (
        case((seen, _other.id), else_=null()).label("with_id"),
        case((seen, _other.name), else_="").label("with_name"),
    )


def _with_other(query: Any, person: Person) -> Any:
    other_id = func.coalesce(func.nullif(Interest.sender_id, person.id), Interest.owner_id)
    takes_part = or_(Interest.sender_id == person.id, Interest.owner_id == person.id)
    return query.select_from(Interest).join(_other, _other.id == other_id).where(takes_part)
