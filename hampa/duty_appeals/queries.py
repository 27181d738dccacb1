"""Questions about appeals: who can be asked, who was, and what waits for an answer."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import aliased

from hampa.duties.models import Booking, Schedule
from hampa.duties.queries.schedules import belongs, is_drafted, is_qualified
from hampa.duties.queries.shifts import Shift
from hampa.duty_appeals.models import DECLINED, USUAL_DAYS, USUAL_MOST, Appeal, AppealChoice, AppealSettings, Ask
from hampa.duty_rosters.queries.owners import CREW, RosterOwner
from hampa.notifications.models import Reference, Words
from hampa.people.models import Person
from hampa.people.queries import hidden_from
from hampa.platform import clock
from hampa.platform.answers import answer_columns
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.statements import built_once

APPEALS = "duty_appeal"
"""The kind of answers."""


def is_of_schedule(table: Any) -> Any:
    """Return the condition that a row belongs to the crew or the series of a `Schedule`."""
    return or_(table.crew_id == Schedule.crew_id, table.series_id == Schedule.series_id)


def settings_of(owner: RosterOwner) -> AppealSettings:
    """Return how a crew or a series asks, the usual settings if nobody has changed them."""
    ours = AppealSettings.crew_id == owner.id if owner.kind == CREW else AppealSettings.series_id == owner.id
    usual = {"is_automatic": False, "every_days": USUAL_DAYS, "most": USUAL_MOST}
    return db.session.scalar(select(AppealSettings).where(ours)) or AppealSettings(**owner.ids, **usual)


def wants_to_be_asked(person: Person, owner: RosterOwner) -> bool:
    """Return whether a person wants to be asked when a shift is short."""
    return bool(_wants(person.id, owner.id, of_crew=owner.kind == CREW).scalar_one())


@built_once
def _wants(person_id: uuid.UUID, owner_id: uuid.UUID, *, of_crew: bool) -> Any:
    ours = AppealChoice.crew_id == owner_id if of_crew else AppealChoice.series_id == owner_id
    return select(exists().where(ours, AppealChoice.person_id == person_id))


@dataclass(frozen=True, slots=True)
class ShortShift:
    """A shift for which people may be asked."""

    schedule: Schedule
    starts_at: datetime
    begins_at: datetime
    missing: int

    @property
    def ends_at(self) -> datetime:
        """Return when it ends."""
        return self.begins_at + self.schedule.duration

    @property
    def can_be_asked_for(self) -> bool:
        """Return whether it is short, to come, can be taken now, and stands in no draft."""
        row, now = self.schedule, clock.now()
        opens, closes = (self.begins_at - timedelta(hours=hours) for hours in (row.opens_hours, row.closes_hours))
        is_open = row.is_active and row.published_at is not None and opens <= now < closes
        return self.missing > 0 and is_open and not is_drafted(row, self.begins_at)


def can_be_asked(shift: Shift) -> bool:
    """Return whether people can be asked to take a shift, as its page shows it."""
    row, now = shift.schedule, clock.now()
    closes = shift.begins_at - timedelta(hours=row.closes_hours)
    return bool(shift.missing) and row.is_open and not shift.is_drafted and shift.opens_at <= now < closes


def people_to_ask(shift: ShortShift, author: Person | None, every_days: int, most: int) -> Select[Any]:
    """Return a SELECT, which locks, of the choices of those to be asked, the least lately asked first.

    They want to be asked, belong to the crew or the series, are qualified and free, were not asked for so many days, nor
    ever for this shift, and are not hidden from who appeals. Rows that another appeal is taking are left to it.
    """
    other, earlier = aliased(Booking), aliased(Appeal)
    busy = exists().where(
        *(other.person_id == Person.id, other.cancelled_at.is_(None)),
        *(other.begins_at < shift.ends_at, other.ends_at > shift.begins_at),
    )
    asked = exists().where(
        *(Ask.person_id == Person.id, Ask.appeal_id == earlier.id),
        *(earlier.schedule_id == shift.schedule.id, earlier.starts_at == shift.starts_at),
    )
    long_ago = clock.now() - timedelta(days=every_days)
    query = (
        select(AppealChoice.id)
        .join(Person, Person.id == AppealChoice.person_id)
        .join(Schedule, Schedule.id == shift.schedule.id)
        .where(is_of_schedule(AppealChoice), Person.state == "active", belongs(Person.id), is_qualified(Person.id))
        .where(or_(AppealChoice.asked_at.is_(None), AppealChoice.asked_at <= long_ago), ~busy, ~asked)
        .order_by(AppealChoice.asked_at.asc().nulls_first(), AppealChoice.id)
        .limit(most)
        .with_for_update(of=AppealChoice, skip_locked=True)
    )
    if author is not None:
        query = query.where(Person.id != author.id, Person.id.not_in(hidden_from(author.id)))
    return query


@dataclass(frozen=True, slots=True)
class AskedCounts:
    """How many appeals there were for a shift, how many people they asked, who said no, and who has a place now."""

    appeals: int
    asked: int
    declined: int
    taken: int


def asked_counts(shift: Shift) -> AskedCounts:
    """Return the counts of a shift."""
    return AskedCounts(*_asked_counts(shift.schedule.id, shift.starts_at).one())


@built_once
def _asked_counts(schedule_id: uuid.UUID, starts_at: datetime) -> Any:
    took = exists().where(
        *(Booking.person_id == Ask.person_id, Booking.schedule_id == Appeal.schedule_id),
        *(Booking.starts_at == Appeal.starts_at, Booking.cancelled_at.is_(None)),
    )
    return (
        select(
            func.count(Appeal.id.distinct()),
            func.count(Ask.id),
            func.count(Ask.id).filter(Ask.answer == DECLINED),
            func.count(Ask.id).filter(took),
        )
        .outerjoin(Ask, Ask.appeal_id == Appeal.id)
        .where(Appeal.schedule_id == schedule_id, Appeal.starts_at == starts_at)
    )


def appeal_to(person: Person, appeal_id: uuid.UUID, *, lock: bool = False) -> tuple[Appeal, Ask]:
    """Return an appeal that asked a person, and that it did. Raise NotFound for all others, and who belongs no more."""
    query = select(Appeal, Ask).join(Ask, Ask.appeal_id == Appeal.id).join(Schedule, Schedule.id == Appeal.schedule_id)
    query = query.where(Appeal.id == appeal_id, Ask.person_id == person.id, belongs(person.id))
    if lock:
        query = query.with_for_update(of=Ask).execution_options(populate_existing=True)
    row = db.session.execute(query).first()
    if row is None:
        raise NotFound
    return row[0], row[1]


def appeals_for(person: Person, now: Any) -> Select[Any]:
    """Return a SELECT of the appeals that wait for a person's answer, while the shift has a place."""
    mine = aliased(Booking)
    taken = (
        select(func.count())
        .where(Booking.schedule_id == Appeal.schedule_id, Booking.starts_at == Appeal.starts_at)
        .where(Booking.cancelled_at.is_(None))
        .correlate(Appeal)
        .scalar_subquery()
    )
    ends_at = Appeal.begins_at + func.make_interval(0, 0, 0, 0, 0, Schedule.duration_min)
    theirs = mine.person_id == person.id, mine.cancelled_at.is_(None), ~mine.is_draft
    busy = exists().where(*theirs, mine.begins_at < ends_at, mine.ends_at > Appeal.begins_at)
    columns = answer_columns(
        Appeal.id, Appeal.begins_at, title=Schedule.name, starts_at=Appeal.begins_at, timezone=Schedule.timezone
    )
    return (
        select(*columns)
        .select_from(Ask)
        .join(Appeal, Appeal.id == Ask.appeal_id)
        .join(Schedule, Schedule.id == Appeal.schedule_id)
        .where(Ask.person_id == person.id, Ask.answer.is_(None), Appeal.begins_at > now, taken < Schedule.max_people)
        .where(Schedule.is_active, Schedule.published_at.is_not(None), belongs(person.id), ~busy)
    )


