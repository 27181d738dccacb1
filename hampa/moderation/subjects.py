"""What can be reported. Features above say how theirs is seen, and what has it taken away.

@subject("card", remove=lambda card_id: defer("cards.remove_reported", subject_id=card_id))
def seen_card(person, card_id): …
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from hampa.people.models.person import Person
from hampa.people.queries import blocks, people
from hampa.platform.errors import NotFound


@dataclass(frozen=True)
class Seen:
    """A thing as somebody sees it: whose it is, its name, where it is (a path), and what it says, by plain words."""

    about_id: uuid.UUID
    title: str
    path: str
    says: dict[str, str] = field(default_factory=dict)


See = Callable[[Person, uuid.UUID], Seen]
Remove = Callable[[uuid.UUID], object]


@dataclass(frozen=True)
class Subject:
    """How a kind is seen by a person (raises NotFound), and what has one of it taken away, None for people."""

    see: See
    remove: Remove | None


_subjects: dict[str, Subject] = {}


def subject(kind: str, *, remove: Remove | None = None) -> Callable[[See], See]:
    """Let a kind of thing be reported."""

    def note(see: See) -> See:
        _subjects[kind] = Subject(see, remove)
        return see

    return note


def subject_of(kind: str) -> Subject:
    """The kind of this name. Raises NotFound."""
    if kind not in _subjects:
        raise NotFound
    return _subjects[kind]


@subject("person")
def seen_person(person: Person, other_id: uuid.UUID) -> Seen:
    """Anybody else, as long as they did not block the person."""
    other = people.by_id(other_id)
    if other is None or other.id == person.id or other.state == "erased":
        raise NotFound
    if blocks.are_hidden(person.id, other.id) and not blocks.has_blocked(person, other.id):
        raise NotFound
    return Seen(other.id, other.name, f"/people/{other.id}", {"bio": other.bio, "city": other.city})
