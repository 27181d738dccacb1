"""Webhooks, and what they can be told of."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db
from hampa.platform.locale.i18n import lazy_gettext as _l

CREW_RUN: Final = "crew.run_published"
"""The event of a run that is new in a crew: published there, or moved into it."""
EVENTS: Final[Mapping[str, Any]] = {
    "participant.changed": _l("Somebody joins, leaves or waits"),
    "comment.added": _l("A comment is written"),
    "run.published": _l("I publish a run"),
    "run.changed": _l("A run of mine changes"),
    "run.cancelled": _l("A run of mine is cancelled"),
    "crew.member_joined": _l("Somebody joins a crew of mine"),
    "crew.member_left": _l("Somebody leaves a crew of mine, or is removed"),
    "crew.member_changed": _l("Somebody's role or rights in a crew of mine change"),
    "crew.member_asked": _l("Somebody asks to join a crew of mine"),
    "crew.notice_posted": _l("A notice is posted in a crew of mine"),
    CREW_RUN: _l("A run is published in a crew of mine"),
    "crew.changed": _l("The settings of a crew of mine change"),
}
"""The events, by the names that calls have, with words for the webhook's person.

Those of runs are told to their owner (`runs.actions.events`), those of crews to each admin (`crews.actions.events`).
"""
TEST: Final = "webhook.test"
"""The event of a call that its person asks for."""
MOST_WEBHOOKS: Final = 10
BOTH_SECRETS: Final = timedelta(days=1)
"""How long calls are signed with the secret of before too, after a new one was made."""
FAILS_FOR: Final = timedelta(days=3)
"""A webhook that fails for so long is switched off."""
KIND: Final = "webhook"
"""The kind of messages in the outbox."""
FOLDER: Final = "webhooks/calls/"


STATES: Final[Mapping[str, Any]] = {"sent": _l("taken"), "pending": _l("not sent yet"), "sending": _l("on its way")}
"""Words for how a call stands, by the status of its message."""
NOT_TAKEN: Final = _l("not taken")


@dataclass(frozen=True)
class Call:
    """A call as it is listed: `state` in words, and the last error of one that was not taken."""

    event: str
    created_at: datetime
    state: Any
    was_taken: bool
    error: str | None
    attempts: int


class Webhook(Record, Changing, db.Model):
    """An address that is told of `events` (names of `EVENTS`) of the runs and crews of its person.

    The secrets are encrypted, since calls are signed with them. `failing_since` is the first failure since it was last
    reached, `switched_off_at` when it was switched off for that, or by its person.
    """

    __tablename__ = "webhooks"
    __table_args__ = (
        CheckConstraint("(old_secret IS NULL) = (old_secret_until IS NULL)", name="old_secret"),
        Index("ix_webhooks_person_id_created_at", "person_id", "created_at", "id"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    url: Mapped[str]
    events: Mapped[list[str]]
    secret: Mapped[bytes]
    old_secret: Mapped[bytes | None]
    old_secret_until: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    switched_off_at: Mapped[datetime | None]

    @property
    def is_on(self) -> bool:
        """Whether it is told of events."""
        return self.switched_off_at is None

    @property
    def hears_all(self) -> bool:
        """Whether it is told of all that it can be told of."""
        return set(self.events) >= set(EVENTS)

    @property
    def events_in_words(self) -> list[str]:
        """What it is told of, in words, in the order of the list."""
        return [str(words) for name, words in EVENTS.items() if name in self.events]
