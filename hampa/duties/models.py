"""Tables of duties: schedules, changes of single shifts, rosters, bookings, standby lists, offers and qualifications.

A shift has no row: it is a schedule and a start that its rule gives. Rows name it by `schedule_id` and `starts_at`, also
when it was moved to another time.
"""

import datetime as dt
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index, SmallInteger, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hampa.crews.models import Crew
from hampa.people.models import Person
from hampa.platform.db import Changing, Record, db, one_of
from hampa.platform.locale.shift_rules import ShiftRule
from hampa.platform.row_versions import changes_with
from hampa.series.models import Series

DUTIES = "duties"
"""The version of all shifts: it changes with statements that do not say whose shifts they change."""
ROLES = LEADER, MARSHAL, TIMEKEEPER, SCANNER, SWEEP, FIRST_AID, OTHER = (
    "leader",
    "marshal",
    "timekeeper",
    "scanner",
    "sweep",
    "first_aid",
    "other",
)
LONGEST_NAME, LONGEST_TEXT, LONGEST_NOTE, LONGEST_QUALIFICATION = 100, 2_000, 500, 60
MOST_PEOPLE, LONGEST_MINUTES, MOST_HOURS, MOST_EXPECTED = 50, 24 * 60, 366 * 24, 100_000
USUAL_MINUTES, USUAL_OPENS, USUAL_WARNING = 120, 28 * 24, 72
ATTENDANCES = ATTENDED, LATE, EXCUSED, NO_SHOW = ("attended", "late", "excused", "no_show")
SERVED = (ATTENDED, LATE)
"""The attendances that count as hours and as a credit."""
SHOWN_BY = BY_CODE, BY_PLACE = ("code", "place")
"""How somebody showed that they are there; who only says so showed nothing."""
BY_THEMSELVES, BY_OTHERS = "self", "others"
"""Who said how it was where nothing was shown: the person, or who leads or coordinates there."""
USUAL_WITHIN, LEAST_WITHIN, MOST_WITHIN = 150, 20, 5_000
"""Metres around the place of a shift within which somebody is there."""
OFFER_KINDS = GIVE, TO_ALL, SWAP = ("give", "all", "swap")
"""A booking is given to a person, offered to all who may take it, or swapped for another one."""
OFFER_STATES = OPEN, ACCEPTED, DECLINED, WITHDRAWN = ("open", "accepted", "declined", "withdrawn")
REMINDERS = (30, 60, 180, 720, 2_880)
"""Minutes before a shift at which somebody may be reminded a second time."""


