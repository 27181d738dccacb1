"""The person: an account, which is a phone number."""

from __future__ import annotations

import uuid
from datetime import datetime, time

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db

GENDERS = ("female", "male", "other")
LOCALES = ("fa", "en")
CALENDARS = ("solar", "gregorian")
UNITS = ("km", "miles")
STATES = ("active", "suspended", "banned", "leaving", "erased")


def one_of(column: str, values: tuple[str, ...]) -> str:
    """The SQL of a check that a column holds one of `values`."""
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"


class Guest:
    """What Flask-Login asks of somebody who is signed in: their id is the token of their session.

    The three are set where a session brings the person in, and are no columns.
    """

    is_authenticated = True
    is_anonymous = False
    is_active = True
    session_id: uuid.UUID | None = None
    session_token: str | None = None
    session_seen_at: datetime | None = None

    def get_id(self) -> str | None:
        return self.session_token


class Person(Guest, Record, Changing, db.Model):
    """Somebody with an account, found by the phone number (E.164) they sign in with.

    A person who has not yet said who they are has an empty `name`. What can wait is not sent from
    `quiet_from` to `quiet_to`, on the clock of their zone; the same twice means no quiet hours.
    `reminders` says whether they want to be reminded of runs they go to. `is_demo` people belong to the
    demo community and never receive anything through a real gateway.
    """

    __tablename__ = "people"
    __table_args__ = (
        CheckConstraint(r"phone ~ '^\+[1-9][0-9]{6,14}$'", name="phone_e164"),
        CheckConstraint("char_length(name) <= 60", name="name_length"),
        CheckConstraint("char_length(bio) <= 500", name="bio_length"),
        CheckConstraint(one_of("locale", LOCALES), name="locale"),
        CheckConstraint(one_of("calendar", CALENDARS), name="calendar"),
        CheckConstraint(one_of("units", UNITS), name="units"),
        CheckConstraint(one_of("state", STATES), name="state"),
        CheckConstraint(one_of("gender", GENDERS), name="gender"),
    )

    phone: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(default="", server_default="")
    bio: Mapped[str] = mapped_column(default="", server_default="")
    city: Mapped[str] = mapped_column(default="", server_default="")
    gender: Mapped[str | None]
    locale: Mapped[str] = mapped_column(default="fa")
    timezone: Mapped[str] = mapped_column(default="Asia/Tehran")
    calendar: Mapped[str] = mapped_column(default="solar")
    units: Mapped[str] = mapped_column(default="km", server_default="km")
    reminders: Mapped[bool] = mapped_column(default=True, server_default="true")
    quiet_from: Mapped[time] = mapped_column(default=time(22), server_default="22:00")
    quiet_to: Mapped[time] = mapped_column(default=time(7), server_default="07:00")
    state: Mapped[str] = mapped_column(default="active", server_default="active")
    is_operator: Mapped[bool] = mapped_column(default=False, server_default="false")
    is_demo: Mapped[bool] = mapped_column(default=False, server_default="false")
    last_sign_in_at: Mapped[datetime | None]
    last_active_at: Mapped[datetime | None]

    @property
    def is_new(self) -> bool:
        """Whether they have not been through the first steps yet."""
        return not self.name