def may_be_asked(person: Person) -> ColumnElement[bool]:
    """Return a condition that holds whenever an appeal waits for a person's answer."""
    return exists().where(Ask.person_id == person.id, Ask.answer.is_(None))


def automatic_schedules(after: uuid.UUID | None, batch: int = 100) -> Sequence[Any]:
    """Return some schedules for which the worker appeals, by id, those after an id.

    Each has with it in how many days a person is asked again, and how many are asked at once.
    """
    query = (
        select(Schedule, AppealSettings.every_days, AppealSettings.most)
        .join(AppealSettings, is_of_schedule(AppealSettings))
        .where(AppealSettings.is_automatic, Schedule.is_active, Schedule.published_at.is_not(None))
        .where(Schedule.min_people > 0, Schedule.warn_hours > 0)
        .order_by(Schedule.id)
        .limit(batch)
    )
    return db.session.execute(query.where(Schedule.id > after) if after is not None else query).all()


def _appeals(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    query = (
        select(Appeal.id, Schedule.name, Appeal.begins_at, Schedule.timezone)
        .join(Schedule, Schedule.id == Appeal.schedule_id)
        .where(Appeal.id.in_({one.subject_id for one in references}))
    )
    words = {
        row.id: {"duty": row.name, "starts_at": row.begins_at.isoformat(), "timezone": row.timezone}
        for row in db.session.execute(query)
    }
    return {one.id: words[one.subject_id] for one in references if one.subject_id in words}


APPEAL = Words(_appeals, gone={"duty": _l("A duty that is gone"), "starts_at": "", "timezone": ""})
