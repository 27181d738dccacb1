"""Notifications of a person, and how many are unread."""

import logging
import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    Text,
    and_,
    any_,
    case,
    cast as sql_cast,
    exists,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import aliased

from hampa.notifications.models import (
    Notification,
    NotificationKind,
    Reference,
    find_kind,
    get_kind,
    notification_kinds,
)
from hampa.notifications.queries.words import read_words
from hampa.outbox.models import OutboxMessage
from hampa.people.models import Block, Person
from hampa.people.queries import (
    PersonSummary,
    hidden_from,
    hidden_ids,
    is_none_of,
    is_not_shut_out,
    names_people,
    summary_columns,
)
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.statements import built_once
from hampa.platform.texts.cleaning import DELETED_NAME
from hampa.platform.web.paging import Page, decode, rows_after

PAGE = 30
MOST_COUNTED = 100
"""The bell shows "99+" from here on."""
MOST_READ = 1_000
"""So many unread ones are read for that at most, so that no page counts months of notifications."""

log = logging.getLogger(__name__)


class Told(dict[str, Any]):
    """What a notification tells, which nobody changes any more: its text is kept by it."""

    def __hash__(self) -> int:  # type: ignore[override]
        """Return a hash of all words."""
        return hash(frozenset(self.items()))


def _told(data: dict[str, Any]) -> Told:
    """Return the data of a notification as what it tells: lists, of which few have any, become tuples."""
    if any(type(value) is list for value in data.values()):
        return Told((key, tuple(value) if type(value) is list else value) for key, value in data.items())
    return Told(data)


@dataclass(frozen=True, slots=True)
class NoticeWords:
    """All of a `Notice` that its text depends on, besides the reader's language, clock and calendar."""

    data: Told
    others: int


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
    others: int = 0
    """How many older ones say the same of others, and are shown as one with it (`NotificationKind.grouped_by`)."""
    subject_id: uuid.UUID | None = None
    read_at: datetime | None = None

    @property
    def words(self) -> NoticeWords:
        """Return what its text is written of, by which that can be kept."""
        return NoticeWords(_told(self.data), self.others)


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
    """Return the number of `unread_count` as part of another statement: what is shown as one counts once.

    The person, the array of ids that are hidden from them and the time are columns or parameters.
    """
    unread: Select[Any] = (
        select(_group(Notification).label("one"))
        .where(
            _is_of(notification_kinds()),
            Notification.person_id == person_id,
            Notification.read_at.is_(None),
            or_(Notification.expires_at.is_(None), Notification.expires_at > now),
            *_by_shown_actors(is_none_of(Notification.actor_id, hidden), Notification),
        )
        .correlate_except(Notification)
        .limit(literal_column(str(MOST_READ)))
    )
    count = func.count(unread.subquery().c.one.distinct())
    return select(func.least(count, literal_column(str(MOST_COUNTED)), type_=Integer)).scalar_subquery()


def notifications_of(person: Person, after: str | None = None, most: int = PAGE) -> Page[Notice]:
    """Return a page of the person's notifications, the newest first; of those that are shown as one the newest.

    One statement for the page, and one for each sort of thing that its words come from. Rows whose kind no feature
    registers any more are passed over.
    """
    moment, last_id = decode(after, datetime, uuid.UUID) or (None, None)
    viewer = person.id, hidden_ids(person), clock.now()
    found = _notifications(*viewer, moment, last_id, most + 1, goes_on=moment is not None)
    rows = Page.of(found.all(), most, lambda row: (row.created_at, row.id))
    known = [(row, kind) for row in rows.items if (kind := _kind_or_log(row.id, row.type)) is not None]
    data = _data_of(person, known)
    notices = []
    for row, kind in known:
        words = data[row.id]
        actor = None if words.get("unnamed") else row.actor
        shown = row.id, kind, words, actor, row.read_at is None, row.created_at, row.others
        notices.append(Notice(*shown, row.subject_id, row.read_at))
    return Page(notices, rows.next)


@built_once
def _notifications(
    person_id: uuid.UUID,
    hidden: list[uuid.UUID],
    now: datetime,
    moment: datetime | None,
    last_id: uuid.UUID | None,
    rows: int,
    *,
    goes_on: bool,
) -> Any:
    shown = partial(_shown_among, hidden, now)
    actor_shown = Person.state == "active", is_none_of(Notification.actor_id, hidden)
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
            _others(shown).label("others"),
        )
        .outerjoin(Person, and_(Person.id == Notification.actor_id, *actor_shown))
        .where(Notification.person_id == person_id, *shown(Notification), _is_newest(shown))
    )
    key = Notification.created_at, Notification.id
    return rows_after(statement, key, (moment, last_id), rows, goes_on=goes_on, descending=True)


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


def notification_of(person: Person, notification_id: uuid.UUID) -> Notification:
    """Return one of the person's notifications. Raise NotFound, also when its kind is not registered any more."""
    conditions = (Notification.id == notification_id, Notification.person_id == person.id, *_shown_to(person))
    notification = db.session.scalar(select(Notification).where(*conditions))
    if notification is None or _kind_or_log(notification.id, notification.type) is None:
        raise NotFound
    return notification


def notice_of(person: Person, notification_id: uuid.UUID) -> Notice:
    """Return one of the person's notifications as it stands in the list. Raise NotFound."""
    found = notification_of(person, notification_id)
    actor_shown = Person.state == "active", is_none_of(Person.id, hidden_ids(person))
    actor = db.session.scalar(select(summary_columns("actor")).where(Person.id == found.actor_id, *actor_shown))
    row = _WithActor(found.id, found.type, found.actor_id, found.subject_id, found.data, actor)
    kind = get_kind(found.type)
    words = _data_of(person, [(row, kind)])[found.id]
    actor = None if words.get("unnamed") else actor
    others = others_before([found.id]).get(found.id, 0) if found.read_at is None else 0
    shown = found.id, kind, words, actor, found.read_at is None, found.created_at, others
    return Notice(*shown, found.subject_id, found.read_at)


