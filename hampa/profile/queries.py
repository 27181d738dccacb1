"""Questions about a person as others see them."""

from __future__ import annotations

import uuid

from hampa.cards.queries.companions import are_companions
from hampa.people.models.person import Person
from hampa.people.queries import people
from hampa.people.queries.blocks import are_hidden
from hampa.platform.errors import NotFound


def person_for(viewer: Person | None, person_id: uuid.UUID) -> Person:
    """The person whose page this is, if the viewer may see it: themselves, a companion, or an operator.

    This is chapter 02's default of privacy. Raises `NotFound`; a stranger learns nothing from it.
    """
    person = people.by_id(person_id) if viewer is not None else None
    if person is None or viewer is None or person.state != "active" or are_hidden(viewer.id, person.id):
        raise NotFound
    if person.id == viewer.id or viewer.is_operator or are_companions(viewer.id, person.id):
        return person
    raise NotFound
