"""Creating, changing, blocking, suspending and erasing people."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from hampa.people.models import Block, HiddenZone, Person, of_person
from hampa.people.queries import by_phone, lock_people
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.geo.hiding import Place, Zone, new_zones
from hampa.platform.jobs import enqueue
from hampa.platform.limits import limit
from hampa.platform.live import publish
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.texts.cleaning import DELETED_NAME

IMPERSONAL_COLUMNS = ("id", "created_at", "updated_at", "version", "is_demo")
"""Columns that say nothing about a person, which an erasure keeps."""


def ensure_person(phone: str, *, locale: str, timezone: str) -> tuple[Person, bool]:
    """Return the person with this number (E.164), created if there is none, and whether they were created.

    Two sign-ins at the same instant create one person: the unique number decides.
    """
    calendar = "solar" if locale == "fa" else "gregorian"
    created_id = db.session.scalar(
        insert(Person)
        .values(phone=phone, locale=locale, timezone=timezone, calendar=calendar)
        .on_conflict_do_nothing(index_elements=[Person.phone])
        .returning(Person.id)
    )
    person = by_phone(phone)
    if person is None:
        raise LookupError("the person who was just created is missing")
    return person, created_id is not None


def ensure_placeholder(placeholder_id: uuid.UUID) -> Person:
    """Return the person without an account who has this id, created if there is none.

    In a list of names they take the place of somebody who must not be put there and of whom nothing may be told. They
    are a row like that of an erased person: nobody signs in as them, is notified as them, or sees them.
    """
    values = {"id": placeholder_id, "phone": f"erased:{placeholder_id}", "name": DELETED_NAME, "state": "erased"}
    db.session.execute(insert(Person).values(**values).on_conflict_do_nothing())
    return db.session.get_one(Person, placeholder_id)


def count_number_lookups(asker: Person, numbers: int, most: int, *, field: str = "") -> None:
    """Count phone numbers of others that a person has typed. Raise Refused when they are more than `most` a day.

    All forms that take the number of somebody else count here, together, so that what one of them refuses can't be
    tried in another; `field` is that of the number. Commit before the numbers are looked up.
    """

    def error(_seconds: int) -> Refused:
        return Refused(_("That is enough numbers for one day. Try again tomorrow."), field)

    limit(asker, "runs.look_up_number", most, per="day", amount=numbers, error=error)


def make_operator(phone: str, *, locale: str, timezone: str) -> Person:
    """Make the person with this number (E.164), created if there is none, an operator."""
    person, _ = ensure_person(phone, locale=locale, timezone=timezone)
    person.is_operator = True
    return person


def change_profile(person: Person, *, name: str, bio: str, city: str, gender: str | None) -> None:
    """Change a person's profile; `gender` is one of `GENDERS`, or None for "rather not say"."""
    if (person.name, person.city) != (name, city):
        enqueue_reindexing(person)
    person.name, person.bio, person.city, person.gender = name, bio, city, gender


def set_name(person: Person, name: str) -> None:
    """Set a person's name."""
    if person.name != name:
        enqueue_reindexing(person)
    person.name = name


def set_gender(person: Person, gender: str) -> None:
    """Set a person's gender, one of `GENDERS`."""
    person.gender = gender


def change_age(person: Person, *, birth_year: int | None, shows_age: bool) -> None:
    """Change the (Gregorian) year of birth, which nobody sees, and whether others may see the age band."""
    person.birth_year = birth_year
    person.shows_age = shows_age and birth_year is not None


def change_contact(person: Person, *, name: str, phone: str | None) -> None:
    """Change the emergency contact, whom organisers may call (E.164); without a number there is none."""
    person.emergency_name, person.emergency_phone = name, phone


def change_settings(person: Person, **settings: Any) -> None:
    """Change columns of a person: language, `timezone` (IANA), units, quiet hours, and who sees what (`CIRCLES`)."""
    if settings.get("timezone", person.timezone) != person.timezone:
        enqueue("cards.follow_owner", person_id=person.id)
    if person.shows_online and not settings.get("shows_online", True):
        publish(f"online:{person.id}", "recheck")
        _recheck_streams(person.id)  # who is not seen does not see either
    for name, value in settings.items():
        setattr(person, name, value)


