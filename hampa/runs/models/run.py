"""Runs, their pace groups, co-organisers and invitations, and the traces of deleted runs."""

import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    UniqueConstraint,
    event,
    func,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import Changing, Record, db, one_of
from hampa.platform.geo import gazetteer
from hampa.platform.geo.places import LONGEST_KEY, locate_town
from hampa.platform.geo.squares import CELLS, LocatedMixin
from hampa.platform.live import publish
from hampa.platform.texts.search import WordVector, searchable_words
from hampa.questions.models import Question, QuestionList

LEVELS = ("all", "beginner", "regular", "advanced")
TERRAINS = ("road", "trail", "track", "mixed")
VISIBILITIES = PUBLIC, LINK, CREW = "public", "link", "crew"
COMPANIES = ("anyone", "women")
JOIN_POLICIES = ("open", "approval")
INVITATION_ROLES = ORGANISER, OWNER = "organiser", "owner"
MOST_GUESTS = 3
MOST_PACE_GROUPS = 6

DEFAULT_DURATION, LONGEST_DURATION = 60, timedelta(minutes=2880)
STEADY_AFTER = timedelta(days=1)
"""How long a start has to stand before it opens phone numbers of people who did not agree to it themselves."""

LISTED = "visibility = 'public' AND cancelled_at IS NULL"
"""The SQL condition of runs that are in lists, for partial indexes."""
CALLED_OFF = "visibility = 'public' AND cancelled_at IS NOT NULL"
SEARCH_INDEXES = (
    Index("ix_runs_search", "search", postgresql_using="gin"),
    Index(
        "ix_runs_place_key",
        "place_key",
        postgresql_ops={"place_key": "text_pattern_ops"},
        postgresql_where="visibility = 'public' AND latitude IS NOT NULL",
    ),
    Index("ix_runs_women", "starts_at", "id", postgresql_where=f"{LISTED} AND company = 'women'"),
    Index("ix_runs_paces", "paces", postgresql_using="gin", postgresql_where=LISTED),
    Index("ix_runs_weekday", text("EXTRACT(isodow FROM starts_local)"), "starts_at", "id", postgresql_where=LISTED),
    Index("ix_runs_pinned", "starts_at", "id", postgresql_where=f"{LISTED} AND latitude IS NOT NULL"),
    *(
        Index(f"ix_runs_{name}", name, "starts_at", "id", postgresql_where=f"{LISTED} AND {name} IS NOT NULL")
        for name in CELLS
    ),
)

ALL_RUN_PAGES = "run pages"
"""The name of a version that is part of that of each run's page."""


def page_version(run_id: uuid.UUID) -> str:
    """Return the name of the version of what other features show on the page of a run (`platform.versions`)."""
    return f"run:{run_id}"


