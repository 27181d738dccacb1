"""Notifications and the registry of their kinds."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from sqlalchemy import ForeignKey, Index, Select, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import Changing, Record, db
from hampa.platform.locale.i18n import lazy_gettext as _l

Channel = Literal["app", "push", "sms", "mail"]
CHANNELS: tuple[Channel, ...] = ("app", "push", "sms", "mail")
APP_ONLY: tuple[Channel, ...] = ("app",)
WITHOUT_SMS: tuple[Channel, ...] = ("app", "push", "mail")
SMS_FOLDER = "notifications/sms/"
MORE_TEMPLATE = "notifications/sms/more.txt"
MAIL_FOLDER = "notifications/mail/"
SMS_END = "notifications/sms_end.txt"
MAIL_FILE = "notifications/mail.txt"
PUSH_FOLDER = "notifications/push/"
MORE_PUSH = "notifications/push/more.txt"
PUSH_FILE = "notifications/push.txt"
TEXT_INCLUDES: dict[str, str] = {}
"""Templates of SMS, mails and pushes by the names that stored messages have; each includes the file of today."""
SOON = timedelta(hours=12)
"""What changes in a run that starts so soon does not wait for the end of quiet hours."""

TOPICS: dict[str, Any] = {
    "going": _l("Runs I go to"),
    "organising": _l("Runs I organise"),
    "people": _l("Running companions"),
    "crews": _l("My crews"),
    "following": _l("What I follow"),
    "account": _l("My account and safety"),
}
"""What the rows of the settings of notifications are about, by the names that kinds use."""


class Notification(Record, db.Model):
    """A notification: one row for a person and an event.

    `type` is the name of its kind. `subject_id` is what it is about (an interest, a run, a device …), without a
    foreign key, since a notification outlives its subject. `data` has ids, times, numbers and names of states, never
    what people wrote or how they are called: its text is rendered when it is read, in the reader's language, from
    `type`, `data` and what these refer to then (`NotificationKind.words`). It is not shown after `expires_at`, and never
    if not `in_app`: then its person wants it by other channels alone, and the row says that they heard of the event.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("event", "person_id"),
        Index("ix_notifications_person_id_created_at_id", "person_id", "created_at", "id"),
        Index("ix_notifications_unread", "person_id", postgresql_where="read_at IS NULL"),
        Index("ix_notifications_actor_id", "actor_id", postgresql_where="actor_id IS NOT NULL"),
        Index("ix_notifications_created_at", "created_at"),
        Index("ix_notifications_person_id_subject_id_type", "person_id", "subject_id", "type"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    type: Mapped[str]
    actor_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    subject_id: Mapped[uuid.UUID]
    data: Mapped[dict[str, Any]]
    event: Mapped[str]
    read_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    in_app: Mapped[bool] = mapped_column(default=True, server_default="true")


class NotificationChoices(Record, Changing, db.Model):
    """What a person chose about channels, one row a person who chose anything.

    `choices` has, by the name of the row in the settings (`NotificationKind.row`) and the channel, whether it is wanted,
    only where that differs from the default. `weekly_summary` is whether they want a mail about their week.
    """

    __tablename__ = "notification_choices"
    __table_args__ = (Index("ix_notification_choices_weekly_summary", "person_id", postgresql_where="weekly_summary"),)

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), unique=True)
    choices: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    weekly_summary: Mapped[bool] = mapped_column(default=False, server_default="false")


class Mute(Record, db.Model):
    """A run, a series or a conversation of which a person hears in the app alone.

    `subject_kind` is a name of `mutable_subjects`. There is no foreign key to the subject, which may be of any kind.
    """

    __tablename__ = "mutes"
    __table_args__ = (UniqueConstraint("person_id", "subject_kind", "subject_id"),)

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    subject_kind: Mapped[str]
    subject_id: Mapped[uuid.UUID]


