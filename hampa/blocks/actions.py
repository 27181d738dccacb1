"""Blocking and unblocking, with all that follows from it."""

from __future__ import annotations

import uuid

from hampa.blocks import queries
from hampa.cards.actions.interests import end_between
from hampa.people import actions as people
from hampa.people.models.person import Person


def block(person: Person, other_id: uuid.UUID) -> Person:
    """Hide the two from each other, silently: what waits for an answer between them ends, and nobody is told.

    Twice is once. Raises NotFound.
    """
    other = queries.person_to_block(person, other_id)
    if people.block(person, other.id):
        end_between(person.id, other.id)
    return other


def unblock(person: Person, other_id: uuid.UUID) -> None:
    """Take back a block of one's own; who were companions are again. Twice is once."""
    people.unblock(person, other_id)