class Schedule(Record, Changing, db.Model):
    """A duty that recurs, of a crew or of a series of runs.

    `rule` is an RRULE (RFC 5545), with the wall clock `at`, or a cron expression, which has its own; both hold in
    `timezone`, from `start_date` to `end_date`. A shift is full with `max_people` and short below `min_people`. It can be
    booked from `opens_hours` to `closes_hours` before it begins, and cancelled until `cancel_hours` before. Coordinators
    are warned of a short one `warn_hours` before. Where its shifts are, if that is said, `within_m` metres count as there. Until `published_at` only coordinators see the schedule.
    """

    __tablename__ = "duty_schedules"
    __table_args__ = (
        CheckConstraint("num_nonnulls(crew_id, series_id) = 1", name="belongs"),
        CheckConstraint(f"char_length(name) BETWEEN 1 AND {LONGEST_NAME}", name="name_length"),
        CheckConstraint(one_of("role", ROLES), name="role"),
        CheckConstraint(f"char_length(instructions) <= {LONGEST_TEXT}", name="instructions_length"),
        CheckConstraint(f"char_length(qualification) <= {LONGEST_QUALIFICATION}", name="qualification_length"),
        CheckConstraint(f"duration_min BETWEEN 1 AND {LONGEST_MINUTES}", name="duration"),
        CheckConstraint(
            f"min_people BETWEEN 0 AND max_people AND max_people BETWEEN 1 AND {MOST_PEOPLE}", name="people"
        ),
        CheckConstraint("end_date IS NULL OR end_date >= start_date", name="dates"),
        CheckConstraint(
            f"opens_hours BETWEEN 1 AND {MOST_HOURS} AND closes_hours BETWEEN 0 AND opens_hours - 1"
            f" AND cancel_hours BETWEEN 0 AND {MOST_HOURS} AND warn_hours BETWEEN 0 AND {MOST_HOURS}",
            name="hours",
        ),
        CheckConstraint(f"within_m BETWEEN {LEAST_WITHIN} AND {MOST_WITHIN}", name="within_m"),
        CheckConstraint(
            "num_nulls(latitude, longitude) IN (0, 2) AND latitude BETWEEN -90 AND 90"
            " AND longitude BETWEEN -180 AND 180",
            name="point",
        ),
        Index("ix_duty_schedules_crew_id", "crew_id"),
        Index("ix_duty_schedules_series_id", "series_id"),
        Index("ix_duty_schedules_author_id", "author_id"),
    )

    crew_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("crews.id", ondelete="CASCADE"))
    series_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"))
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    name: Mapped[str]
    role: Mapped[str] = mapped_column(default=OTHER, server_default=OTHER)
    rule: Mapped[str]
    at: Mapped[dt.time | None]
    timezone: Mapped[str]
    start_date: Mapped[dt.date]
    end_date: Mapped[dt.date | None]
    duration_min: Mapped[int] = mapped_column(SmallInteger, default=USUAL_MINUTES, server_default=str(USUAL_MINUTES))
    min_people: Mapped[int] = mapped_column(SmallInteger, default=1, server_default="1")
    max_people: Mapped[int] = mapped_column(SmallInteger, default=1, server_default="1")
    instructions: Mapped[str] = mapped_column(default="", server_default="")
    qualification: Mapped[str] = mapped_column(default="", server_default="")
    opens_hours: Mapped[int] = mapped_column(default=USUAL_OPENS, server_default=str(USUAL_OPENS))
    closes_hours: Mapped[int] = mapped_column(default=0, server_default="0")
    cancel_hours: Mapped[int] = mapped_column(default=0, server_default="0")
    warn_hours: Mapped[int] = mapped_column(default=USUAL_WARNING, server_default=str(USUAL_WARNING))
    latitude: Mapped[float | None] = mapped_column(Double)
    longitude: Mapped[float | None] = mapped_column(Double)
    within_m: Mapped[int] = mapped_column(SmallInteger, default=USUAL_WITHIN, server_default=str(USUAL_WITHIN))
    is_active: Mapped[bool] = mapped_column(default=True, server_default="true")
    published_at: Mapped[datetime | None]

    crew: Mapped[Crew | None] = relationship(lazy="raise")
    series: Mapped[Series | None] = relationship(lazy="raise")

    @property
    def shift_rule(self) -> ShiftRule:
        """Return what the starts of the schedule's shifts follow from."""
        return ShiftRule(self.rule, self.at, self.timezone, self.start_date, self.end_date)

    @property
    def duration(self) -> dt.timedelta:
        """Return how long a shift is."""
        return dt.timedelta(minutes=self.duration_min)


class ShiftChange(Record, Changing, db.Model):
    """What is different about one shift: it is cancelled, was moved to `moved_to`, or has a note."""

    __tablename__ = "shift_changes"
    __table_args__ = (
        UniqueConstraint("schedule_id", "starts_at"),
        CheckConstraint(f"char_length(note) <= {LONGEST_NOTE}", name="note_length"),
        Index("ix_shift_changes_moved_to", "schedule_id", "moved_to", postgresql_where="moved_to IS NOT NULL"),
    )

    schedule_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("duty_schedules.id", ondelete="CASCADE"))
    starts_at: Mapped[datetime]
    is_cancelled: Mapped[bool] = mapped_column(default=False, server_default="false")
    note: Mapped[str] = mapped_column(default="", server_default="")
    moved_to: Mapped[datetime | None]


