"""Shapes of data that several resources share."""

import uuid
from datetime import datetime
from typing import Annotated, Any

from typing_extensions import TypedDict

from hampa.people.models import CALENDARS, GENDERS, LOCALES, UNITS, Person
from hampa.people.queries import PersonSummary
from hampa.platform.api.requests import OneOf

Locale = Annotated[str, OneOf(*LOCALES)]
Calendar = Annotated[str, OneOf(*CALENDARS)]
Units = Annotated[str, OneOf(*UNITS)]
Gender = Annotated[str, OneOf(*GENDERS)]


class Stamps(TypedDict):
    """When a thing was made and changed last, and its version, which each change counts up."""

    created_at: datetime
    updated_at: datetime
    version: int


def stamps_as_data(row: Any) -> Stamps:
    """Return when a row was made and changed, and its version; one that never changes has the first."""
    made = row.created_at
    return {"created_at": made, "updated_at": getattr(row, "updated_at", made), "version": getattr(row, "version", 1)}


class Summary(TypedDict):
    """A person as they are named in lists."""

    id: uuid.UUID
    name: str
    avatar: str | None


def summary_as_data(person: PersonSummary) -> Summary:
    """Return a person of a list as data."""
    return {"id": person.id, "name": person.name, "avatar": person.avatar}


class Me(TypedDict):
    """The person of the token, with what only they see."""

    id: uuid.UUID
    phone: str
    name: str
    handle: str | None
    avatar: str | None
    bio: str
    city: str
    gender: Gender | None
    birth_year: int | None
    email: str | None
    email_verified: bool
    locale: Locale
    timezone: str
    calendar: Calendar
    units: Units
    is_operator: bool
    created_at: datetime
    updated_at: datetime
    version: int


def me_as_data(person: Person) -> Me:
    """Return the person of a token as data."""
    return {
        "id": person.id,
        "phone": person.phone,
        "name": person.name,
        "handle": person.handle,
        "avatar": person.avatar,
        "bio": person.bio,
        "city": person.city,
        "gender": person.gender,
        "birth_year": person.birth_year,
        "email": person.email,
        "email_verified": person.email_verified_at is not None,
        "locale": person.locale,
        "timezone": person.timezone,
        "calendar": person.calendar,
        "units": person.units,
        "is_operator": person.is_operator,
        "created_at": person.created_at,
        "updated_at": person.updated_at,
        "version": person.version,
    }
