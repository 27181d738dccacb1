"""The registry of what can be reported; features above add their kinds.

@subject("card", remove=lambda card_id: enqueue("cards.remove_reported", subject_id=card_id))
def card_snapshot(person, card_id): …
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from hampa.people.models import Person
from hampa.people.queries import blockable_person
from hampa.platform.errors import NotFound


@dataclass(frozen=True)
class SubjectSnapshot:
    """A subject as a person sees it: its owner, title, path, and texts by name. The field names are stored."""

    about_id: uuid.UUID
    title: str
    path: str
    says: dict[str, str] = field(default_factory=dict)


Snapshot = Callable[[Person, uuid.UUID], SubjectSnapshot]
Remove = Callable[[uuid.UUID], object]


@dataclass(frozen=True)
class Subject:
    """A kind that can be reported.

    `snapshot` returns a subject as a person sees it, or raises `NotFound`; `remove` has it deleted, None for people.
    `hide` keeps it from those who do not belong to it, and `show` undoes what operators did; None where that is not done.
    """

    snapshot: Snapshot
    remove: Remove | None
    hide: Remove | None = None
    show: Remove | None = None


_subjects: dict[str, Subject] = {}


def subject(
    kind: str, *, remove: Remove | None = None, hide: Remove | None = None, show: Remove | None = None
) -> Callable[[Snapshot], Snapshot]:
    """Register a kind that can be reported, and its snapshot function."""

    def register(snapshot: Snapshot) -> Snapshot:
        _subjects[kind] = Subject(snapshot, remove, hide, show)
        return snapshot

    return register


def subject_of(kind: str) -> Subject:
    """Return the kind of this name. Raise `NotFound`."""
    if kind not in _subjects:
        raise NotFound
    return _subjects[kind]


@subject("person")
def person_snapshot(person: Person, other_id: uuid.UUID) -> SubjectSnapshot:
    """Return another person who did not block this one."""
    other = blockable_person(person, other_id)
    return SubjectSnapshot(other.id, other.name, f"/people/{other.id}", {"bio": other.bio, "city": other.city})