class SmsStop(Record, db.Model):
    """A phone number whose holder asked for no more SMS about notifications, as a keyed hash.

    It belongs to the number and not to an account: it outlives the account's deletion, and holds for the next one with
    that number, until the holder undoes it.
    """

    __tablename__ = "sms_stops"

    number_hash: Mapped[str] = mapped_column(unique=True)


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
    channels: tuple[Channel, ...] = WITHOUT_SMS
    """The channels that it can be sent by. It has a template of its own for SMS; mail and push have the app's words."""
    defaults: tuple[Channel, ...] = ("push",)
    """The channels that it is sent by, besides the app, unless the person or `notify` says otherwise."""
    sms_without_push: bool = False
    """Whether it goes by SMS, by default, to people whom no push reaches, and to nobody else."""
    always: tuple[Channel, ...] = ()
    """The channels that nobody can turn off."""
    passes_quiet: Literal["never", "soon", "always"] = "never"
    """Whether quiet hours hold it back: not `soon` if `data["starts_at"]` is less than `SOON` away."""
    passes_mute: Callable[[Mapping[str, Any]], bool] | None = None
    """Whether it reaches, by its data, people who muted what it is about, if that starts soon."""
    mute_as: str | None = None
    """What its subject is for those who mute it ("run", "series", "conversation"); None: it can't be muted."""
    topic: str = "account"
    """The heading, in `TOPICS`, of its row in the settings."""
    label: Any = ""
    """The words of its row in the settings."""
    setting: str | None = None
    """The name of the kind whose row in the settings is also that of this kind; None: it has its own."""
    switch: str | None = None
    """The column of `Person` that says whether it is wanted at all; it is false if no channel is."""
    bulk: bool = False
    """Whether somebody sends it to many at once: it goes after other messages, and waits when the day's budget is used."""
    grouping: str | None = None
    """The first part of the key of its events, by default the name of the kind.

    Kinds that share it report the same events, and a person is notified of each event once.
    """
    says_how_to_stop: bool = True
    """Whether its SMS say now and then how to get no more; not where somebody was told before how long they are."""
    grouped_by: tuple[str, ...] | None = None
    """Keys of `data`: notifications about one subject with equal values are shown as one (`Notice.others`), and count
    once; None: each is shown by itself."""
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

    @property
    def mail_template(self) -> str:
        """The name of its mail in stored messages."""
        return f"{MAIL_FOLDER}{self.name}.txt"

    @property
    def push_template(self) -> str:
        """The name of its text on devices in stored messages."""
        return f"{PUSH_FOLDER}{self.name}.txt"

    @property
    def row(self) -> str:
        """The name of its row in the settings."""
        return self.setting or self.name

    def is_urgent(self, data: Mapping[str, Any]) -> bool:
        """Return whether quiet hours do not hold a notification with this data back."""
        return self.passes_quiet == "always" or (self.passes_quiet == "soon" and starts_soon(data))

    def is_heard_though_muted(self, data: Mapping[str, Any]) -> bool:
        """Return whether it reaches people who muted its subject."""
        return self.mute_as is None or (self.passes_mute is not None and starts_soon(data) and self.passes_mute(data))

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


def starts_soon(data: Mapping[str, Any]) -> bool:
    """Return whether the run of a notification starts within `SOON`."""
    starts_at = data.get("starts_at")
    return bool(starts_at) and datetime.fromisoformat(str(starts_at)) - clock.now() < SOON


class SendMany(Protocol):
    """A function that writes the messages of one channel about an event: rows of the outbox, in this transaction.

    `people` is a SELECT of the ids of people, or a list of ids, who are active, want the kind by this channel, and did
    not mute what it is about. It takes few statements for any number of people, and loads none of them. A message is due
    at `queries.quiet.due_at(kind, data)` and has a key that begins with `key`.
    """

    def __call__(
        self,
        people: Select[Any] | Sequence[uuid.UUID],
        kind: NotificationKind,
        data: Mapping[str, Any],
        *,
        key: str,
        subject_id: uuid.UUID,
        actor_id: uuid.UUID | None,
        expires_at: datetime | None,
    ) -> object:
        """Write the messages."""


@dataclass(frozen=True)
class ChannelSender:
    """A channel besides the app: how it sends, and a SELECT of the ids of people who have an address for it at a time.

    The time is a parameter in statements that are built once.
    """

    name: Channel
    send_many: SendMany
    reaches: Callable[[Any], Select[Any]]


_senders: dict[Channel, ChannelSender] = {}


def register_channel(name: Channel, send_many: SendMany, *, reaches: Callable[[Any], Select[Any]]) -> None:
    """Register how a channel sends; `reaches` returns a SELECT of the ids of people who have an address for it then."""
    _senders[name] = ChannelSender(name, send_many, reaches)


def channel_senders() -> tuple[ChannelSender, ...]:
    """Return the channels besides the app, in the order of `CHANNELS`."""
    return tuple(_senders[name] for name in CHANNELS if name in _senders)


@dataclass(frozen=True)
class MutableSubject:
    """A sort of things that can be muted, as the `notices` module of their feature registers it.

    `titles` returns those of the subjects that a person may see, by id; `endpoint` is the page of one. `part_of` returns
    a SELECT of the kind and the id of what a subject is part of: who mutes that, mutes the subject.
    """

    name: str
    titles: Callable[[Person, Sequence[uuid.UUID]], Mapping[uuid.UUID, str]]
    endpoint: str
    url_argument: str
    part_of: Callable[[uuid.UUID], Select[*tuple[Any, ...]]] | None = None


mutable_subjects: dict[str, MutableSubject] = {}


def register_mutable(*subjects: MutableSubject) -> None:
    """Register sorts of things that can be muted."""
    mutable_subjects.update({subject.name: subject for subject in subjects})


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
            TEXT_INCLUDES[kind.sms_template] = f'{{% include "{kind.sms_file}" %}}{{% include "{SMS_END}" %}}'
        if "mail" in kind.channels:
            TEXT_INCLUDES[kind.mail_template] = (
                f'{{% set template = "{kind.app_template}" %}}{{% include "{MAIL_FILE}" %}}'
            )
        if "push" in kind.channels:
            TEXT_INCLUDES[kind.push_template] = (
                f'{{% set template = "{kind.app_template}" %}}{{% include "{PUSH_FILE}" %}}'
            )


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
