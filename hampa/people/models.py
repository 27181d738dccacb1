"""Tables of people and blocks."""

import uuid
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform import versions
from hampa.platform.db import Changing, Record, db, one_of
from hampa.platform.row_versions import bumping, change_with, changes_with

GENDERS = ("female", "male", "other")
LOCALES = ("fa", "en")
CALENDARS = ("solar", "gregorian")
UNITS = ("km", "miles")
STATES = ("active", "suspended", "banned", "leaving", "erased")
CIRCLES = ("everyone", "signed_in", "companions")
"""Who may see a person: everyone, people with an account, or their crews and companions."""
MESSAGE_SETTINGS = (*CIRCLES, "companions_only", "nobody")
"""Who may write to a person: everyone with an account ("signed_in" is the same), people they share a run with and
companions, while first messages of others wait ("companions"), companions alone, or nobody."""
FIRST_BIRTH_YEAR = 1900
LEAVING_PERIOD = timedelta(days=14)
"""How long a person who is leaving can come back before they are erased."""
PEOPLE = "people"
"""The name of the version of names, pictures and states of people (`platform.versions`)."""
EACH_PERSON = "person:"
"""How the names begin of the versions of each person's row, sessions and blocks."""


class SessionUser:
    """The interface that Flask-Login needs, whose user id is the token of the session.

    The attributes from `session_id` on are no columns; they are set where a session loads the person. `hidden_ids`
    are those of people who are hidden from the person by a block, `unread_count` is the number on their bell, and
    `counts` are numbers that features above have registered for every page (`auth.queries.count_with_session`). All are
    None where they are not known, as after a change.
    """

    is_authenticated = True
    is_anonymous = False
    is_active = True
    session_id: uuid.UUID | None = None
    session_token: str | None = None
    session_seen_at: datetime | None = None
    hidden_ids: list[uuid.UUID] | None = None
    unread_count: int | None = None
    counts: dict[str, int] | None = None
    counts_later: Callable[[Any], None] | None = None
    """Reads `unread_count` and `counts` of a person who came from a cache, once a page asks for one of them."""

    def know_counts(self) -> None:
        """Read the two numbers, in one statement, if they were left for later."""
        later, self.counts_later = self.counts_later, None
        if later is not None:
            later(self)

    def get_id(self) -> str | None:
        """Return the token of the session."""
        return self.session_token


