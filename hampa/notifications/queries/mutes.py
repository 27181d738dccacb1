"""What people muted."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select, tuple_

from hampa.notifications.models import MutableSubject, Mute, NotificationKind, mutable_subjects
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.statements import built_once

MOST_LISTED = 100
MUTED_ELSEWHERE = "notifications.muted"
"""The slot to which a feature contributes a function that takes a person and returns a list of `Muted`."""


@dataclass(frozen=True, slots=True)
class MutedThing:
    """Something that a person muted, and its title; the title is "" once they may not see it any more."""

    subject: MutableSubject
    id: uuid.UUID
    title: str


@dataclass(frozen=True, slots=True)
class Muted:
    """Something that is muted, as a row of the settings: its title, "" if it is gone, its page, and what unmutes it."""

    kind: str
    id: uuid.UUID
    title: str
    href: str
    unmute: str
    fields: Mapping[str, str] = field(default_factory=dict)


def has_muted(kind: NotificationKind, subject_id: uuid.UUID, data: Mapping[str, Any]) -> ColumnElement[bool]:
    """Return the condition that a `Person` muted the subject of a notification, or what it is part of."""
    if kind.mute_as is None or kind.is_heard_though_muted(data):
        return false()
    subject = mutable_subjects.get(kind.mute_as)
    muted = and_(Mute.subject_kind == kind.mute_as, Mute.subject_id == subject_id)
    if subject is not None and subject.part_of is not None:
        muted = or_(muted, tuple_(Mute.subject_kind, Mute.subject_id).in_(subject.part_of(subject_id)))
    return exists().where(Mute.person_id == Person.id, muted).correlate(Person)


def is_muted(person: Person, subject_kind: str, subject_id: uuid.UUID) -> bool:
    """Return whether the person muted this very thing."""
    muted = _mutes_of(person).where(Mute.subject_kind == subject_kind, Mute.subject_id == subject_id)
    return db.session.scalar(select(muted.exists())) or False


def mutable_thing(person: Person, subject_kind: str, subject_id: uuid.UUID) -> MutedThing:
    """Return something that the person may see and mute. Raise NotFound."""
    subject = mutable_subjects.get(subject_kind)
    title = subject.titles(person, [subject_id]).get(subject_id) if subject else None
    if subject is None or title is None:
        raise NotFound
    return MutedThing(subject, subject_id, title)


def muted_things(person: Person) -> list[MutedThing]:
    """Return what the person muted last, with one statement more for each sort of things."""
    rows = _latest_mutes(person.id, MOST_LISTED).all()
    things: dict[uuid.UUID, MutedThing] = {}
    for name, subject in mutable_subjects.items():
        ids = [row.subject_id for row in rows if row.subject_kind == name]
        titles = subject.titles(person, ids) if ids else {}
        things |= {one: MutedThing(subject, one, titles.get(one, "")) for one in ids}
    return [things[row.subject_id] for row in rows if row.subject_id in things]


@built_once
def _latest_mutes(person_id: uuid.UUID, most: int) -> Select[str, uuid.UUID]:
    latest = select(Mute.subject_kind, Mute.subject_id).where(Mute.person_id == person_id)
    return latest.order_by(Mute.created_at.desc()).limit(most)


def _mutes_of(person: Person) -> Select[str, uuid.UUID]:
    return select(Mute.subject_kind, Mute.subject_id).where(Mute.person_id == person.id)
