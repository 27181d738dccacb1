"""Blocking a person, with its consequences in other features."""

import uuid

from hampa.cards.actions import end_between
from hampa.duties.actions import offers as duties
from hampa.follows import actions as follows
from hampa.leading.actions import end_leading_between
from hampa.people import actions as people
from hampa.people.models import Person
from hampa.people.queries import blockable_person
from hampa.training.actions import plans


def block(person: Person, other_id: uuid.UUID) -> Person:
    """Hide two people from each other, and notify nobody.

    Interests, follows, the leading of groups, offers of duties and membership in plans end between them.

    A second call changes nothing. Raise `NotFound`.
    """
    other = blockable_person(person, other_id)
    if people.block(person, other.id):
        end_between(person.id, other.id)
        follows.end_between(person.id, other.id)
        end_leading_between(person.id, other.id)
        duties.end_between(person.id, other.id)
        plans.end_between(person.id, other.id)
    return other
