"""Gear: adding, changing, retiring and deleting it, and telling of what is worn out."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.people.queries import lock_person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _
from hampa.training.models.gear import MOST_GEAR, Gear
from hampa.training.queries.gear import gear_to_warn_of, own_gear

BATCH = 100


def add_gear(person: Person, values: Mapping[str, Any]) -> Gear:
    """Add gear of a person; `values` are columns. Raise Refused for too much."""
    lock_person(person.id)
    count = select(func.count()).select_from(Gear).where(Gear.person_id == person.id)
    if (db.session.scalar(count) or 0) >= MOST_GEAR:
        raise Refused(_("You have a hundred pieces of gear, and that is the most. Delete one first."))
    gear = Gear(person_id=person.id)
    _set(person, gear, values)
    db.session.add(gear)
    db.session.flush()
    return gear


def change_gear(person: Person, gear_id: uuid.UUID, values: Mapping[str, Any]) -> Gear:
    """Change gear of the person; one with another limit is told of again. Raise NotFound."""
    lock_person(person.id)
    gear = own_gear(person, gear_id, lock=True)
    if "limit_m" in values and values["limit_m"] != gear.limit_m:
        gear.warned_at = None
    _set(person, gear, values)
    db.session.flush()
    return gear


def retire_gear(person: Person, gear_id: uuid.UUID, *, retires: bool) -> Gear:
    """Put gear away, so that it is not offered any more, or take it out again. Raise NotFound."""
    lock_person(person.id)
    gear = own_gear(person, gear_id, lock=True)
    if retires != (gear.retired_at is not None):
        gear.retired_at = clock.now() if retires else None
        if retires:
            gear.default_kinds = []
    db.session.flush()
    return gear


def delete_gear(person: Person, gear_id: uuid.UUID) -> None:
    """Delete gear of the person; its activities stay. Raise NotFound."""
    db.session.delete(own_gear(person, gear_id, lock=True))
    db.session.flush()


def _set(person: Person, gear: Gear, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(gear, name, value)
    if gear.since is not None and gear.since > dates.today(person.timezone):
        raise Refused(_("This day is still to come."), "since")
    if "default_kinds" in values and gear.default_kinds:
        others = select(Gear).where(Gear.person_id == person.id, Gear.id != gear.id)
        for other in db.session.scalars(others.order_by(Gear.id)):
            kept = [kind for kind in other.default_kinds if kind not in gear.default_kinds]
            if kept != other.default_kinds:
                other.default_kinds = kept


def warn_of_worn_gear() -> int:
    """Tell people, once, of gear that has come further than its limit; return of how many, at most `BATCH`."""
    worn = gear_to_warn_of(BATCH)
    for gear in worn:
        gear.warned_at = clock.now()
        event = f"{gear.id}:{gear.limit_m}:{gear.version}"
        notify([gear.person_id], "gear_worn", subject_id=gear.id, data={"limit_m": gear.limit_m}, event=event)
    db.session.flush()
    return len(worn)