class Run(Record, Changing, LocatedMixin, db.Model):
    """A joint run at one time and place.

    Time: `starts_at` is the moment, `starts_local` and `timezone` the wall clock that the organiser entered;
    `previous_starts_at` is the start before the last move. `starts_set_at` is when the present start, or a longer
    duration, was set (None: long ago); `steady_starts_at` is the last earlier start that stood for a day, which it did
    until `steady_until`. They decide which start opens phone numbers (`roster/queries/roster.py`). People meet `meet_minutes_before` the start. A run of a
    series keeps the day of the series' rule (`occurrence_on`) when it is moved.

    Places: `capacity` None means no limit. `taken` counts the places of people who go, of their guests and of open
    offers, which `offered` counts too. `beyond_capacity` are those of them for whom there was no place: people whom an
    organiser let in all the same. `waiting`, `interested` and `requested` count people. These counts and
    `next_rank`, the rank of the next person who joins, change under the run's lock together with the participations.
    Each participant may bring `guests_allowed` guests. Joining ends at `joining_closes_at`, None means at the start.

    `paces` repeats the paces of the pace groups, the quickest first, for lists and searches. `directions` say how to
    find each other at the place. `sequence` counts the organiser's edits (RFC 5545 §3.8.7.4), not the joins, and
    `edited_at` is the time of the last (None: of none, or long ago). A run with the visibility "link" is in no list;
    people who know its id or its code see it. One with the visibility "crew" is seen by the active members of its crew
    (`crew_id`), and by who takes part in it or organises it: without a crew, by these alone. `crew_told_at` is when the
    members were to be told of it, once, `followers_told_at` when those who follow it were. `announced_at` is when its
    organisers last wrote to all who take part; None spares its page the question. `route_sketch` is the small line of its
    route which everybody may see (`platform/geo/drawing.py`), for lists, heads and posters.

    Search: `search` holds the folded words of the texts and of the organiser's names. `spot_latitude` and
    `spot_longitude` are the pin, else the town named by the place or the organiser, else empty; the cells are the
    squares of four grids around that point. `place_key` is the place as `near` compares it.
    """

    __tablename__ = "runs"
    __table_args__ = (
        CheckConstraint("char_length(title) BETWEEN 3 AND 120", name="title_length"),
        CheckConstraint("char_length(description) <= 5000", name="description_length"),
        CheckConstraint("char_length(place) BETWEEN 2 AND 120", name="place_length"),
        CheckConstraint("char_length(directions) <= 500", name="directions_length"),
        CheckConstraint("duration_min BETWEEN 10 AND 2880", name="duration"),
        CheckConstraint("distance_km BETWEEN 0.5 AND 500", name="distance"),
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude"),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="whole_pin"),
        CheckConstraint(one_of("level", LEVELS), name="level"),
        CheckConstraint(one_of("terrain", TERRAINS), name="terrain"),
        CheckConstraint(one_of("visibility", VISIBILITIES), name="visibility"),
        CheckConstraint("capacity BETWEEN 2 AND 10000", name="capacity"),
        CheckConstraint(
            "taken BETWEEN 0 AND capacity + beyond_capacity OR capacity IS NULL AND taken >= 0", name="room"
        ),
        CheckConstraint("beyond_capacity >= 0", name="beyond_capacity"),
        CheckConstraint("waiting >= 0 AND interested >= 0 AND requested >= 0", name="counts"),
        CheckConstraint("offered BETWEEN 0 AND taken", name="offered"),
        CheckConstraint(one_of("company", COMPANIES), name="company"),
        CheckConstraint(one_of("join_policy", JOIN_POLICIES), name="join_policy"),
        CheckConstraint(f"guests_allowed BETWEEN 0 AND {MOST_GUESTS}", name="guests_allowed"),
        CheckConstraint("meet_minutes_before BETWEEN 0 AND 120", name="meet_minutes_before"),
        CheckConstraint("joining_closes_at <= starts_at", name="joining_closes"),
        Index("ix_runs_listed", "starts_at", "id", postgresql_where=LISTED),
        Index("ix_runs_organiser_id_starts_at", "organiser_id", "starts_at", "id"),
        Index("ix_runs_requested", "organiser_id", "starts_at", postgresql_where="requested > 0"),
        CheckConstraint("(series_id IS NULL) = (occurrence_on IS NULL)", name="occurrence"),
        UniqueConstraint("series_id", "occurrence_on"),
        Index("ix_runs_series_id_starts_at", "series_id", "starts_at", postgresql_where="series_id IS NOT NULL"),
        *SEARCH_INDEXES,
        Index("ix_runs_cancelled", "starts_at", "id", postgresql_where=CALLED_OFF),
        Index("ix_runs_unheard", "created_at", "id", postgresql_where=f"{LISTED} AND followers_told_at IS NULL"),
        Index("ix_runs_crew_id_starts_at", "crew_id", "starts_at", "id", postgresql_where="crew_id IS NOT NULL"),
        Index(
            "ix_runs_crew_untold", "created_at", "id", postgresql_where="crew_id IS NOT NULL AND crew_told_at IS NULL"
        ),
        Index("ix_runs_begun", "starts_at", postgresql_where="cancelled_at IS NULL"),
    )

    organiser_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    title: Mapped[str]
    description: Mapped[str] = mapped_column(default="", server_default="")
    starts_at: Mapped[datetime]
    previous_starts_at: Mapped[datetime | None]
    starts_set_at: Mapped[datetime | None]
    steady_starts_at: Mapped[datetime | None]
    steady_until: Mapped[datetime | None]
    starts_local: Mapped[datetime] = mapped_column(DateTime(timezone=False))
    timezone: Mapped[str]
    duration_min: Mapped[int] = mapped_column(default=DEFAULT_DURATION, server_default="60")
    place: Mapped[str]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    directions: Mapped[str] = mapped_column(default="", server_default="")
    distance_km: Mapped[Decimal | None] = mapped_column(Numeric(5, 1))
    route_sketch: Mapped[str | None]
    level: Mapped[str] = mapped_column(default="all", server_default="all")
    terrain: Mapped[str] = mapped_column(default="road", server_default="road")
    capacity: Mapped[int | None]
    visibility: Mapped[str] = mapped_column(default="public", server_default="public")
    company: Mapped[str] = mapped_column(default="anyone", server_default="anyone")
    join_policy: Mapped[str] = mapped_column(default="open", server_default="open")
    joining_closes_at: Mapped[datetime | None]
    meet_minutes_before: Mapped[int] = mapped_column(default=0, server_default="0")
    guests_allowed: Mapped[int] = mapped_column(default=0, server_default="0")
    questions: Mapped[tuple[Question, ...]] = mapped_column(QuestionList, default=(), server_default="[]")
    paces: Mapped[tuple[int, ...]] = mapped_column(ARRAY(Integer, as_tuple=True), default=(), server_default="{}")
    short_code: Mapped[str] = mapped_column(default=ids.short_code, unique=True)
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str] = mapped_column(default="", server_default="")
    announced_at: Mapped[datetime | None]
    followers_told_at: Mapped[datetime | None]
    crew_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("crews.id", ondelete="SET NULL"))
    crew_told_at: Mapped[datetime | None]
    recap_at: Mapped[datetime | None]
    sequence: Mapped[int] = mapped_column(default=0, server_default="0")
    edited_at: Mapped[datetime | None]
    taken: Mapped[int] = mapped_column(default=0, server_default="0")
    beyond_capacity: Mapped[int] = mapped_column(default=0, server_default="0")
    offered: Mapped[int] = mapped_column(default=0, server_default="0")
    waiting: Mapped[int] = mapped_column(default=0, server_default="0")
    interested: Mapped[int] = mapped_column(default=0, server_default="0")
    requested: Mapped[int] = mapped_column(default=0, server_default="0")
    next_rank: Mapped[int] = mapped_column(default=1, server_default="1")
    series_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("series.id"))
    occurrence_on: Mapped[date | None]
    search: Mapped[Any] = mapped_column(WordVector, deferred=True)
    place_key: Mapped[str] = mapped_column(server_default="", deferred=True)

    organiser: Mapped[Person] = relationship(lazy="raise")

    @validates("starts_at")
    def _remember_start(self, _name: str, starts_at: datetime) -> datetime:
        if self.starts_at is not None and self.starts_at != starts_at:
            self.previous_starts_at = self.starts_at
            if self.starts_stood:
                self.steady_starts_at, self.steady_until = self.starts_at, clock.now()
        if self.starts_at != starts_at:
            self.starts_set_at = clock.now()
        return starts_at

    @validates("sequence")
    def _remember_edit(self, _name: str, sequence: int) -> int:
        if self.sequence is not None and sequence > self.sequence:
            self.edited_at = clock.now()
        return sequence

    @validates("duration_min")
    def _remember_duration(self, _name: str, minutes: int) -> int:
        if self.duration_min is not None and minutes > self.duration_min:
            if self.starts_stood:
                self.steady_starts_at, self.steady_until = self.starts_at, clock.now()
            self.starts_set_at = clock.now()
        return minutes

    @property
    def starts_stood(self) -> bool:
        """Whether the present start was set at least a day ago, so that whom it does not suit could leave."""
        return self.starts_set_at is None or self.starts_set_at <= clock.now() - STEADY_AFTER

    @hybrid_property
    def ends_at(self) -> datetime:
        """When the run ends, in Python and in SQL."""
        return self.starts_at + timedelta(minutes=self.duration_min)

    @ends_at.inplace.expression
    @classmethod
    def _ends_at_in_sql(cls) -> ColumnElement[datetime]:
        return cls.starts_at + func.make_interval(*[literal_column("0")] * 5, cls.duration_min)

    @property
    def meets_at(self) -> datetime:
        """When people meet, which may be some minutes before the start."""
        return self.starts_at - timedelta(minutes=self.meet_minutes_before)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the meeting point."""
        return ZoneInfo(self.timezone)

    @property
    def listed(self) -> bool:
        """Whether the run is public and not cancelled."""
        return self.visibility == "public" and self.cancelled_at is None

    @property
    def places_left(self) -> int | None:
        """The number of places that are neither taken nor offered; None means no limit."""
        return None if self.capacity is None else max(0, self.capacity - self.taken)

    @property
    def involved(self) -> int:
        """The number of people who take part in any way, guests included."""
        return self.taken + self.waiting + self.interested + self.requested

    @property
    def coming(self) -> int:
        """The number of people who come, guests included."""
        return self.taken - self.offered

    def update_search_index(self, organiser: Person) -> None:
        """Compute the search columns from the run and its organiser."""
        self.search = searchable_words(self.title, self.place, *organiser.search_names, self.description or "")
        self.place_key = gazetteer.name_key(self.place)[:LONGEST_KEY]
        spot: tuple[float | None, float | None] = (self.latitude, self.longitude)
        if self.latitude is None or self.longitude is None:
            spot = locate_town(self.place, organiser.city, self.timezone)
        self.set_location(*spot)


@event.listens_for(Run, "after_update")
def _publish_change(_mapper: Any, _connection: Any, run: Run) -> None:
    """Tell the pages of a run that are open of each change of its row, such as the places in it."""
    publish(f"run:{run.id}", "changed")


class PaceGroup(Record, db.Model):
    """A group of a run with its own pace.

    `pace` is in seconds a kilometre; `size` None means no limit. `position` counts from 0. The leader takes part in the
    run or organises it, and is named once they have agreed (`leader_agreed_at`); until then they are asked, by the
    organiser `leader_asker_id`, unless they have said no (`leader_declined_at`). With `leader_for_series` they agreed to
    lead the group of this name in later runs of the series too.
    """

    __tablename__ = "pace_groups"
    __table_args__ = (
        UniqueConstraint("run_id", "position", deferrable=True, initially="DEFERRED"),  # groups change places
        CheckConstraint("char_length(name) BETWEEN 1 AND 40", name="name_length"),
        CheckConstraint("pace BETWEEN 120 AND 1200", name="pace"),
        CheckConstraint("size BETWEEN 1 AND 10000", name="size"),
        CheckConstraint(f"position BETWEEN 0 AND {MOST_PACE_GROUPS - 1}", name="position"),
        Index("ix_pace_groups_pace", "pace", "run_id"),
        Index("ix_pace_groups_leader_id", "leader_id", postgresql_where="leader_id IS NOT NULL"),
        Index("ix_pace_groups_leader_asker_id", "leader_asker_id", postgresql_where="leader_asker_id IS NOT NULL"),
    )

    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    position: Mapped[int]
    name: Mapped[str]
    pace: Mapped[int]
    leader_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    leader_asker_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    leader_agreed_at: Mapped[datetime | None]
    leader_declined_at: Mapped[datetime | None]
    leader_for_series: Mapped[bool] = mapped_column(default=False, server_default="false")
    size: Mapped[int | None]


class DeletedRun(Record, db.Model):
    """The id and the short code of a run that its organiser deleted.

    Links in messages and calendars live for years; they lead to a page that says that the run was deleted.
    """

    __tablename__ = "deleted_runs"

    short_code: Mapped[str] = mapped_column(unique=True)


class RunOrganiser(Record, Changing, db.Model):
    """A co-organiser of a run, who has agreed to be one; the owner (`runs.organiser_id`) has no row here.

    Co-organisers may do everything that the owner may, except delete the run and hand it over. `added_by_id` is who
    asked them. With `for_series` they agreed to be an organiser of the runs of the series that are made later, with
    `takes_over` to own the run if its owner deletes their account. A row without `agreed_at` counts for nothing: people
    are asked by a `RunInvitation`. `number_mark` is not used any more.
    """

    __tablename__ = "run_organisers"
    __table_args__ = (
        UniqueConstraint("run_id", "person_id"),
        Index("ix_run_organisers_person_id_run_id", "person_id", "run_id"),
        Index("ix_run_organisers_added_by_id", "added_by_id"),
    )

    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    added_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    agreed_at: Mapped[datetime | None]
    number_mark: Mapped[str] = mapped_column(default="", server_default="")
    for_series: Mapped[bool] = mapped_column(default=False, server_default="false")
    takes_over: Mapped[bool] = mapped_column(default=False, server_default="false")


class RunInvitation(Record, db.Model):
    """A question to a person whether they want to organise a run with its organisers (ORGANISER) or own it (OWNER).

    Nobody is named under a run before they have answered yes. The person is known by `person_id`, or else is whoever
    has the number that was typed (`phone`, E.164), if anybody: the asker is not told. An answer or a withdrawal deletes
    the row, but a no leaves it, with `declined_at`, so that nobody is asked twice. `with_series` offers the owner's
    series too; `stays` says that the present owner would like to go on as an organiser.
    """

    __tablename__ = "run_invitations"
    __table_args__ = (
        CheckConstraint(one_of("role", INVITATION_ROLES), name="role"),
        CheckConstraint("(person_id IS NULL) <> (phone IS NULL)", name="one_person"),
        UniqueConstraint("run_id", "role", "person_id"),
        UniqueConstraint("run_id", "role", "phone"),
        Index("uq_run_invitations_offer", "run_id", unique=True, postgresql_where="role = 'owner'"),
        Index("ix_run_invitations_person_id", "person_id", postgresql_where="person_id IS NOT NULL"),
        Index("ix_run_invitations_phone", "phone", postgresql_where="phone IS NOT NULL"),
        Index("ix_run_invitations_asker_id", "asker_id"),
        Index("ix_run_invitations_expires_at", "expires_at"),
    )

    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    role: Mapped[str]
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    phone: Mapped[str | None]
    asker_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    with_series: Mapped[bool] = mapped_column(default=False, server_default="false")
    stays: Mapped[bool] = mapped_column(default=False, server_default="false")
    declined_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]


class JoinSmsOff(Record, db.Model):
    """An organiser who gets no SMS of people who join a run, or ask to; they are notified in the app alone."""

    __tablename__ = "join_sms_off"
    __table_args__ = (UniqueConstraint("run_id", "person_id"), Index("ix_join_sms_off_person_id", "person_id"))

    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
