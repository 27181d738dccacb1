"""Notifications of a person, and how many are unread."""

import logging
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    ScalarSelect,
    Select,
    Text,
    and_,
    any_,
    exists,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
)

from hampa.notifications.models import (
    SMS_FOLDER,
    Notification,
    NotificationKind,
    Reference,
    Words,
    find_kind,
    get_kind,
    notification_kinds,
)
from hampa.outbox.models import OutboxMessage, read_data_with
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.people.queries import (
    PersonSummary,
    has_no_blocks,
    hidden_from,
    hidden_ids,
    hidden_pairs,
    is_none_of,
    names_people,
    summary_columns,
)
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.statements import built_once
from hampa.platform.texts.cleaning import DELETED_NAME
from hampa.platform.web.paging import Page, decode

PAGE = 30
MOST_COUNTED = 100
"""The bell shows "99+" from here on, so that no page counts months of notifications."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification in a list, `data` with its words.

    `actor` is None if there is none, the reader may not see that person, or the words leave them out.
    """

    id: uuid.UUID
    kind: NotificationKind
    data: dict[str, Any]
    actor: PersonSummary | None
    unread: bool
    created_at: datetime


@names_people
def is_named_by_notifications(viewer: Person | None) -> ColumnElement[bool]:
    """Return the condition that a `Person` did something that the viewer was notified of."""
    if viewer is None:
        return false()
    return exists().where(Notification.person_id == viewer.id, Notification.actor_id == Person.id)


def unread_count(person: Person) -> int:
    """Return how many notifications the person has not opened, up to `MOST_COUNTED`."""
    (count,) = _unread_count(person.id, hidden_ids(person), clock.now()).one()
    return int(count)


@built_once
def _unread_count(person_id: uuid.UUID, hidden: list[uuid.UUID], now: datetime) -> Any:
    return select(count_of_unread(person_id, hidden, now))


def count_of_unread(person_id: Any, hidden: Any, now: Any) -> ScalarSelect[int]:
    """Return the number of `unread_count` as part of another statement.

    The person, the array of ids that are hidden from them and the time are columns or parameters.
    """
    anonymous = (kind for kind in notification_kinds() if not kind.names_actor)
    unread: Select[Any] = (
        select(literal_column("1"))
        .where(
            _is_of(notification_kinds()),
            Notification.person_id == person_id,
            Notification.read_at.is_(None),
            or_(Notification.expires_at.is_(None), Notification.expires_at > now),
            or_(Notification.actor_id.is_(None), is_none_of(Notification.actor_id, hidden), _is_of(anonymous)),
        )
        .correlate_except(Notification)
        .limit(literal_column(str(MOST_COUNTED)))
    )
    return select(func.count()).select_from(unread.subquery()).scalar_subquery()


def notifications_of(person: Person, after: str | None = None) -> Page[Notice]:
    """Return a page of the person's notifications, the newest first.

    One statement for the page, and one for each sort of thing that its words come from. Rows whose kind no feature
    registers any more are passed over.
    """
    actor_shown = [Person.state == "active"]
    if not has_no_blocks(person):
        actor_shown.append(Notification.actor_id.not_in(hidden_from(person.id)))
    statement = (
        select(
            Notification.id,
            Notification.type,
            Notification.actor_id,
            Notification.subject_id,
            Notification.data,
            summary_columns("actor"),
            Notification.read_at,
            Notification.created_at,
        )
        .outerjoin(Person, and_(Person.id == Notification.actor_id, *actor_shown))
        .where(Notification.person_id == person.id, *_shown_to(person))
        .order_by(Notification.created_at.desc(), Notification.id.desc())
        .limit(PAGE + 1)
    )
    cursor = decode(after, datetime, uuid.UUID)
    if cursor:
        key = tuple_(Notification.created_at, Notification.id)
        statement = statement.where(key < tuple_(*map(literal, cursor)))
    rows = Page.of(db.session.execute(statement).all(), PAGE, lambda row: (row.created_at, row.id))
    known = [(row, kind) for row in rows.items if (kind := _kind_or_log(row.id, row.type)) is not None]
    data = _data_of(person, known)
    notices = []
    for row, kind in known:
        words = data[row.id]
        actor = None if words.get("unnamed") else row.actor
        notices.append(Notice(row.id, kind, words, actor, row.read_at is None, row.created_at))
    return Page(notices, rows.next)


