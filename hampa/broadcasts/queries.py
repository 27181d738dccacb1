"""Messages to people with duties: who gets one, what it costs, and the list of them."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, and_, false, func, or_, select

from hampa.broadcasts.models import DAY, DRAFT, ROLE, SHIFT, TO_BE_SENT, Broadcast, tone_of
from hampa.crews.models import Crew
from hampa.duties.models import Booking, Schedule
from hampa.duties.queries.occasions import coordinates_owner, day_bounds, is_given, is_in_day, is_of_owner, owner_name
from hampa.duties.queries.schedules import Owner, belongs
from hampa.notifications.models import Reference, Words
from hampa.notifications.queries import bills
from hampa.notifications.queries.bills import Bill
from hampa.people.models import Person
from hampa.people.queries import hidden_from, hidden_ids, is_none_of
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.statements import built_once
from hampa.platform.texts.cleaning import by_alphabet
from hampa.platform.web.paging import Page, decode, rows_after
from hampa.series.models import Series

KIND = "duty_message"
A_PAGE = 20
LATELY = timedelta(days=365)
"""Who had a duty within so long is a volunteer still."""
DAYS_OFFERED = timedelta(weeks=4)


def _load(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    query = (
        select(Broadcast.id, owner_name().label("crew"), Broadcast.text)
        .outerjoin(Crew, Crew.id == Broadcast.crew_id)
        .outerjoin(Series, Series.id == Broadcast.series_id)
        .where(Broadcast.id.in_({one.subject_id for one in references}))
    )
    words = {row.id: {"crew": row.crew, "text": row.text} for row in db.session.execute(query)}
    return {one.id: words[one.subject_id] for one in references if one.subject_id in words}


MESSAGE = Words(_load, gone={"crew": _l("A crew that is gone"), "text": ""})


def recipients(broadcast: Broadcast) -> Select[Any]:
    """Return a SELECT of the ids of who gets a message, in no order; it is asked anew for each chunk.

    Those on duty are told with the buddies who confirmed. Of a role, and of all, are those who still belong, and have had
    a duty within a year or have one to come.
    """
    of: tuple[Any, ...] = is_of_owner(broadcast.crew_id, broadcast.series_id), Schedule.id == Booking.schedule_id
    booked: tuple[Any, ...]
    if broadcast.audience == SHIFT:
        when = Booking.schedule_id == broadcast.schedule_id, Booking.starts_at == broadcast.starts_at
        booked = *of, *when, is_given()
    elif broadcast.audience == DAY and broadcast.day is not None:
        booked = *of, is_in_day(*day_bounds(broadcast.day, broadcast.timezone))
    else:
        booked = (*of, is_given(), Booking.begins_at > clock.now() - LATELY, belongs(Booking.person_id))
        if broadcast.audience == ROLE:
            booked = *booked, Booking.schedule_id == broadcast.schedule_id
    buddies: Any = false()
    if broadcast.is_of_time:
        confirmed = Booking.buddy_confirmed_at.is_not(None)
        buddies = Person.id.in_(select(Booking.buddy_id).where(*booked, confirmed))
    people = or_(Person.id.in_(select(Booking.person_id).where(*booked)), buddies)
    query = select(Person.id).where(people, Person.state == "active", Person.id != broadcast.sender_id)
    if not broadcast.is_of_time:
        query = query.where(Person.id.not_in(hidden_from(broadcast.sender_id)))
    return query


def next_recipients(broadcast: Broadcast, most: int) -> list[uuid.UUID]:
    """Return the ids of the next people who get a message, in order."""
    query = recipients(broadcast).order_by(Person.id).limit(most)
    if broadcast.last_id is not None:
        query = query.where(Person.id > broadcast.last_id)
    return list(db.session.scalars(query))


def hidden_among(sender_id: uuid.UUID, people: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Return those of the people from whom a sender is hidden, or who are hidden from them."""
    return set(
        db.session.scalars(select(Person.id).where(Person.id.in_(people), Person.id.in_(hidden_from(sender_id))))
    )


def expires_at(broadcast: Broadcast) -> datetime | None:
    """Return when a message to those on duty is of no use any more, None for others."""
    if broadcast.audience == DAY and broadcast.day is not None:
        return day_bounds(broadcast.day, broadcast.timezone)[1]
    if broadcast.audience == SHIFT:
        at = Booking.schedule_id == broadcast.schedule_id, Booking.starts_at == broadcast.starts_at
        return db.session.scalar(select(func.max(Booking.ends_at)).where(*at, is_given()))
    return None


def bill_of(broadcast: Broadcast, sender: str, owner: str) -> Bill:
    """Return how many people a message reaches, and what its SMS cost."""
    data = {"name": sender, "crew": owner, "text": broadcast.text}
    people, by_sms = recipients(broadcast), broadcast.by_sms
    return bills.bill_of(KIND, people, broadcast.id, data, text=broadcast.text, texted=people if by_sms else None)


def broadcast_for(person: Person, broadcast_id: uuid.UUID, *, lock: bool = False) -> Broadcast:
    """Return a message of a crew or a series that a person coordinates; drafts are their writer's. Raise NotFound."""
    broadcast: Broadcast | None = _broadcast(person.id, broadcast_id, lock=lock).scalar_one_or_none()
    if broadcast is None:
        raise NotFound
    return broadcast


