"""Refresh tokens and personal access tokens, and what tokens let programs do."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform import clock
from hampa.platform.db import Changing, Record, db
from hampa.platform.locale.i18n import lazy_gettext as _l

SCOPES: Final[Mapping[str, Any]] = {
    "me:read": _l("See my profile and settings"),
    "me:write": _l("Change my profile and settings"),
    "people:read": _l("See people, and my companions"),
    "people:write": _l("Follow, block and report people"),
    "cards:read": _l("See runner cards"),
    "cards:write": _l("Change my cards"),
    "interests:read": _l("See requests to run together"),
    "interests:write": _l("Answer requests to run together"),
    "runs:read": _l("See runs, and who comes"),
    "runs:write": _l("Join and leave runs, and organise mine"),
    "comments:read": _l("Read comments"),
    "comments:write": _l("Write comments in my name"),
    "series:read": _l("See series of runs"),
    "series:write": _l("Join and change series of runs"),
    "attendance:read": _l("See who came to runs"),
    "attendance:write": _l("Say who came to runs"),
    "follows:read": _l("See what I follow"),
    "follows:write": _l("Follow people and places"),
    "notifications:read": _l("See my notifications, and hear at once of new ones"),
    "notifications:write": _l("Mark my notifications as read"),
    "messages:read": _l("Read my messages"),
    "messages:write": _l("Write messages in my name"),
    "calendar:read": _l("See how my calendar reminds me"),
    "calendar:write": _l("Open and close the feed of my runs for calendars"),
    "safety:read": _l("See who is waiting for me to get home"),
    "safety:write": _l("Say that I run, and that I am home"),
    "crews:read": _l("See my crews, and who belongs to them"),
    "crews:write": _l("Join, leave and lead crews in my name"),
    "check-ins:read": _l("Read my check-ins, and those that my crews share"),
    "check-ins:write": _l("Check in for me"),
    "training:read": _l("See my training and my timer"),
    "training:write": _l("Log my training, and start and stop my timer"),
    "coaching:read": _l("See my athletes, and who coaches me"),
    "coaching:write": _l("Coach my athletes, and say what my coaches may see"),
    "timeline:read": _l("See what happened, as timelines tell it"),
    "timeline:write": _l("Like and comment on what happened in my name"),
    "search:read": _l("Search in all that I may see"),
    "duties:read": _l("See duties that I can take, and mine"),
    "duties:write": _l("Take duties, and hand mine on"),
    "incidents:read": _l("Read incident reports of mine, and of what I look after"),
    "incidents:write": _l("Report incidents, and take them over in my name"),
    "sessions:read": _l("See where I am signed in"),
    "sessions:write": _l("Sign out elsewhere"),
    "export:read": _l("Download copies of all my data"),
    "subscription:read": _l("See my subscription, and what I paid"),
    "subscription:write": _l("Cancel my subscription"),
    "webhooks:read": _l("See my webhooks and what they sent"),
    "webhooks:write": _l("Make and end webhooks"),
}
"""What a personal token can be allowed, a closed list, each with words for its person.

What is under no scope of the list only tokens of a sign-in do: making tokens, changing the number, deleting the account.
"""

REFRESH_LIFETIME: Final = timedelta(days=30)
RETRY_WITHIN: Final = timedelta(seconds=10)
"""How long the refresh token of just before still gets the successor that it got: the answer may have been lost."""
PREFIX: Final = "hampa_pat_"
"""The beginning of personal tokens, by which scanners of published code find them."""
REFRESH_PREFIX: Final = "hampa_rt_"
LIFETIMES: Final = (7, 30, 90, 365)
"""Days after which a personal token can end."""
MOST_TOKENS: Final = 20
LONGEST_NAME: Final = 40


class RefreshToken(Record, db.Model):
    """One of the refresh tokens that a session of a program has had, one after the other (`number`); only its hash.

    The one with the highest number is good, from the moment that the one before was used (`used_at`).
    """

    __tablename__ = "refresh_tokens"
    __table_args__ = (UniqueConstraint("session_id", "number"), Index("ix_refresh_tokens_created_at", "created_at"))

    session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    number: Mapped[int]
    used_at: Mapped[datetime | None]


class PersonalToken(Record, Changing, db.Model):
    """A token that a person has made for a program, until it ends or expires; only its hash is kept.

    `last_letters` are those by which its person recognises it. `scopes` are names of `SCOPES`. `last_used_at` is exact to
    some minutes.
    """

    __tablename__ = "personal_tokens"
    __table_args__ = (
        CheckConstraint("expires_at > created_at", name="expires"),
        Index("ix_personal_tokens_person_id_created_at", "person_id", "created_at", "id"),
        Index("ix_personal_tokens_expires_at", "expires_at"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    name: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    last_letters: Mapped[str]
    scopes: Mapped[list[str]]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    @property
    def is_over(self) -> bool:
        """Whether it has expired or was ended."""
        return self.ended_at is not None or self.expires_at <= clock.now()

    @property
    def scopes_in_words(self) -> list[str]:
        """What it allows, in words, in the order of the list."""
        return [str(words) for name, words in SCOPES.items() if name in self.scopes]