def _data_of(person: Person, rows: Sequence[tuple[Any, NotificationKind]]) -> dict[uuid.UUID, dict[str, Any]]:
    """Return the data of a person's notifications with their words; rows have `actor`, a `PersonSummary` or None."""
    references = [
        Reference(row.id, row.type, person.id, row.actor_id, row.subject_id, row.data, by_sms=False)
        for row, _kind in rows
    ]
    words = read_words(references)
    data = {}
    for row, kind in rows:
        # Somebody who is not active any more is no actor that a page shows.
        nobody = DELETED_NAME if row.actor_id else ""
        name = {"name": row.actor.name if row.actor else nobody} if kind.names_actor else {}
        data[row.id] = {**row.data, **name, **words[row.id].values}
    return data


class ReadWords(NamedTuple):
    """The words of a notification, and whether all things that it refers to are still there."""

    values: dict[str, Any]
    is_whole: bool


def read_words(references: Sequence[Reference]) -> dict[uuid.UUID, ReadWords]:
    """Return the words of notifications by `Reference.id`; each `Words` is asked once for all of them."""
    by_words: defaultdict[Words, list[Reference]] = defaultdict(list)
    for reference in references:
        for words in get_kind(reference.kind).words:
            by_words[words].append(reference)
    read = {reference.id: ReadWords({}, is_whole=True) for reference in references}
    for words, asked in by_words.items():
        found = words.load(asked)
        gone = {
            key: value if isinstance(value, int | list) else str(value)  # a lazy text becomes one
            for key, value in words.gone.items()
        }
        for reference in asked:
            values = found.get(reference.id)
            before = read[reference.id]
            read[reference.id] = ReadWords(
                before.values | (gone if values is None else dict(values)), before.is_whole and values is not None
            )
    return read


