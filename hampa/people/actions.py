"""What happens to an account."""

from __future__ import annotations

import uuid
from datetime import datetime, time

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from hampa.people.models.block import Block
from hampa.people.models.person import Person
from hampa.people.queries.people import by_phone
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.jobs import enqueue
from hampa.platform.texts.cleaning import GONE

OF_NOBODY = ("id", "created_at", "updated_at", "version", "is_demo")
"""Columns of people that say nothing of anybody."""


def ensure_person(phone: str, *, locale: str, timezone: str) -> tuple[Person, bool]:
    """The person with this number (E.164), made if there is none; and whether it was made.

    Two sign-ins at the same instant make one person: the unique number decides.
    """
    calendar = "solar" if locale == "fa" else "gregorian"
    made = db.session.scalar(
        insert(Person)
        .values(phone=phone, locale=locale, timezone=timezone, calendar=calendar)
        .on_conflict_do_nothing(index_elements=[Person.phone])
        .returning(Person.id)
    )
    person = by_phone(phone)
    if person is None:
        raise LookupError("a person that was just made is not there")
    return person, made is not None


def make_operator(phone: str, *, locale: str, timezone: str) -> Person:
    """Let the person with this number (E.164), made if need be, run the place."""
    person, _ = ensure_person(phone, locale=locale, timezone=timezone)
    person.is_operator = True
    return person


def change_profile(person: Person, *, name: str, bio: str, city: str, gender: str | None) -> None:
    """Say who one is; `gender` one of `GENDERS`, or None for "rather not say"."""
    if (person.name, person.city) != (name, city):
        enqueue_reindexing(person)
    person.name = name
    person.bio = bio
    person.city = city
    person.gender = gender


def change_age(person: Person, *, birth_year: int | None, shows_age: bool) -> None:
    """Say in which (Gregorian) year one was born, which nobody sees, and whether the age band may be seen."""
    person.birth_year = birth_year
    person.shows_age = shows_age and birth_year is not None


def change_contact(person: Person, *, name: str, phone: str | None) -> None:
    """Name whom organisers may call (E.164) when something happens; without a number, nobody."""
    person.emergency_name, person.emergency_phone = name, phone


def change_privacy(person: Person, *, profile_visibility: str, message_visibility: str, shows_past_runs: bool) -> None:
    """Choose who (one of `CIRCLES`) sees one's page and who may write, and whether the page shows past runs."""
    person.profile_visibility = profile_visibility
    person.message_visibility = message_visibility
    person.shows_past_runs = shows_past_runs


def change_settings(
    person: Person,
    *,
    locale: str,
    timezone: str,
    calendar: str,
    units: str,
    reminders: bool,
    quiet_from: time,
    quiet_to: time,
) -> None:
    """Choose in which language, zone (IANA), calendar and units one is spoken to, and when one is left in peace."""
    if person.timezone != timezone:
        enqueue("cards.follow_owner", person_id=person.id)
    person.locale = locale
    person.timezone = timezone
    person.calendar = calendar
    person.units = units
    person.reminders = reminders
    person.quiet_from = quiet_from
    person.quiet_to = quiet_to


def block(blocker: Person, blocked_id: uuid.UUID) -> bool:
    """Hide two people from each other; False when the blocker had done so before.

    Both rows are locked, in the order of their ids: whatever else is decided between the two by a lock on either of them
    comes before this or sees it.
    """
    both = select(Person.id).where(Person.id.in_((blocker.id, blocked_id))).order_by(Person.id)
    db.session.execute(both.with_for_update(key_share=True))
    made = db.session.scalar(
        insert(Block).values(blocker_id=blocker.id, blocked_id=blocked_id).on_conflict_do_nothing().returning(Block.id)
    )
    blocker.meets_all = False
    return made is not None


def unblock(blocker: Person, blocked_id: uuid.UUID) -> None:
    """Take one's own block back; that of the other, if there is one, stays. Twice is once."""
    db.session.execute(delete(Block).where(Block.blocker_id == blocker.id, Block.blocked_id == blocked_id))
    blocker.meets_all = None


def suspend(person: Person, state: str, until: datetime | None) -> None:
    """Let nobody in with this account any more: "suspended" `until` then, or without end, or "banned".

    Who was leaving is not any more: nobody gets around this by going, to come back when it is forgotten.
    """
    reactivate(person)
    enqueue_reindexing(person)
    person.state, person.suspended_until = state, until


def reinstate(person: Person) -> None:
    """Who was suspended or banned may sign in again. Anybody else stays as they are."""
    if person.state in ("suspended", "banned"):
        enqueue_reindexing(person)
        person.state, person.suspended_until = "active", None


def note_activity(person_id: uuid.UUID, *, unless_since: datetime) -> None:
    """Remember that the person was here now, unless that is known for a time as late as `unless_since`."""
    db.session.execute(
        update(Person)
        .where(Person.id == person_id, or_(Person.last_active_at.is_(None), Person.last_active_at <= unless_since))
        .values(last_active_at=clock.now(), updated_at=Person.updated_at)
    )


def deactivate(person: Person) -> None:
    """From now on nobody sees the person. Their row is locked by the caller."""
    enqueue_reindexing(person)
    person.put_aside = {"name": person.name, "avatar": person.avatar}
    person.name, person.avatar = GONE, None
    person.state, person.leaving_at = "leaving", clock.now()


def reactivate(person: Person) -> None:
    """Who was leaving is there again, as they were seen before. Their row is locked by the caller."""
    if person.state != "leaving":
        return
    enqueue_reindexing(person)
    aside = person.put_aside or {}
    person.name, person.avatar = aside.get("name", ""), aside.get("avatar")
    person.state, person.leaving_at, person.put_aside = "active", None, None


def erase(person: Person) -> None:
    """Leave of the person what others' rows refer to: every column but `OF_NOBODY` is what it is without anybody.

    The number is free then for whoever has it. Their row is locked by the caller.
    """
    for column in Person.__table__.columns:
        if column.name not in OF_NOBODY:
            default = column.default.arg if column.default is not None and column.default.is_scalar else None
            setattr(person, column.name, default)
    person.phone, person.name, person.state = f"erased:{person.id}", GONE, "erased"


def enqueue_reindexing(person: Person) -> None:
    """What is found by the person's names and town is found by those that they have once this is committed."""
    enqueue("runs.follow_organiser", person_id=person.id)
    enqueue("cards.follow_owner", person_id=person.id)
