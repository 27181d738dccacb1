"""Questions about blocking somebody."""

from __future__ import annotations

import uuid

from hampa.people.models.person import Person
from hampa.people.queries import blocks, people
from hampa.platform.errors import NotFound


def person_to_block(person: Person, other_id: uuid.UUID) -> Person:
    """Whom this person may block: anybody else they can know of, also those they blocked before.

    Raises NotFound; who was blocked finds nobody there, as if the account were gone.
    """
    other = people.by_id(other_id)
    if other is None or other.id == person.id or other.state == "erased":
        raise NotFound
    if blocks.are_hidden(person.id, other.id) and not blocks.has_blocked(person, other.id):
        raise NotFound
    return other