def export_of(person: Person, rows: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    """Yield rows of the person's notifications (`id`, `type`, `actor_id`, `subject_id`, `data`), `data` with words.

    Values that an earlier release stored are left out where they are words; rows of no kind any more have none.
    """
    for batch in privacy_registry.batches(rows):
        references = [
            Reference(row["id"], row["type"], person.id, row["actor_id"], row["subject_id"], row["data"], by_sms=False)
            for row in batch
            if find_kind(row["type"]) is not None
        ]
        words, names = read_words(references), _names_of({row["actor_id"] for row in batch if row["actor_id"]})
        for row in batch:
            kind = find_kind(row["type"])
            stored = {*kind.fields, *kind.optional} if kind else set()
            data = {key: value for key, value in row["data"].items() if key in stored}
            if kind is not None:
                data |= {"name": names.get(row["actor_id"], DELETED_NAME)} if kind.names_actor else {}
                data |= words[row["id"]].values
            yield {key: value for key, value in row.items() if key != "actor_id"} | {"data": data}


def _names_of(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    statement = select(Person.id, Person.name).where(Person.id.in_(list(ids)), Person.state == "active")
    return {row.id: row.name for row in db.session.execute(statement)}


def sms_data(messages: Sequence[Any]) -> dict[uuid.UUID, dict[str, Any] | None]:
    """Return the data of SMS about notifications with their words, by the ids of the messages.

    It is None for those that tell of something gone, or name somebody who has left or is hidden from their reader.
    Messages that an earlier release wrote have their words in them.
    """
    data: dict[uuid.UUID, dict[str, Any] | None] = {}
    references: dict[uuid.UUID, Reference] = {}
    for message in messages:
        kind = find_kind(message.template.removeprefix(SMS_FOLDER).removesuffix(".txt"))
        data[message.id] = message.data
        if kind is not None and "subject" in message.data:
            subject_id = uuid.UUID(message.data["subject"])
            references[message.id] = Reference(
                message.id, kind.name, message.person_id, message.actor_id, subject_id, message.data, by_sms=True
            )
    words, names = read_words(list(references.values())), _names_for_sms(references.values())
    for reference in references.values():
        kind, name = get_kind(reference.kind), names.get(reference.id, "")
        is_signed = reference.id in names or kind.goes_unsigned or not kind.names_actor
        is_true = words[reference.id].is_whole and is_signed
        named = {"name": name} if kind.names_actor else {}
        data[reference.id] = {**reference.data, **named, **words[reference.id].values} if is_true else None
    return data


read_data_with(SMS_FOLDER, sms_data)


def _names_for_sms(references: Iterable[Reference]) -> dict[uuid.UUID, str]:
    """Return the names of the actors of SMS that name them, without people who have left or are hidden."""
    named = [one for one in references if one.actor_id and get_kind(one.kind).names_actor]
    if not named:
        return {}
    actors = {one.actor_id for one in named if one.actor_id}
    active = select(Person.id, Person.name).where(Person.id.in_(actors), Person.state == "active")
    names = {row.id: row.name for row in db.session.execute(active)}
    hidden = hidden_pairs(actors, {one.person_id for one in named if one.person_id})
    return {
        one.id: names[one.actor_id]
        for one in named
        if one.actor_id in names and frozenset((one.actor_id, one.person_id)) not in hidden
    }


def notification_of(person: Person, notification_id: uuid.UUID) -> Notification:
    """Return one of the person's notifications. Raise NotFound, also when its kind is not registered any more."""
    conditions = (Notification.id == notification_id, Notification.person_id == person.id, *_shown_to(person))
    notification = db.session.scalar(select(Notification).where(*conditions))
    if notification is None or _kind_or_log(notification.id, notification.type) is None:
        raise NotFound
    return notification


def count_notified(kind: str, event: str | uuid.UUID) -> tuple[int, int]:
    """Return how many people were notified of an event, and how many of them by SMS too."""
    sms = OutboxMessage.key == func.concat(Notification.event, ":", Notification.person_id)
    row = db.session.execute(
        select(func.count(Notification.id), func.count(OutboxMessage.id))
        .select_from(Notification)
        .outerjoin(OutboxMessage, sms)
        .where(Notification.event == get_kind(kind).event_key(event))
    ).one()
    return row[0], row[1]


def without_hidden_actors(person: Person) -> ColumnElement[bool]:
    """Return the condition that a notification names nobody who is hidden from the person.

    Notifications of a kind that is not registered any more count as naming their actor.
    """
    hidden = Notification.actor_id.in_(hidden_from(person.id))
    anonymous = (kind for kind in notification_kinds() if not kind.names_actor)
    return or_(Notification.actor_id.is_(None), ~hidden, _is_of(anonymous))


def _is_of(kinds: Iterable[NotificationKind]) -> ColumnElement[bool]:
    return Notification.type == any_(literal([kind.name for kind in kinds], ARRAY(Text)))


def _kind_or_log(notification_id: uuid.UUID, name: str) -> NotificationKind | None:
    kind = find_kind(name)
    if kind is None:
        log.warning("notification %s passed over: no feature registers its kind, %s", notification_id, name)
    return kind


def _shown_to(person: Person) -> list[ColumnElement[bool]]:
    """Return the conditions that a notification has not expired and names nobody who is hidden from the person."""
    conditions = [or_(Notification.expires_at.is_(None), Notification.expires_at > clock.now())]
    return conditions if has_no_blocks(person) else [*conditions, without_hidden_actors(person)]
