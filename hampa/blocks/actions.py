"""Blocking a person, with its consequences in other features."""

import uuid

from hampa.cards.actions import end_between
from hampa.follows import actions as follows
from hampa.leading.actions import end_leading_between
from hampa.people import actions as people
from hampa.people.models import Person
from hampa.people.queries import blockable_person


def block(person: Person, other_id: uuid.UUID) -> Person:
    """Hide two people from each other, end interests, follows and the leading of groups between them; notify nobody.

    A second call changes nothing. Raise `NotFound`.
    """
    other = blockable_person(person, other_id)
    if people.block(person, other.id):
        end_between(person.id, other.id)
        follows.end_between(person.id, other.id)
        end_leading_between(person.id, other.id)
    return other