@built_once
def _broadcast(person_id: uuid.UUID, broadcast_id: uuid.UUID, *, lock: bool) -> Any:
    is_seen = or_(Broadcast.state != DRAFT, Broadcast.sender_id == person_id)
    query = select(Broadcast).where(Broadcast.id == broadcast_id, is_seen, coordinates_owner(person_id, Broadcast))
    query = query.with_for_update(of=Broadcast) if lock else query
    return query.execution_options(populate_existing=True)


def owner_and_schedule(broadcast: Broadcast) -> tuple[str, str]:
    """Return the name of the crew or the series of a message, and that of its schedule, "" without one."""
    owner, schedule = _owner_and_schedule(broadcast.id).one()
    return str(owner), str(schedule)


@built_once
def _owner_and_schedule(broadcast_id: uuid.UUID) -> Any:
    return (
        select(owner_name(), func.coalesce(Schedule.name, ""))
        .select_from(Broadcast)
        .outerjoin(Crew, Crew.id == Broadcast.crew_id)
        .outerjoin(Series, Series.id == Broadcast.series_id)
        .outerjoin(Schedule, Schedule.id == Broadcast.schedule_id)
        .where(Broadcast.id == broadcast_id)
    )


@dataclass(frozen=True, slots=True)
class SentRow:
    """A message as a row of a list: `schedule` is the name of its schedule, `name` that of its sender, "" where it is hidden."""

    id: uuid.UUID
    crew_id: uuid.UUID | None
    series_id: uuid.UUID | None
    created_at: datetime
    updated_at: datetime
    version: int
    text: str
    audience: str
    schedule_id: uuid.UUID | None
    starts_at: datetime | None
    day: date | None
    timezone: str
    channels: list[str] = field(hash=False)
    state: str
    send_at: datetime | None
    people: int
    texted: int
    name: str
    schedule: str

    @property
    def tone(self) -> str:
        """Return the kind of the pill that names its state."""
        return tone_of(self.state)


def broadcasts_of(viewer: Person, owner: Owner, after: str | None = None, size: int = A_PAGE) -> Page[SentRow]:
    """Return a page of the messages of a crew or a series that are no drafts, the latest first."""
    before, last_id = decode(after, datetime, uuid.UUID) or (None, None)
    shape = {"of_crew": owner.crew_id is not None, "on": before is not None}
    rows = _sent(owner.crew_id or owner.series_id, hidden_ids(viewer), before, last_id, size + 1, **shape)
    return Page.of([SentRow(*row) for row in rows], size, lambda row: (row.created_at, row.id))


@built_once
def _sent(
    owner_id: uuid.UUID | None,
    hidden: list[uuid.UUID],
    before: datetime | None,
    last_id: uuid.UUID | None,
    most: int,
    *,
    of_crew: bool,
    on: bool,
) -> Any:
    own = [getattr(Broadcast, name) for name in SentRow.__dataclass_fields__ if hasattr(Broadcast, name)]
    is_shown = Person.state == "active", is_none_of(Person.id, hidden)
    query = (
        select(*own, func.coalesce(Person.name, ""), func.coalesce(Schedule.name, ""))
        .select_from(Broadcast)
        .outerjoin(Person, and_(Person.id == Broadcast.sender_id, *is_shown))
        .outerjoin(Schedule, Schedule.id == Broadcast.schedule_id)
        .where((Broadcast.crew_id if of_crew else Broadcast.series_id) == owner_id, Broadcast.state != DRAFT)
    )
    key = Broadcast.created_at, Broadcast.id
    return rows_after(query, key, (before, last_id), most, goes_on=on, descending=True)


def schedules_of(owner: Owner) -> list[tuple[str, str]]:
    """Return the ids and names of the schedules of a crew or a series, by name."""
    rows = _schedules(owner.crew_id or owner.series_id, of_crew=owner.crew_id is not None)
    return [(str(row.id), row.name) for row in rows]


@built_once
def _schedules(owner_id: uuid.UUID | None, *, of_crew: bool) -> Any:
    ours = (Schedule.crew_id if of_crew else Schedule.series_id) == owner_id
    return select(Schedule.id, Schedule.name).where(ours).order_by(by_alphabet(Schedule.name), Schedule.id).limit(50)


def shifts_of(owner: Owner, now: datetime) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return shifts of a crew or a series with people, from a day ago on: `schedule_id`, `starts_at`, `begins_at`, …."""
    times = now - timedelta(days=1), now + DAYS_OFFERED
    return _shifts(owner.crew_id or owner.series_id, *times, of_crew=owner.crew_id is not None).all()


@built_once
def _shifts(owner_id: uuid.UUID | None, since: datetime, until: datetime, *, of_crew: bool) -> Any:
    begins = func.min(Booking.begins_at)
    return (
        select(Booking.schedule_id, Booking.starts_at, begins.label("begins_at"), Schedule.name, Schedule.timezone)
        .join(Schedule, Schedule.id == Booking.schedule_id)
        .where((Schedule.crew_id if of_crew else Schedule.series_id) == owner_id, is_in_day(since, until))
        .group_by(Booking.schedule_id, Booking.starts_at, Schedule.name, Schedule.timezone)
        .order_by(begins, Schedule.name)
        .limit(100)
    )


def due_ids(now: datetime, most: int = 50) -> Sequence[uuid.UUID]:
    """Return the ids of messages that are to be sent now, or go out, the first due first."""
    due = Broadcast.state.in_(TO_BE_SENT), Broadcast.send_at <= now
    return db.session.scalars(select(Broadcast.id).where(*due).order_by(Broadcast.send_at).limit(most)).all()
