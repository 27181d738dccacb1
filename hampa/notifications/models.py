"""Notifications and the registry of their kinds."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Record, db

Channel = Literal["app", "sms"]
APP_ONLY: tuple[Channel, ...] = ("app",)
APP_AND_SMS: tuple[Channel, ...] = ("app", "sms")
SMS_FOLDER = "notifications/sms/"
SMS_INCLUDES: dict[str, str] = {}
"""Templates by their stored names (`NotificationKind.sms_template`); each includes `sms_file`."""


class Notification(Record, db.Model):
    """A notification: one row for a person and an event.

    `type` is the name of its kind. `subject_id` is what it is about (an interest, a run, a device …), without a
    foreign key, since a notification outlives its subject. `data` has ids, times, numbers and names of states, never
    what people wrote or how they are called: its text is rendered when it is read, in the reader's language, from
    `type`, `data` and what these refer to then (`NotificationKind.words`). It is not shown after `expires_at`.
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


@dataclass(frozen=True, slots=True)
class Reference:
    """What a notification or its SMS refers to, and who reads it; `id` is that of the row or of the message."""

    id: uuid.UUID
    kind: str
    person_id: uuid.UUID | None
    actor_id: uuid.UUID | None
    subject_id: uuid.UUID
    data: Mapping[str, Any]
    by_sms: bool

    def id_in(self, key: str) -> uuid.UUID | None:
        """Return the id that `data` has under a key; None in rows that an earlier release wrote without it."""
        value = self.data.get(key)
        return uuid.UUID(value) if value else None


@dataclass(frozen=True, eq=False)
class Words:
    """The part of a notification's words that people wrote, read anew each time that it is shown or sent.

    `load` returns the values by `Reference.id`, with few statements for any number of references, and leaves out those
    whose thing is gone: `gone` has the values in their place, and an SMS about it is not sent. The value `unnamed`, if
    true, leaves out the actor's picture.
    """

    load: Callable[[Sequence[Reference]], Mapping[uuid.UUID, Mapping[str, Any]]]
    gone: Mapping[str, Any]


@dataclass(frozen=True)
class NotificationKind:
    """A kind of notification, as the `notices` module of a feature registers it.

    Its text is a template of the feature for each channel: `<feature>/notices/<name>.html` in the app, with `notice` (a
    `Notice`), and `<feature>/notices/<name>.txt` by SMS, with `data` and `to`.
    """

    name: str
    feature: str
    endpoint: str
    """The page that a notification of this kind leads to."""
    url_argument: str | None = None
    """The variable of the page's URL that takes `subject_id`, when it has one."""
    fields: tuple[str, ...] = ()
    """The keys that `data` must have: ids, times, numbers and names of states, and nothing that people wrote."""
    optional: tuple[str, ...] = ()
    """Further keys that `data` may have."""
    words: tuple[Words, ...] = ()
    """What its text takes from the things that it refers to."""
    names_actor: bool = False
    """Whether its text names the actor, as `name`: it is then not shown to people who are hidden from the actor.

    Other kinds reach them too, without the actor's picture: all who go to a run have to know that it is cancelled.
    """
    goes_unsigned: bool = False
    """Whether it is sent by SMS without the name when the actor has left or is hidden; others are then not sent."""
    anchor: str | None = None
    """The part of the page that it leads to."""
    read_on_page: bool = True
    """Whether opening the page that it leads to reads it, however the reader came there."""
    gathered_for: timedelta | None = None
    """How long SMS about one subject are gathered after the last one: they are sent as one."""
    channels: tuple[Channel, ...] = APP_ONLY
    """The channels that it has templates for, and is sent by unless `notify` names fewer."""
    grouping: str | None = None
    """The first part of the key of its events, by default the name of the kind.

    Kinds that share it report the same events, and a person is notified of each event once.
    """
    icon: str = "bell"
    """The icon that is shown when no actor's picture is."""
    tone: Literal["plain", "mine", "dawn", "stop"] = "plain"
    """The colour of the icon."""

    @property
    def app_template(self) -> str:
        """The template of its text in the app."""
        return f"{self.feature}/notices/{self.name}.html"

    @property
    def sms_file(self) -> str:
        """The template of its text by SMS."""
        return f"{self.feature}/notices/{self.name}.txt"

    @property
    def sms_template(self) -> str:
        """The name of `sms_file` in stored messages, which outlive a move of the file."""
        return f"{SMS_FOLDER}{self.name}.txt"

    def event_key(self, event: str | uuid.UUID) -> str:
        """Return the value of `Notification.event` for an event of this kind."""
        return f"{self.grouping or self.name}:{event}"

    @property
    def blanks(self) -> dict[str, str]:
        """The keys of the words, which rows have without their values: the release before reads them there."""
        names = [key for words in self.words for key in words.gone] + ["name"] * self.names_actor
        return {name: "" for name in names if name not in self.fields}

    def check_data(self, data: Mapping[str, Any]) -> None:
        """Raise ValueError if a field is missing, or for a key that is none: words are read, not stored."""
        missing = sorted(set(self.fields) - data.keys())
        if missing:
            raise ValueError(f"a notification of kind {self.name} needs {', '.join(missing)}")
        if unknown := sorted(data.keys() - {*self.fields, *self.optional}):
            raise ValueError(f"a notification of kind {self.name} does not store {', '.join(unknown)}")


class UnknownKind(LookupError):
    """No feature registers the kind of notification."""


_kinds: dict[str, NotificationKind] = {}


def register(*kinds: NotificationKind) -> None:
    """Register kinds of notification. Raise ValueError if a name is taken."""
    for kind in kinds:
        if kind.name in _kinds:
            raise ValueError(f"the notification kind {kind.name} is registered twice")
        _kinds[kind.name] = kind
        if "sms" in kind.channels:
            SMS_INCLUDES[kind.sms_template] = f'{{% include "{kind.sms_file}" %}}'


def find_kind(name: str) -> NotificationKind | None:
    """Return the kind of this name, or None if no feature registers it (any more)."""
    return _kinds.get(name)


def get_kind(name: str) -> NotificationKind:
    """Return the kind of this name. Raise UnknownKind if no feature registers it."""
    if (kind := find_kind(name)) is None:
        raise UnknownKind(f"no feature registers the notification kind {name}")
    return kind


def notification_kinds() -> tuple[NotificationKind, ...]:
    """Return all kinds, in the order of their features."""
    return tuple(_kinds.values())
