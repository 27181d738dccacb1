"""Which cards a plan lets a person see in full: the newest, as many as it says, and those of people whom they know.

Of other cards they see the place, the days and how fast it goes, and neither the name nor the title, which people put
names into.
"""

import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import or_, select

from hampa.cards.models import ACCEPTED, PENDING, Card, Interest
from hampa.cards.queries.listing import Filters, ListedCard, newest_ids
from hampa.people.models import Person
from hampa.people.queries import PersonSummary
from hampa.platform.statements import built_once, is_one_of
from hampa.platform.web.paging import Page
from hampa.subscriptions.queries.allowances import allowance

SOMEBODY = PersonSummary(uuid.UUID(int=0), "", None)


def veiled_page(viewer: Person | None, page: Page[ListedCard], filters: Filters) -> Page[ListedCard]:
    """Return a page of cards as the viewer's plan lets them see it.

    What was searched by words says by itself whose card it is: of those only the ones seen in full are left.
    """
    hidden = veiled_among(viewer, [(card.id, card.owner.id) for card in page.items if not card.is_own])
    if not hidden:
        return page
    if filters.words:
        return replace(page, items=[card for card in page.items if card.id not in hidden])
    return replace(page, items=[_veiled(card) if card.id in hidden else card for card in page.items])


def is_veiled(viewer: Person | None, card: Card) -> bool:
    """Return whether the viewer's plan does not let them see a card in full."""
    if viewer is not None and viewer.id == card.owner_id:
        return False
    return bool(veiled_among(viewer, [(card.id, card.owner_id)]))


def without_veiled(
    viewer: Person | None, rows: Sequence[Any], ids: Callable[[Any], tuple[uuid.UUID, uuid.UUID]]
) -> list[Any]:
    """Return the rows of cards that the viewer sees in full; `ids` are those of a row's card and its owner."""
    hidden = veiled_among(viewer, [ids(row) for row in rows])
    return [row for row in rows if ids(row)[0] not in hidden]


def veiled_among(viewer: Person | None, cards: Sequence[tuple[uuid.UUID, uuid.UUID]]) -> Collection[uuid.UUID]:
    """Return the ids of those cards, given with their owners, that the viewer does not see in full."""
    if not cards:
        return ()
    most = allowance(viewer, "cards_in_full")
    if most is None:
        return ()
    newest = newest_ids(viewer, most)
    others = {card_id: owner_id for card_id, owner_id in cards if card_id not in newest}
    if viewer is None or not others:
        return others.keys()
    known = {viewer.id, *_known(viewer.id, list(others.values())).scalars()}
    return {card_id for card_id, owner_id in others.items() if owner_id not in known}


@built_once
def _known(person_id: uuid.UUID, owner_ids: list[uuid.UUID]) -> Any:
    """Return those of the owners with whom the person is a companion, or one waits for an answer of the other."""
    sent = select(Interest.owner_id.label("id")).where(
        Interest.sender_id == person_id, is_one_of(Interest.owner_id, owner_ids), _is_open()
    )
    received = select(Interest.sender_id).where(
        Interest.owner_id == person_id, is_one_of(Interest.sender_id, owner_ids), _is_open()
    )
    return sent.union(received)


def _is_open() -> Any:
    return or_(Interest.status == PENDING, Interest.status == ACCEPTED)


def _veiled(card: ListedCard) -> ListedCard:
    return replace(card, veiled=True, title="", owner=SOMEBODY, can_ask=False)