def block(blocker: Person, blocked_id: uuid.UUID) -> bool:
    """Hide two people from each other, and return whether the block is new.

    Both rows are locked, in the order of their ids, so that other actions that lock either of them come before the
    block or see it.
    """
    lock_people(blocker.id, blocked_id)
    values = {"blocker_id": blocker.id, "blocked_id": blocked_id}
    new = insert(Block).values(values).on_conflict_do_nothing().returning(Block.id)
    block_id = db.session.scalar(new, execution_options=of_person(blocker.id, blocked_id))
    blocker.hidden_ids = None
    _recheck_streams(blocker.id, blocked_id)
    return block_id is not None


def unblock(blocker: Person, blocked_id: uuid.UUID) -> None:
    """Remove a person's block of the other; a block in the other direction stays."""
    gone = delete(Block).where(Block.blocker_id == blocker.id, Block.blocked_id == blocked_id)
    db.session.execute(gone, execution_options=of_person(blocker.id, blocked_id))
    blocker.hidden_ids = None
    _recheck_streams(blocker.id, blocked_id)


def _recheck_streams(*person_ids: uuid.UUID) -> None:
    """Have the open pages of people ask again what they may listen to."""
    for person_id in person_ids:
        publish(f"person:{person_id}", "recheck")


def ensure_hidden_zones(person_id: uuid.UUID, places: Iterable[Place]) -> list[Zone]:
    """Return all hidden zones of a person, after adding those that these starts and ends of a line need.

    A zone is never changed and never drawn again: two zones of one door would tell more of it than one.
    """
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"hidden_zones {person_id}", 0))))
    rows = db.session.execute(select(HiddenZone.north, HiddenZone.east).where(HiddenZone.person_id == person_id))
    zones = [Zone(north, east) for north, east in rows]
    new = new_zones(places, zones)
    db.session.add_all(HiddenZone(person_id=person_id, north=zone.north, east=zone.east) for zone in new)
    db.session.flush()
    return zones + new


def suspend(person: Person, state: str, until: datetime | None) -> None:
    """Refuse sign-ins of a person: "suspended" until a time or without end (None), or "banned".

    A person who was leaving is reactivated, so that nobody escapes a suspension by leaving and coming back.
    """
    reactivate(person)
    enqueue_reindexing(person)
    person.state, person.suspended_until = state, until
    publish(f"person:{person.id}", "ended")


def reinstate(person: Person) -> None:
    """Let a suspended or banned person sign in again; do nothing for others."""
    if person.state in ("suspended", "banned"):
        enqueue_reindexing(person)
        person.state, person.suspended_until = "active", None


def note_activity(person_id: uuid.UUID, *, unless_since: datetime) -> None:
    """Store now as the time of the last activity, unless a time after `unless_since` is stored."""
    seen = update(Person).where(Person.id == person_id)
    seen = seen.where(or_(Person.last_active_at.is_(None), Person.last_active_at <= unless_since))
    seen = seen.values(last_active_at=clock.now(), updated_at=Person.updated_at)
    db.session.execute(seen, execution_options={"synchronize_session": False} | of_person(person_id))


def deactivate(person: Person) -> None:
    """Hide a person who is leaving from everybody. The caller locks their row."""
    enqueue_reindexing(person)
    person.put_aside = {"name": person.name, "avatar": person.avatar}
    person.name, person.avatar = DELETED_NAME, None
    person.state, person.leaving_at = "leaving", clock.now()
    publish(f"person:{person.id}", "ended")


def reactivate(person: Person) -> None:
    """Restore a person who was leaving, with name and picture. The caller locks their row."""
    if person.state != "leaving":
        return
    enqueue_reindexing(person)
    values = person.put_aside or {}
    person.name, person.avatar = values.get("name", ""), values.get("avatar")
    person.state, person.leaving_at, person.put_aside = "active", None, None


def erase(person: Person) -> None:
    """Reset all columns but `IMPERSONAL_COLUMNS` to their defaults; the row stays because others refer to it.

    The phone number becomes free for a new account. The caller locks the row.
    """
    for column in Person.__table__.columns:
        if column.name not in IMPERSONAL_COLUMNS:
            default = column.default.arg if column.default is not None and column.default.is_scalar else None
            setattr(person, column.name, default)
    person.phone, person.name, person.state = f"erased:{person.id}", DELETED_NAME, "erased"
    publish(f"person:{person.id}", "ended")


def enqueue_reindexing(person: Person) -> None:
    """Update the search index of a person's runs and cards once this transaction is committed."""
    enqueue("runs.follow_organiser", person_id=person.id)
    enqueue("cards.follow_owner", person_id=person.id)