@dataclass(frozen=True, slots=True)
class _WithActor:
    """A notification with the person who did what it says, as a row of the list has it."""

    id: uuid.UUID
    type: str
    actor_id: uuid.UUID | None
    subject_id: uuid.UUID
    data: dict[str, Any]
    actor: PersonSummary | None


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


def without_hidden_actors(person: Person, row: Any = Notification) -> ColumnElement[bool]:
    """Return the condition that a notification names nobody who is hidden from the person or shut out.

    Notifications of a kind that is not registered any more count as naming their actor.
    """
    return and_(*_by_shown_actors(~row.actor_id.in_(hidden_from(person.id)), row))


def _by_shown_actors(is_not_hidden: ColumnElement[bool], row: Any) -> list[ColumnElement[bool]]:
    """Return the conditions that a notification that names its actor has one who is neither hidden nor shut out.

    It quotes them too: a comment, a request. What goes unsigned, a message to all, is told without the name.
    """
    anonymous = [kind for kind in notification_kinds() if not kind.names_actor]
    unsigned = [*anonymous, *(kind for kind in notification_kinds() if kind.names_actor and kind.goes_unsigned)]
    return [
        or_(row.actor_id.is_(None), is_not_hidden, _is_of(anonymous, row)),
        or_(row.actor_id.is_(None), is_not_shut_out(row.actor_id), _is_of(unsigned, row)),
    ]


def _is_of(kinds: Iterable[NotificationKind], row: Any = Notification) -> ColumnElement[bool]:
    return cast(ColumnElement[bool], row.type == any_(literal([kind.name for kind in kinds], ARRAY(Text))))


def grouped_kinds() -> list[NotificationKind]:
    """Return the kinds whose notifications are shown as one where they say the same."""
    return [kind for kind in notification_kinds() if kind.grouped_by is not None]


def says_the_same(row: Any, other: Any) -> ColumnElement[bool]:
    """Return the condition that two notifications of one person, of a kind of `grouped_kinds`, are shown as one."""
    keys = sorted({key for kind in grouped_kinds() for key in kind.grouped_by or ()})
    return and_(
        row.person_id == other.person_id,
        row.subject_id == other.subject_id,
        row.type == other.type,
        row.read_at.is_(None) == other.read_at.is_(None),
        *(row.data[key].astext.is_not_distinct_from(other.data[key].astext) for key in keys),
    )


def _group(row: Any) -> ColumnElement[str]:
    """Return a text that notifications of one person have in common if they are shown as one."""
    groups = [
        (
            row.type == kind.name,
            func.concat(row.type, row.subject_id, *(row.data[key].astext for key in kind.grouped_by)),
        )
        for kind in grouped_kinds()
        if kind.grouped_by is not None
    ]
    own = sql_cast(row.id, Text)
    return case(*groups, else_=own) if groups else own


Shown = Callable[[Any], list[ColumnElement[bool]]]


def _is_newest(shown: Shown) -> ColumnElement[bool]:
    newer = aliased(Notification)
    is_newer = tuple_(newer.created_at, newer.id) > tuple_(Notification.created_at, Notification.id)
    others = exists().where(says_the_same(newer, Notification), is_newer, *shown(newer))
    return or_(~_is_of(grouped_kinds()), ~others)


def _others(shown: Shown) -> ColumnElement[int]:
    other = aliased(Notification)
    count = select(func.count()).where(says_the_same(other, Notification), other.id != Notification.id, *shown(other))
    return case((_is_of(grouped_kinds()), count.correlate(Notification).scalar_subquery()), else_=0)


def _shown_among(hidden: Any, now: Any, row: Any) -> list[ColumnElement[bool]]:
    """Return the conditions of what the app shows, with the ids that are hidden from the person, and the time."""
    return [
        row.in_app,
        or_(row.expires_at.is_(None), row.expires_at > now),
        *_by_shown_actors(is_none_of(row.actor_id, hidden), row),
    ]


def others_before(notification_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Return how many older unread notifications say the same as each of some, if any do; for any number of people.

    Those of people who are hidden from their reader, or shut out, do not count.
    """
    other, now = aliased(Notification), clock.now()
    between = or_(
        and_(Block.blocker_id == other.person_id, Block.blocked_id == other.actor_id),
        and_(Block.blocker_id == other.actor_id, Block.blocked_id == other.person_id),
    )
    statement = (
        select(Notification.id, func.count())
        .join(other, and_(says_the_same(other, Notification), other.id != Notification.id))
        .where(
            Notification.id.in_(notification_ids),
            _is_of(grouped_kinds()),
            other.in_app,
            other.read_at.is_(None),
            other.created_at <= Notification.created_at,
            or_(other.expires_at.is_(None), other.expires_at > now),
            ~exists().where(between).correlate(other),
            is_not_shut_out(other.actor_id),
        )
        .group_by(Notification.id)
    )
    return {row[0]: row[1] for row in db.session.execute(statement)} if notification_ids else {}


def _kind_or_log(notification_id: uuid.UUID, name: str) -> NotificationKind | None:
    kind = find_kind(name)
    if kind is None:
        log.warning("notification %s passed over: no feature registers its kind, %s", notification_id, name)
    return kind


def _shown_to(person: Person, row: Any = Notification) -> list[ColumnElement[bool]]:
    """Return the conditions that a notification has not expired and names nobody who is hidden or shut out."""
    return [or_(row.expires_at.is_(None), row.expires_at > clock.now()), without_hidden_actors(person, row)]