class Roster(Record, Changing, db.Model):
    """That coordinators draft who does the shifts of a crew or a series on a day, or that they have published it.

    A day without a row has no draft: its shifts are for all to take, as those of a published one. While `published_at` is
    empty only coordinators see who has which place. `publications` counts how often it was published, and `expected` is
    how many runners coordinators expect.
    """

    __tablename__ = "duty_rosters"
    __table_args__ = (
        CheckConstraint("num_nonnulls(crew_id, series_id) = 1", name="belongs"),
        CheckConstraint(f"expected BETWEEN 0 AND {MOST_EXPECTED}", name="expected"),
        Index("uq_duty_rosters_crew_id", "crew_id", "day", unique=True, postgresql_where="crew_id IS NOT NULL"),
        Index("uq_duty_rosters_series_id", "series_id", "day", unique=True, postgresql_where="series_id IS NOT NULL"),
    )

    crew_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("crews.id", ondelete="CASCADE"))
    series_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"))
    day: Mapped[dt.date]
    published_at: Mapped[datetime | None]
    publications: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    expected: Mapped[int | None]


class Booking(Record, Changing, db.Model):
    """A person in a place of a shift, until `cancelled_at`; the rows that are not cancelled decide who has a place.

    With `is_draft` a coordinator put the person into a roster that is not published: they don't know of it, and may have
    something else at that time.

    `begins_at` and `ends_at` are when the shift really is; nobody has two at one time. A buddy comes along without a
    place: a person, who confirms (`buddy_confirmed_at`), or only a name. `buddy_asked` is whether a number was given, be it
    known or not. `remind_min` is when the second reminder comes,
    in minutes before the shift; `attendance_how` is how the person showed that they were there; `reminded_at` and `reminded_again_at` are when the two were sent.
    """

    __tablename__ = "duty_bookings"
    __table_args__ = (
        CheckConstraint(f"place BETWEEN 1 AND {MOST_PEOPLE}", name="place"),
        CheckConstraint("ends_at > begins_at", name="ends"),
        CheckConstraint(f"attendance IS NULL OR {one_of('attendance', ATTENDANCES)}", name="attendance"),
        CheckConstraint(f"attendance_how IS NULL OR {one_of('attendance_how', SHOWN_BY)}", name="attendance_how"),
        CheckConstraint("char_length(buddy_name) <= 60", name="buddy_name_length"),
        CheckConstraint("buddy_id IS NULL OR buddy_id <> person_id", name="buddy_is_another"),
        ExcludeConstraint(
            ("person_id", "="),
            (func.tstzrange(text("begins_at"), text("ends_at")), "&&"),
            name="ex_duty_bookings_one_at_a_time",
            using="gist",
            where=text("cancelled_at IS NULL AND NOT is_draft"),
        ),
        Index(
            "uq_duty_bookings_place",
            "schedule_id",
            "starts_at",
            "place",
            unique=True,
            postgresql_where="cancelled_at IS NULL",
        ),
        Index(
            "uq_duty_bookings_person",
            "schedule_id",
            "starts_at",
            "person_id",
            unique=True,
            postgresql_where="cancelled_at IS NULL",
        ),
        Index("ix_duty_bookings_schedule_id", "schedule_id", "starts_at"),
        Index("ix_duty_bookings_person_id", "person_id", "begins_at", "id"),
        Index("ix_duty_bookings_buddy_id", "buddy_id", "begins_at"),
        Index("ix_duty_bookings_attendance_by_id", "attendance_by_id"),
        Index("ix_duty_bookings_to_remind", "begins_at", postgresql_where="cancelled_at IS NULL"),
    )

    schedule_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("duty_schedules.id", ondelete="CASCADE"))
    starts_at: Mapped[datetime]
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    place: Mapped[int] = mapped_column(SmallInteger)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    cancelled_at: Mapped[datetime | None]
    is_draft: Mapped[bool] = mapped_column(default=False, server_default="false")
    buddy_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    buddy_name: Mapped[str] = mapped_column(default="", server_default="")
    buddy_asked: Mapped[bool] = mapped_column(default=False, server_default="false")
    buddy_confirmed_at: Mapped[datetime | None]
    remind_min: Mapped[int | None] = mapped_column(SmallInteger)
    reminded_at: Mapped[datetime | None]
    reminded_again_at: Mapped[datetime | None]
    attendance: Mapped[str | None]
    attendance_at: Mapped[datetime | None]
    attendance_how: Mapped[str | None]
    attendance_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))

    schedule: Mapped[Schedule] = relationship(lazy="raise")
    person: Mapped[Person] = relationship(lazy="raise", foreign_keys=[person_id])

    @property
    def minutes(self) -> int:
        """Return for how long the shift goes."""
        return int((self.ends_at - self.begins_at).total_seconds() // 60)


class Standby(Record, db.Model):
    """A person who takes a place of a full shift as soon as one falls free; the first comes first."""

    __tablename__ = "duty_standbys"
    __table_args__ = (
        UniqueConstraint("schedule_id", "starts_at", "person_id"),
        Index("ix_duty_standbys_person_id", "person_id", "starts_at"),
    )

    schedule_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("duty_schedules.id", ondelete="CASCADE"))
    starts_at: Mapped[datetime]
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))


