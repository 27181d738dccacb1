"""Notifying people: rows under the bell, and messages by the channels that each of them wants."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB, Insert, insert
from sqlalchemy.sql.dml import ReturningInsert

from hampa.notifications.models import Channel, ChannelSender, Notification, NotificationKind, channel_senders, get_kind
from hampa.notifications.queries.choices import Told, people_who_get, wants, who_gets
from hampa.people.models import Person
from hampa.people.queries import hidden_from
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.jobs import enqueue
from hampa.platform.live import publish_to_people
from hampa.platform.statements import built_once, is_one_of

People = Select[Any] | Sequence[uuid.UUID]


@dataclass(frozen=True, slots=True)
class _Entry:
    """The columns in which the notifications of one event to many people are alike."""

    actor_id: uuid.UUID | None
    subject_id: uuid.UUID
    data: dict[str, Any]
    event: str
    expires_at: datetime | None
    created_at: datetime

    def columns(self) -> dict[str, Any]:
        """Return the values by the names of their columns."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def notify(
    recipients: Iterable[uuid.UUID] | Select[Any],
    kind: str,
    *,
    actor_id: uuid.UUID | None = None,
    subject_id: uuid.UUID,
    data: Mapping[str, Any],
    event: str | uuid.UUID,
    channels: Collection[Channel] | None = None,
    expires_at: datetime | None = None,
    personal_sms_data: Select[Any] | None = None,
    without_sms: Collection[uuid.UUID] = (),
) -> int:
    """Notify people, given by their ids or by a SELECT of ids, and return how many did not know of the event yet.

    `event` identifies the event: a person is notified once of each event of a kind (see `NotificationKind.grouping`).
    Left out are the actor, accounts that are not active and, if the kind names the actor, people who are hidden from
    the actor. `data` has the fields of the kind, and no words: these are read when they are shown or sent. `channels`
    are those of the kind, or fewer; each gets those of the people whom this call has notified who want the kind by it,
    whom it reaches, and who did not mute what it is about; SMS none of `without_sms`. `personal_sms_data`, a SELECT of
    `person_id` and `data`, adds to the data of each person's SMS. One statement for any number of people and one for
    each channel, with one more for SMS that are gathered; no person is loaded. For people given by their ids one
    statement says who wants which channel, and channels that nobody wants cost none.

    Raise UnknownKind, and ValueError for a missing field or a channel that the kind can't be sent by.
    """
    definition = get_kind(kind)
    definition.check_data(data)
    stored = {**definition.blanks, **data}
    entry = _Entry(actor_id, subject_id, stored, definition.event_key(event), expires_at, clock.now())
    heard = Told(definition, subject_id, stored)
    senders = _senders(definition, channels)
    groups: Mapping[Channel, People]
    if isinstance(recipients, Select):
        count = _notify_selected(recipients, definition, entry)
        notified = select(Notification.person_id)
        notified = notified.where(Notification.event == entry.event, Notification.created_at == entry.created_at)
        groups = {sender.name: people_who_get(notified, heard, sender) for sender in senders}
    else:
        told = _insert_for(list(recipients), entry, kind=kind, has_actor=actor_id is not None).scalars().all()
        publish_to_people(told, "notices")
        count, groups = len(told), _groups(told, heard, senders)
    for sender in senders if count else ():
        people, more = groups[sender.name], dict[str, Any]()
        if sender.name == "sms":
            people = _without(people, without_sms)
            more = {"personal_data": personal_sms_data, "since": entry.created_at}
        _send(sender, people, definition, entry, more)
    return count


def _senders(kind: NotificationKind, channels: Collection[Channel] | None) -> list[ChannelSender]:
    """Return those of the channels of a kind, or of fewer. Raise ValueError for one that the kind has no words for."""
    chosen = kind.channels if channels is None else channels
    if not set(chosen) <= set(kind.channels):
        raise ValueError(f"a notification of kind {kind.name} has words for {kind.channels}, not for {chosen}")
    return [sender for sender in channel_senders() if sender.name in chosen]


def _send(
    sender: ChannelSender, people: People, kind: NotificationKind, entry: _Entry, more: Mapping[str, Any]
) -> None:
    """Send what happened to some people by a channel; `more` is what only this channel takes."""
    if isinstance(people, Select) or people:
        sender.send_many(
            *(people, kind, entry.data),
            key=entry.event,
            subject_id=entry.subject_id,
            actor_id=entry.actor_id,
            expires_at=entry.expires_at,
            **more,
        )


def _groups(
    people: Sequence[uuid.UUID], heard: Told, senders: Sequence[ChannelSender]
) -> dict[Channel, Sequence[uuid.UUID]]:
    """Return the ids of those of the people who get by each channel what they are told of."""
    if not people or not senders:
        return {sender.name: () for sender in senders}
    rows = db.session.execute(who_gets(people, heard, senders)).all()
    return {sender.name: [row.id for row in rows if getattr(row, sender.name)] for sender in senders}


