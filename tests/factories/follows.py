"""Follows."""

from __future__ import annotations

from hampa.follows.models import Follow, FollowedPlace, columns_of
from hampa.people.models import Person
from hampa.series.models import Series
from tests.factories.base import made


def follow(person: Person, thing: Person | Series | tuple[float, float, int]) -> Follow:
    """Let a person follow an organiser, a series, or a place, given by its degrees and kilometres."""
    if isinstance(thing, Person):
        return made(Follow, person_id=person.id, organiser_id=thing.id)
    if isinstance(thing, Series):
        return made(Follow, person_id=person.id, series_id=thing.id)
    return made(Follow, person_id=person.id, **columns_of(FollowedPlace.around(*thing, "Azadi")))