class Person(SessionUser, Record, Changing, db.Model):
    """A person with an account, who signs in with a phone number (E.164).

    `name` is empty until the person gives one. Messages that can wait are not sent from `quiet_from` to `quiet_to`, in
    the person's zone; equal times mean no quiet hours. `quiet_days` has other times for nights that begin on some days,
    as two texts (HH:MM) by the ISO number of the weekday. `reminders` is whether the person wants reminders of runs, and
    `new_run_notices` whether they want to hear of new runs of what they follow, `recap_notices` whether they want to be
    asked how a run was. `shares_reading` is whether they and who writes with them see that the other reads and types.
    `is_demo` people belong to the demo community and never receive anything through a real gateway.

    Name and picture of a person who is leaving (since `leaving_at`) are in `put_aside` until they come back or are
    erased. The row of an erased person stays, because others refer to it, with a phone that is no number.
    """

    __tablename__ = "people"
    __table_args__ = (
        CheckConstraint(
            r"CASE WHEN state = 'erased' THEN phone = 'erased:' || id ELSE phone ~ '^\+[1-9][0-9]{6,14}$' END",
            name="phone_e164",
        ),
        CheckConstraint("char_length(name) <= 60", name="name_length"),
        CheckConstraint("char_length(bio) <= 500", name="bio_length"),
        CheckConstraint(one_of("locale", LOCALES), name="locale"),
        CheckConstraint(one_of("calendar", CALENDARS), name="calendar"),
        CheckConstraint(one_of("units", UNITS), name="units"),
        CheckConstraint(one_of("state", STATES), name="state"),
        CheckConstraint(one_of("gender", GENDERS), name="gender"),
        CheckConstraint("handle ~ '^[a-z0-9_]{3,20}$'", name="handle"),
        CheckConstraint("email_verified_at IS NULL OR email IS NOT NULL", name="verified_email"),
        CheckConstraint(f"birth_year BETWEEN {FIRST_BIRTH_YEAR} AND 2100", name="birth_year"),
        CheckConstraint("char_length(emergency_name) <= 60", name="emergency_name_length"),
        CheckConstraint(r"emergency_phone ~ '^\+[1-9][0-9]{6,14}$'", name="emergency_phone_e164"),
        CheckConstraint(one_of("profile_visibility", CIRCLES), name="profile_visibility"),
        CheckConstraint(one_of("message_visibility", MESSAGE_SETTINGS), name="message_visibility"),
        CheckConstraint("(state = 'leaving') = (leaving_at IS NOT NULL)", name="leaving"),
        CheckConstraint("suspended_until IS NULL OR state = 'suspended'", name="suspended_until"),
        CheckConstraint("put_aside IS NULL OR state = 'leaving'", name="put_aside"),
        Index(
            "uq_people_email",
            func.lower(text("email")),
            unique=True,
            postgresql_where=text("email_verified_at IS NOT NULL"),
        ),
        Index(
            "ix_people_lower_name",
            func.lower(text("name")).label("lower_name"),
            postgresql_ops={"lower_name": "text_pattern_ops"},
        ),
        Index("ix_people_handle", "handle", postgresql_ops={"handle": "text_pattern_ops"}),
        Index("ix_people_search", func.search_words(text("name")), postgresql_using="gin"),
        Index("ix_people_leaving_at", "leaving_at", postgresql_where="leaving_at IS NOT NULL"),
        Index("ix_people_shut_out", "id", postgresql_where=text("state IN ('suspended', 'banned')")),
        Index("ix_people_operators", "id", postgresql_where="is_operator"),
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
    new_run_notices: Mapped[bool] = mapped_column(default=True, server_default="true")
    recap_notices: Mapped[bool] = mapped_column(default=True, server_default="true")
    quiet_from: Mapped[time] = mapped_column(default=time(22), server_default="22:00")
    quiet_to: Mapped[time] = mapped_column(default=time(7), server_default="07:00")
    quiet_days: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    handle: Mapped[str | None] = mapped_column(unique=True)
    email: Mapped[str | None]
    email_verified_at: Mapped[datetime | None]
    birth_year: Mapped[int | None] = mapped_column(SmallInteger)
    shows_age: Mapped[bool] = mapped_column(default=False, server_default="false")
    avatar: Mapped[str | None]
    emergency_name: Mapped[str] = mapped_column(default="", server_default="")
    emergency_phone: Mapped[str | None]
    profile_visibility: Mapped[str] = mapped_column(default="companions", server_default="companions")
    message_visibility: Mapped[str] = mapped_column(default="companions", server_default="companions")
    shows_past_runs: Mapped[bool] = mapped_column(default=False, server_default="false")
    shows_online: Mapped[bool] = mapped_column(default=False, server_default="false")
    shares_reading: Mapped[bool] = mapped_column(default=True, server_default="true")
    state: Mapped[str] = mapped_column(default="active", server_default="active")
    leaving_at: Mapped[datetime | None]
    suspended_until: Mapped[datetime | None]
    put_aside: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    is_operator: Mapped[bool] = mapped_column(default=False, server_default="false")
    is_demo: Mapped[bool] = mapped_column(default=False, server_default="false")
    last_sign_in_at: Mapped[datetime | None]
    last_active_at: Mapped[datetime | None]

    @property
    def erasure_due_at(self) -> datetime | None:
        """When a person who is leaving is erased; None for others."""
        return self.leaving_at + LEAVING_PERIOD if self.leaving_at else None

    @property
    def search_names(self) -> tuple[str, ...]:
        """The names by which searches find the person; none once the person is leaving or erased."""
        return () if self.state in ("leaving", "erased") else (self.name, self.handle or "")

    @property
    def is_new(self) -> bool:
        """Whether the person has not given a name yet."""
        return not self.name


changes_with(Person, lambda _person: PEOPLE, for_all=None, columns=("name", "avatar", "state"))


class Block(Record, db.Model):
    """A block of one person by another: neither sees the other, and only the blocker knows of it."""

    __tablename__ = "blocks"
    __table_args__ = (
        UniqueConstraint("blocker_id", "blocked_id"),
        CheckConstraint("blocker_id <> blocked_id", name="two_people"),
        Index("ix_blocks_blocked_id", "blocked_id"),
    )

    blocker_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    blocked_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))


class HiddenZone(Record, db.Model):
    """The middle of a hidden zone around a place where lines of the person start or end (`platform.geo.hiding`).

    The place itself is not stored.
    """

    __tablename__ = "hidden_zones"
    __table_args__ = (
        CheckConstraint("north BETWEEN -91 AND 91 AND east BETWEEN -180 AND 180", name="on_globe"),
        Index("ix_hidden_zones_person_id", "person_id"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    north: Mapped[float]
    east: Mapped[float]


def person_version(person_id: uuid.UUID | None) -> str:
    """Return the name of the version of a person's row, sessions and blocks; None stands for all people's."""
    return f"{EACH_PERSON}{person_id or 'all'}"


def of_person(*person_ids: uuid.UUID) -> dict[str, Any]:
    """Return the execution options of a statement that changes rows of these people alone."""
    return bumping(map(person_version, person_ids))


versions.short_lived.add(EACH_PERSON)
change_with(Person, lambda row: (person_version(row.id),), for_all=person_version(None))
change_with(
    Block, lambda row: (person_version(row.blocker_id), person_version(row.blocked_id)), for_all=person_version(None)
)
