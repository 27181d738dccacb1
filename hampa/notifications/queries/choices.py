"""Which channels people want for a kind of notification, in SQL for any number of people and for the settings of one."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, true

from hampa.notifications.models import (
    CHANNELS,
    TOPICS,
    Channel,
    ChannelSender,
    NotificationChoices,
    NotificationKind,
    SmsStop,
    channel_senders,
    notification_kinds,
)
from hampa.notifications.queries.mutes import has_muted
from hampa.notifications.queries.stops import hashes_of_number
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.statements import built_once, is_one_of

MOST_SETTINGS = 500
"""Settings that are kept for those who have the same."""


def wants(kind: NotificationKind, channel: Channel) -> ColumnElement[bool]:
    """Return the condition that a `Person` wants a kind of notification by a channel.

    It does not say whether the person has an address for it.
    """
    if channel in kind.always:
        return true()
    chosen = _chose(kind.row, channel, wanted=True)
    if kind.sms_without_push and channel == "sms":
        return or_(chosen, and_(~_chose(kind.row, channel, wanted=False), ~_gets_push(kind)))
    return ~_chose(kind.row, channel, wanted=False) if is_default(kind, channel) else chosen


def is_default(kind: NotificationKind, channel: Channel) -> bool:
    """Return whether a kind goes by a channel to people who chose nothing and whom the channel reaches."""
    return channel == "app" or channel in kind.defaults or channel in kind.always


def _chose(row: str, channel: Channel, *, wanted: bool) -> ColumnElement[bool]:
    chosen = NotificationChoices.choices.contains({row: {channel: wanted}})
    return exists().where(NotificationChoices.person_id == Person.id, chosen).correlate(Person)


def _gets_push(kind: NotificationKind) -> ColumnElement[bool]:
    sender = next((one for one in channel_senders() if one.name == "push"), None)
    return and_(Person.id.in_(sender.reaches(clock.now())), wants(kind, "push")) if sender else ~true()


@dataclass(frozen=True, slots=True)
class Told:
    """What people are told of by channels besides the app: a kind, its subject and its data."""

    kind: NotificationKind
    subject_id: uuid.UUID
    data: Mapping[str, Any]

    def gets(self, sender: ChannelSender) -> ColumnElement[bool]:
        """Return the condition that a `Person` gets it by a channel: it reaches them, and they want it by it."""
        conditions = Person.id.in_(sender.reaches(clock.now())), wants(self.kind, sender.name)
        return and_(*conditions, ~has_muted(self.kind, self.subject_id, self.data))


def who_gets(people: Sequence[uuid.UUID], told: Told, senders: Sequence[ChannelSender]) -> Select[*tuple[Any, ...]]:
    """Return a SELECT of people's ids, and for each channel whether they get by it what they are told of."""
    columns = [told.gets(sender).label(sender.name) for sender in senders]
    return select(Person.id, *columns).where(Person.id.in_(people))


def people_who_get(people: Select[Any], told: Told, sender: ChannelSender) -> Select[Any]:
    """Return a SELECT of the ids of those of the people who get by a channel what they are told of."""
    return select(Person.id).where(Person.id.in_(people), told.gets(sender))


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the settings: whether the row goes by the channel, and why that can't be changed."""

    channel: Channel
    is_on: bool
    fixed: str = ""
    """"always" if nobody can turn it off, "never" if it is not sent by this channel, else ""."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the settings: one or more kinds that are chosen together, and their cells."""

    name: str
    label: Any
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Settings:
    """The words and the name of each topic with its rows, in the order of `TOPICS`.

    They are equal to nothing else, so that a part of a page is found by them without a look at hundreds of cells.
    """

    topics: tuple[tuple[Any, str, tuple[Row, ...]], ...]


@cache
def rows() -> Mapping[str, NotificationKind]:
    """Return the kind that describes each row of the settings, by the name of the row; what matters most comes first."""
    kinds = [kind for kind in notification_kinds() if kind.setting is None and kind.label]
    return {kind.name: kind for kind in sorted(kinds, key=lambda kind: -len({*kind.defaults, *kind.always}))}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a person chose that differs from the defaults, by row and channel, and the channels that reach them.

    `sms_stopped` is whether their number asked for no more SMS.
    """

    choices: Mapping[str, Mapping[str, bool]]
    weekly_summary: bool
    reached: frozenset[str]
    sms_stopped: bool


def chosen_by(person: Person) -> Chosen:
    """Return what a person chose, in one statement."""
    values = person.id, hashes_of_number(person.phone), clock.now()
    choices, weekly_summary, sms_stopped, *reached = _chosen_by(*values, channels=channel_senders()).one()
    names = [sender.name for sender in channel_senders()]
    return Chosen(
        choices or {},
        bool(weekly_summary),
        frozenset(name for name, is_reached in zip(names, reached, strict=True) if is_reached),
        sms_stopped,
    )


@built_once
def _chosen_by(
    person_id: uuid.UUID, number_hashes: list[str], now: datetime, *, channels: tuple[ChannelSender, ...]
) -> Select[*tuple[Any, ...]]:
    reached = [Person.id.in_(channel.reaches(now)).label(channel.name) for channel in channels]
    return (
        select(
            NotificationChoices.choices,
            NotificationChoices.weekly_summary,
            exists().where(is_one_of(SmsStop.number_hash, number_hashes)).label("sms_stopped"),
            *reached,
        )
        .select_from(Person)
        .outerjoin(NotificationChoices, NotificationChoices.person_id == Person.id)
        .where(Person.id == person_id)
    )


def default_of(kind: NotificationKind, channel: Channel, chosen: Mapping[str, bool], reached: frozenset[str]) -> bool:
    """Return what a cell is if the person did not choose it; `chosen` is what they chose in the same row."""
    if kind.sms_without_push and channel == "sms":
        return "push" not in reached or not chosen.get("push", is_default(kind, "push"))
    return is_default(kind, channel)


def settings_of(person: Person, stored: Chosen) -> Settings:
    """Return the settings of a person: one object for all who chose the same and are reached by the same channels."""
    choices = tuple(sorted((name, tuple(sorted(chosen.items()))) for name, chosen in stored.choices.items()))
    switches = {kind.switch for kind in rows().values() if kind.switch is not None}
    return _settings(choices, stored.reached, frozenset(name for name in switches if not getattr(person, name)))


@lru_cache(MOST_SETTINGS)
def _settings(
    choices: tuple[tuple[str, tuple[tuple[str, bool], ...]], ...], reached: frozenset[str], off: frozenset[str]
) -> Settings:
    chosen = {name: dict(channels) for name, channels in choices}
    topics = {topic: list[Row]() for topic in TOPICS}
    for name, kind in rows().items():
        is_off = kind.switch in off
        cells = tuple(_cell(kind, channel, chosen.get(name, {}), reached, is_off=is_off) for channel in CHANNELS)
        topics[kind.topic].append(Row(name, kind.label, cells))
    return Settings(tuple((TOPICS[topic], topic, tuple(listed)) for topic, listed in topics.items() if listed))


def _cell(
    kind: NotificationKind, channel: Channel, chosen: Mapping[str, bool], reached: frozenset[str], *, is_off: bool
) -> Cell:
    if channel in kind.always:
        return Cell(channel, is_on=True, fixed="always")
    if channel not in kind.channels:
        return Cell(channel, is_on=False, fixed="never")
    is_on = chosen.get(channel, default_of(kind, channel, chosen, reached))
    return Cell(channel, is_on=is_on and not is_off)
