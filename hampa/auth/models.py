"""Codes, wrong codes, known devices and sessions."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hampa.people.models import person_version
from hampa.platform import clock
from hampa.platform.db import Changing, Record, db, one_of
from hampa.platform.row_versions import change_with
from hampa.platform.security import user_agent
from hampa.platform.security.user_agent import HasBrowser

SESSION_LIFETIME = timedelta(days=30)
"""A session without a request for this time is over."""

ENDINGS = ("used", "spent", "newer", "asked")
PURPOSES = ("sign_in", "delete", "prove", "new_phone")


STRENGTH = {"mail": 0, "openid": 0, "password": 0, "code": 1, "passkey": 2}
"""What a proof by each method is worth: 1 shows that the person has the phone. A stronger method has a higher number."""
METHODS = tuple(STRENGTH)


@dataclass(frozen=True)
class PhoneOwner:
    """The owner of a number as seen from one browser; all None if the number has no account.

    `device_id` is set if the person has signed in in this browser before.
    """

    person_id: uuid.UUID | None = None
    locale: str | None = None
    device_id: uuid.UUID | None = None

    @property
    def is_known(self) -> bool:
        """Whether the owner has signed in in this browser before."""
        return self.device_id is not None


@dataclass(frozen=True)
class CodeLimit:
    """The most codes that may match `condition` within a window of time."""

    most: int
    window: timedelta
    condition: ColumnElement[bool]


class Tries:
    """The number of wrong codes in a row, and the time until which no further one is checked."""

    wrong_in_a_row: Mapped[int] = mapped_column(default=0, server_default="0")
    waits_until: Mapped[datetime | None]


class NumberTries(Record, Changing, Tries, db.Model):
    """Wrong codes for a number (E.164) from all devices that never signed in to it.

    A right code resets them, a new one does not. `owner_told_at` is the time at which the owner was notified that there
    are far too many.
    """

    __tablename__ = "number_tries"
    __table_args__ = (Index("ix_number_tries_updated_at", "updated_at"),)

    phone: Mapped[str] = mapped_column(unique=True)
    owner_told_at: Mapped[datetime | None]


class Device(Record, Changing, Tries, db.Model):
    """A browser in which a person has signed in before, recognised by a random token in its cookie.

    Its wrong codes are counted apart from those of strangers, who therefore can't lock it out.
    """

    __tablename__ = "devices"
    __table_args__ = (
        UniqueConstraint("person_id", "token_hash"),
        Index("ix_devices_last_sign_in_at", "last_sign_in_at"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    token_hash: Mapped[str]
    last_sign_in_at: Mapped[datetime]


class SignInCode(Record, Changing, db.Model):
    """A six-digit code sent to a number; the limits are counted from these rows.

    A code is valid for its `purpose`, in the browser that holds the secret of `browser_hash`; all purposes count towards
    the limits. `network` is the requester's address (of IPv6 the /64), `prefix` the number without its last four digits,
    `device_id` the known device that requested the code or that it made known. `past_budget` is set if the site's budget
    was used up: then only a number with an account was sent its code. `ended_as` is empty while the code can be used;
    `asked` is a right code of a person who is leaving and has to say whether to stay.
    """

    __tablename__ = "sign_in_codes"
    __table_args__ = (
        CheckConstraint(one_of("purpose", PURPOSES), name="purpose"),
        CheckConstraint(one_of("ended_as", ENDINGS), name="ended_as"),
        Index("ix_sign_in_codes_phone_created_at", "phone", "created_at"),
        Index("ix_sign_in_codes_prefix_created_at", "prefix", "created_at"),
        Index("ix_sign_in_codes_network_created_at", "network", "created_at"),
        Index("ix_sign_in_codes_created_at", "created_at"),
    )

    purpose: Mapped[str] = mapped_column(default="sign_in", server_default="sign_in")
    phone: Mapped[str]
    prefix: Mapped[str]
    network: Mapped[str]
    code_hash: Mapped[str]
    browser_hash: Mapped[str]
    locale: Mapped[str]
    next_path: Mapped[str]
    device_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("devices.id", ondelete="SET NULL"), index=True)
    sent: Mapped[bool]
    past_budget: Mapped[bool] = mapped_column(default=False, server_default="false")
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    expires_at: Mapped[datetime]
    ended_as: Mapped[str | None]
    ended_at: Mapped[datetime | None]

    @property
    def state(self) -> str:
        """`open`, or why the code is invalid: `used`, `spent`, `newer`, `asked` or `late`."""
        if self.ended_as:
            return self.ended_as
        return "open" if clock.now() < self.expires_at else "late"

    def end(self, ended_as: str, at: datetime) -> None:
        """Make the code invalid."""
        self.ended_as, self.ended_at = ended_as, at


class Session(HasBrowser, Record, Changing, db.Model):
    """A person signed in in one browser, or by one program, until the session is ended or not used for `SESSION_LIFETIME`.

    The browser has a random token, the row only its hash. `method` is the way of signing in. `proved_at` is the last
    time that the person proved who they are, `proved_by` the method of that, whose strength is in `STRENGTH`. `timezone`
    is the browser's ("" if unknown). Nobody has the token of a session of a program, which has others (`tokens`).
    """

    __tablename__ = "sessions"
    __table_args__ = (
        CheckConstraint(one_of("method", METHODS), name="method"),
        CheckConstraint(one_of("proved_by", METHODS), name="proved_by"),
        Index("ix_sessions_person_id_created_at_id", "person_id", "created_at", "id"),
        Index("ix_sessions_last_seen_at", "last_seen_at"),
        Index("ix_sessions_ended_at", "ended_at", postgresql_where="ended_at IS NOT NULL"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    method: Mapped[str]
    address: Mapped[str]
    user_agent: Mapped[str]
    timezone: Mapped[str] = mapped_column(default="", server_default="")
    proved_at: Mapped[datetime]
    proved_by: Mapped[str] = mapped_column(default="code", server_default="code")
    last_seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    is_program: Mapped[bool] = mapped_column(default=False, server_default="false")

    @property
    def program(self) -> str:
        """What the program calls itself, "" if it says nothing."""
        return user_agent.program(self.user_agent)


change_with(Session, lambda row: (person_version(row.person_id),), for_all=person_version(None))