def _without(people: People, others: Collection[uuid.UUID]) -> People:
    if isinstance(people, Select):
        return people.where(Person.id.not_in(others)) if others else people
    return [person_id for person_id in people if person_id not in others]


def tell_pages(
    event: str, created_at: datetime, after: uuid.UUID | None = None, batch: int = 5_000
) -> uuid.UUID | None:
    """Tell the open pages of at most `batch` people whom a call of `notify` has notified; return the last of them.

    The people come in the order of their ids, those after `after`; None is returned at the end.
    """
    notified = select(Notification.person_id).where(Notification.event == event, Notification.created_at == created_at)
    if after is not None:
        notified = notified.where(Notification.person_id > after)
    ids = db.session.scalars(notified.order_by(Notification.person_id).limit(batch)).all()
    publish_to_people(ids, "notices")
    return ids[-1] if ids else None


def extend_notifications(
    people: Collection[uuid.UUID],
    kind: str,
    *,
    event: str | uuid.UUID,
    key: str,
    values: Sequence[str],
    most: int,
    expires_at: datetime,
) -> int:
    """Add values to the list under a key of the notifications that people have of an event; return how many changed.

    They become notifications of this kind, whose grouping they share and which names no actor, unread and new.
    Notifications that have the values already, or `most` values, stay as they are. One statement.
    """
    definition, listed = get_kind(kind), Notification.data[key]
    added = literal(list(values), JSONB)
    statement = update(Notification).where(
        Notification.event == definition.event_key(event),
        Notification.person_id.in_(people),
        ~listed.contains(added),
        func.jsonb_array_length(listed) < most,
    )
    changes = {
        "type": kind,
        "actor_id": None,
        "data": Notification.data.concat(func.jsonb_build_object(key, listed.concat(added))),
        "expires_at": func.greatest(Notification.expires_at, expires_at),
        "read_at": case((Notification.in_app, None), else_=Notification.read_at),
        "created_at": clock.now(),
    }
    result = db.session.execute(statement.values(changes).execution_options(synchronize_session=False))
    return int(result.rowcount)  # type: ignore[attr-defined]


def _addressees(recipients: Select[Any], kind: NotificationKind, actor_id: uuid.UUID | None) -> Select[Any]:
    addressees = select(Person.id).where(Person.id.in_(recipients), Person.state == "active")
    return _without_actor(addressees, actor_id, names_actor=kind.names_actor) if actor_id else addressees


def _without_actor(addressees: Select[Any], actor_id: Any, *, names_actor: bool) -> Select[Any]:
    """Leave out the actor and, if they are named, people who are hidden from them."""
    addressees = addressees.where(Person.id != actor_id)
    return addressees.where(Person.id.not_in(hidden_from(actor_id))) if names_actor else addressees


def _notify_selected(recipients: Select[Any], kind: NotificationKind, entry: _Entry) -> int:
    """Notify people whom a SELECT finds, and return how many; a job tells their open pages."""
    values = {"type": kind.name, **entry.columns()}
    columns = {name: literal(value, getattr(Notification, name).type) for name, value in values.items()}
    statement = _insertion(_addressees(recipients, kind, entry.actor_id), kind, columns)
    result = db.session.execute(statement, execution_options={"preserve_rowcount": True})
    count = int(result.rowcount)  # type: ignore[attr-defined]
    if count:
        enqueue("notifications.tell_pages", event=entry.event, created_at=entry.created_at)
    return count


@built_once
def _insert_for(people: list[uuid.UUID], entry: _Entry, *, kind: str, has_actor: bool) -> ReturningInsert[Any]:
    """Build the statement that notifies people by their ids, and returns the ids of those who did not know yet."""
    definition = get_kind(kind)
    addressees = select(Person.id).where(is_one_of(Person.id, people), Person.state == "active")
    if has_actor:
        addressees = _without_actor(addressees, entry.actor_id, names_actor=definition.names_actor)
    columns = {"type": literal(kind), **entry.columns()}
    return _insertion(addressees, definition, columns).returning(Notification.__table__.c.person_id)


def _insertion(addressees: Select[Any], kind: NotificationKind, columns: Mapping[str, Any]) -> Insert:
    in_app = wants(kind, "app")
    # The id is made in the database, where only version 4 exists from PostgreSQL 15 on; lists go by created_at.
    values = {"id": func.gen_random_uuid(), "in_app": in_app, "read_at": case((~in_app, columns["created_at"]))}
    values |= columns
    rows = addressees.add_columns(*values.values())
    statement = insert(Notification.__table__).from_select(["person_id", *values], rows, include_defaults=False)
    return statement.on_conflict_do_nothing()
