"""Notifications, and the registry of their kinds."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Record, db

Channel = Literal["app", "sms"]
APP_ONLY: tuple[Channel, ...] = ("app",)
APP_AND_SMS: tuple[Channel, ...] = ("app", "sms")
SMS_TEMPLATES = "notifications/sms/"


class Notification(Record, db.Model):
    """One thing that one person should know: at most one row for a person and an event.

    `type` is the name of its kind. `subject_id` is what it is about (an interest, a run, a device …), without a
    foreign key, since a notification outlives its subject. The words are made on reading, from `type` and `data`, in
    the reader's language. After `expires_at` it is not shown any more.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("event", "person_id"),
        Index("ix_notifications_person_id_created_at_id", "person_id", "created_at", "id"),
        Index("ix_notifications_unread", "person_id", postgresql_where="read_at IS NULL"),
        Index("ix_notifications_actor_id", "actor_id", postgresql_where="actor_id IS NOT NULL"),
        Index("ix_notifications_created_at", "created_at"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    type: Mapped[str]
    actor_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    subject_id: Mapped[uuid.UUID]
    data: Mapped[dict[str, Any]]
    event: Mapped[str]
    read_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]


@dataclass(frozen=True)
class NotificationKind:
    """A kind of notification, as the `notices` module of a feature registers it.

    Its words are templates of the feature, one a channel: `<feature>/notices/<name>.html` for the app, with `notice`
    (a `Notice`), and `<feature>/notices/<name>.txt` for SMS, with `data` and `to`.
    """

    name: str
    feature: str
    endpoint: str
    """The page that a notification of this kind leads to."""
    url_argument: str | None = None
    """The variable of the page's URL that takes `subject_id`, when it has one."""
    fields: tuple[str, ...] = ()
    """The keys that `data` must have: a snapshot of the moment when it happened."""
    names_actor: bool = False
    """Whether its words name the actor: it is then kept from people who are hidden from the actor. A kind that does not
    reaches them too, without the face: whoever goes to a run has to know that it is cancelled.
    """
    channels: tuple[Channel, ...] = APP_ONLY
    """The channels that it has words for, and goes by unless `notify` names fewer."""
    grouping: str | None = None
    """The first part of the key that makes an event one; the name of the kind by default. Kinds that share it tell of
    the same events, and a person hears of each event once.
    """
    icon: str = "bell"
    """Shown where no actor's face is."""
    tone: Literal["plain", "mine", "dawn", "stop"] = "plain"
    """The colour of the icon."""

    @property
    def app_template(self) -> str:
        """The template of its words in the app."""
        return f"{self.feature}/notices/{self.name}.html"

    @property
    def sms_file(self) -> str:
        """The file of its words by SMS."""
        return f"{self.feature}/notices/{self.name}.txt"

    @property
    def sms_template(self) -> str:
        """The name that messages know `sms_file` by: messages are kept for long, and files move."""
        return f"{SMS_TEMPLATES}{self.name}.txt"

    def event_key(self, event: str | uuid.UUID) -> str:
        """Return the value of `Notification.event` for an event of this kind."""
        return f"{self.grouping or self.name}:{event}"

    def check_data(self, data: Mapping[str, Any]) -> None:
        """Raise ValueError if a field is missing."""
        missing = sorted(set(self.fields) - data.keys())
        if missing:
            raise ValueError(f"a notification of kind {self.name} needs {', '.join(missing)}")


class UnknownKind(LookupError):
    """No feature registers the kind of notification."""


_kinds: dict[str, NotificationKind] = {}


def register(*kinds: NotificationKind) -> None:
    """Make kinds of notification known. Raise ValueError if a name is taken."""
    for kind in kinds:
        if kind.name in _kinds:
            raise ValueError(f"the notification kind {kind.name} is registered twice")
        _kinds[kind.name] = kind


def find_kind(name: str) -> NotificationKind | None:
    """Return the kind of this name; None when no feature registers it (any more)."""
    return _kinds.get(name)


def get_kind(name: str) -> NotificationKind:
    """Return the kind of this name. Raise UnknownKind if no feature registers it."""
    kind = _kinds.get(name)
    if kind is None:
        raise UnknownKind(f"no feature registers the notification kind {name}")
    return kind


def notification_kinds() -> tuple[NotificationKind, ...]:
    """Return all kinds, in the order of the features."""
    return tuple(_kinds.values())