class Offer(Record, Changing, db.Model):
    """A booking that somebody would hand on: to a person, to the first who takes it, or for the booking `wanted_id`.

    A booking has one open offer at most.
    """

    __tablename__ = "duty_offers"
    __table_args__ = (
        CheckConstraint(one_of("kind", OFFER_KINDS), name="kind"),
        CheckConstraint(one_of("state", OFFER_STATES), name="state"),
        CheckConstraint("(kind = 'swap') = (wanted_id IS NOT NULL)", name="wanted"),
        CheckConstraint("kind <> 'give' OR state <> 'open' OR person_id IS NOT NULL", name="person"),
        Index("uq_duty_offers_open", "booking_id", unique=True, postgresql_where="state = 'open'"),
        Index("ix_duty_offers_booking_id", "booking_id"),
        Index("ix_duty_offers_person_id", "person_id"),
        Index("ix_duty_offers_wanted_id", "wanted_id"),
    )

    booking_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("duty_bookings.id", ondelete="CASCADE"))
    kind: Mapped[str]
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    wanted_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("duty_bookings.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(default=OPEN, server_default=OPEN)

    booking: Mapped[Booking] = relationship(lazy="raise", foreign_keys=[booking_id])


class Qualification(Record, db.Model):
    """That a person may do what needs a qualification in a crew or a series, as its coordinators say."""

    __tablename__ = "duty_qualifications"
    __table_args__ = (
        CheckConstraint("num_nonnulls(crew_id, series_id) = 1", name="belongs"),
        CheckConstraint(f"char_length(name) BETWEEN 1 AND {LONGEST_QUALIFICATION}", name="name_length"),
        Index(
            "uq_duty_qualifications_crew_id",
            "crew_id",
            "person_id",
            "name",
            unique=True,
            postgresql_where="crew_id IS NOT NULL",
        ),
        Index(
            "uq_duty_qualifications_series_id",
            "series_id",
            "person_id",
            "name",
            unique=True,
            postgresql_where="series_id IS NOT NULL",
        ),
        Index("ix_duty_qualifications_person_id", "person_id"),
    )

    crew_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("crews.id", ondelete="CASCADE"))
    series_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    name: Mapped[str]


def shifts_version(owner: Any) -> str:
    """Return the name of the version of the shifts of a crew or a series, which a schedule or another row names."""
    return f"{DUTIES}:{owner.crew_id or owner.series_id}"


def shifts_versions(rows: Iterable[Any]) -> list[str]:
    """Return the names of the versions with which the shifts of some schedules change."""
    owners = {row.crew_id or row.series_id for row in rows}
    return [DUTIES, *sorted(f"{DUTIES}:{owner_id}" for owner_id in owners)]


def _version_of(row: Any) -> str:
    schedule = row.__dict__.get("schedule") or db.session.get(Schedule, row.schedule_id)
    return shifts_version(schedule) if schedule is not None else DUTIES


changes_with(Schedule, shifts_version, for_all=DUTIES)
changes_with(ShiftChange, _version_of, for_all=DUTIES)
changes_with(Roster, shifts_version, for_all=DUTIES)
# Of a booking, what is kept of shifts has no more than who takes a place, and whether that is a draft.
_KEPT = ("schedule_id", "starts_at", "place", "person_id", "is_draft", "cancelled_at", "attendance")
changes_with(Booking, _version_of, for_all=DUTIES, columns=_KEPT)
