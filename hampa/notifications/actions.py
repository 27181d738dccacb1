"""Notifying people; reading and deleting notifications."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Update, delete, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB, Insert, insert
from sqlalchemy.sql.dml import ReturningInsert

from hampa.notifications.models import SMS_FOLDER, Channel, Notification, NotificationKind, get_kind, notification_kinds
from hampa.outbox.actions import send_sms_many
from hampa.outbox.models import OutboxMessage
from hampa.people.models import Person
from hampa.people.queries import hidden_from
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.jobs import enqueue
from hampa.platform.live import publish_to_people
from hampa.platform.statements import built_once, is_one_of

KEEP_READ, KEEP = timedelta(days=90), timedelta(days=365)


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
    are those of the kind, or fewer; an SMS goes only to people whom this call has notified in the app and to whom
    `send_sms_many` sends, and to none of `without_sms`. `personal_sms_data`, a SELECT of `person_id` and `data`, adds to
    the data of each person's SMS. One statement for any number of people, two with SMS, three if these are gathered; no
    person is loaded. For people given by their ids these are built once: they are few, and what tells them is frequent.

    Raise UnknownKind, and ValueError for a missing field or a channel that the kind has no template for.
    """
    definition = get_kind(kind)
    definition.check_data(data)
    channels = definition.channels if channels is None else channels
    if not set(channels) <= set(definition.channels):
        raise ValueError(f"a notification of kind {kind} has words for {definition.channels}, not for {channels}")
    key, now = definition.event_key(event), clock.now()
    stored = {**definition.blanks, **data}
    values = {
        "type": kind,
        "actor_id": actor_id,
        "subject_id": subject_id,
        "data": stored,
        "event": key,
        "expires_at": expires_at,
        "created_at": now,
    }
    notified: Select[Any] | list[uuid.UUID]
    if isinstance(recipients, Select):
        count = _insert(_addressees(recipients, definition, actor_id), values)
        if count:
            enqueue("notifications.tell_pages", event=key, created_at=now)
        notified = select(Notification.person_id).where(
            Notification.event == key, Notification.created_at == now, Notification.person_id.not_in(without_sms)
        )
    else:
        told = _insert_for(
            *(list(recipients), kind, actor_id, subject_id, stored, key, expires_at, now),
            has_actor=actor_id is not None,
            names_actor=definition.names_actor,
        ).scalars()
        everybody = list(told)
        publish_to_people(everybody, "notices")
        count, notified = len(everybody), [person_id for person_id in everybody if person_id not in without_sms]
    if "sms" in channels and count and notified != []:
        send_sms_many(
            notified,
            definition.sms_template,
            {**stored, "subject": str(subject_id), "since": now.isoformat()},
            purpose=kind,
            key=key,
            expires_at=expires_at,
            personal_data=personal_sms_data,
            actor_id=actor_id,
            gathered_for=definition.gathered_for,
        )
    return count


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
        "read_at": None,
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


def _insert(addressees: Select[Any], values: dict[str, Any]) -> int:
    columns = {name: literal(value, getattr(Notification, name).type) for name, value in values.items()}
    result = db.session.execute(_insertion(addressees, columns), execution_options={"preserve_rowcount": True})
    return int(result.rowcount)  # type: ignore[attr-defined]


@built_once
def _insert_for(
    people: list[uuid.UUID],
    of_kind: str,
    actor: uuid.UUID | None,
    subject: uuid.UUID,
    fields: dict[str, Any],
    of_event: str,
    until: datetime | None,
    now: datetime,
    *,
    has_actor: bool,
    names_actor: bool,
) -> ReturningInsert[Any]:
    """Build the statement that notifies people by their ids, and returns the ids of those who did not know yet."""
    addressees = select(Person.id).where(is_one_of(Person.id, people), Person.state == "active")
    if has_actor:
        addressees = _without_actor(addressees, actor, names_actor=names_actor)
    columns = {
        "type": of_kind,
        "actor_id": actor,
        "subject_id": subject,
        "data": fields,
        "event": of_event,
        "expires_at": until,
        "created_at": now,
    }
    return _insertion(addressees, columns).returning(Notification.__table__.c.person_id)


def _insertion(addressees: Select[Any], columns: Mapping[str, Any]) -> Insert:
    # The id is made in the database, where only version 4 exists from PostgreSQL 15 on; lists go by created_at.
    rows = addressees.add_columns(func.gen_random_uuid(), *columns.values())
    statement = insert(Notification.__table__).from_select(["person_id", "id", *columns], rows, include_defaults=False)
    return statement.on_conflict_do_nothing()


def mark_read(notification: Notification) -> None:
    """Mark a notification as read now, unless it was read before."""
    if notification.read_at is None:
        notification.read_at = clock.now()
        publish_to_people([notification.person_id], "notices")


def mark_all_read(person: Person) -> None:
    """Mark all notifications of a person as read."""
    publish_to_people([person.id], "notices")
    _mark_read(Notification.person_id == person.id, Notification.read_at.is_(None))


def read_about(
    people: Iterable[uuid.UUID] | Select[Any],
    subject_id: uuid.UUID,
    *,
    kinds: Collection[str] | None = None,
    actor_ids: Collection[uuid.UUID] | None = None,
) -> None:
    """Mark people's notifications about a subject as read, because they acted on it or opened it.

    With `kinds` only these, with `actor_ids` only those of what these people did. One statement.
    """
    if not isinstance(people, Select) and kinds is None and actor_ids is None:
        _read_all_about(list(people), subject_id, clock.now())
        return
    conditions = [
        Notification.person_id.in_(people if isinstance(people, Select) else list(people)),
        Notification.subject_id == subject_id,
        Notification.read_at.is_(None),
    ]
    if kinds is not None:
        conditions.append(Notification.type.in_(kinds))
    if actor_ids is not None:
        conditions.append(Notification.actor_id.in_(actor_ids))
    _mark_read(*conditions)


@built_once
def _read_all_about(people: list[uuid.UUID], about: uuid.UUID, now: datetime) -> Update:
    """Build what `read_about` does in most actions."""
    statement = update(Notification).where(
        is_one_of(Notification.person_id, people), Notification.subject_id == about, Notification.read_at.is_(None)
    )
    return statement.values(read_at=now).execution_options(synchronize_session=False)


def read_kinds(person: Person, kinds: Collection[str], subject_id: uuid.UUID | None) -> None:
    """Mark a person's notifications of some kinds as read, all or those about a subject."""
    about = [] if subject_id is None else [Notification.subject_id == subject_id]
    _mark_read(
        Notification.person_id == person.id, Notification.type.in_(kinds), Notification.read_at.is_(None), *about
    )


def _mark_read(*conditions: ColumnElement[bool]) -> None:
    statement = update(Notification).where(*conditions).values(read_at=clock.now())
    db.session.execute(statement.execution_options(synchronize_session=False))


def redirect_notification(person_id: uuid.UUID, kind: str, event: str | uuid.UUID, subject_id: uuid.UUID) -> None:
    """Have the notification that a person had of an event refer to another subject, read or not as it is."""
    statement = update(Notification).where(
        Notification.event == get_kind(kind).event_key(event), Notification.person_id == person_id
    )
    db.session.execute(statement.values(subject_id=subject_id).execution_options(synchronize_session=False))


def blank_words(batch: int = 5_000) -> int:
    """Empty the words that an earlier release stored, and return in how many notifications and SMS that were sent.

    These are at most `batch` of each kind, and as many SMS: they have no `subject`, and no text in exports any more.
    """
    count = _empty_sent_sms(batch)
    for kind in notification_kinds():
        if blanks := kind.blanks:
            stored = or_(*(func.coalesce(Notification.data[key].astext, "") != "" for key in blanks))
            rows = select(Notification.id).where(Notification.type == kind.name, stored).limit(batch)
            statement = update(Notification).where(Notification.id.in_(rows))
            result = db.session.execute(
                statement.values(data=Notification.data.concat(literal(blanks, JSONB))).execution_options(
                    synchronize_session=False
                )
            )
            count += int(result.rowcount)  # type: ignore[attr-defined]
    return count


def _empty_sent_sms(batch: int) -> int:
    """Empty the data of SMS that an earlier release wrote; those that may still be sent are left alone."""
    stored = select(OutboxMessage.id).where(
        OutboxMessage.template.startswith(SMS_FOLDER, autoescape=True),
        OutboxMessage.status.in_(("sent", "expired")),
        ~OutboxMessage.data.has_key("subject"),
        OutboxMessage.data != literal({}, JSONB),
    )
    statement = update(OutboxMessage).where(OutboxMessage.id.in_(stored.limit(batch))).values(data={})
    result = db.session.execute(statement.execution_options(synchronize_session=False))
    return int(result.rowcount)  # type: ignore[attr-defined]


def delete_notification(notification: Notification) -> None:
    """Delete a notification."""
    publish_to_people([notification.person_id], "notices")
    db.session.delete(notification)


def delete_old_notifications(batch: int = 5_000) -> int:
    """Delete at most `batch` notifications read 90 days ago or a year old, and return how many were deleted."""
    now = clock.now()
    is_old = or_(Notification.created_at < now - KEEP, Notification.read_at < now - KEEP_READ)
    old = select(Notification.id).where(is_old).limit(batch)
    result = db.session.execute(
        delete(Notification).where(Notification.id.in_(old)).execution_options(synchronize_session=False)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]
