"""Coming every time: in each run of a series, without being asked again. Under the series' lock."""

from __future__ import annotations

import uuid

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from hampa.people.models.person import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import NotFound, Refused
from hampa.platform.jobs import enqueue
from hampa.platform.locale.i18n import gettext as _
from hampa.runs.actions.joining import join_run, leave_run
from hampa.runs.actions.snapshots import invalidate_listing
from hampa.runs.models.participation import GOING, Participation
from hampa.runs.models.run import Run
from hampa.runs.queries import runs
from hampa.runs.queries.people import participation_of
from hampa.series import queries
from hampa.series.models import Series, SeriesMembership

RUNS_AT_ONCE = 8
"""How many runs the worker lets a member into in one transaction; then it goes on in a job of its own."""


def join_series(person: Person, series_id: uuid.UUID, looking_at: uuid.UUID | None = None) -> Series:
    """Go to all runs of the series that have not begun, and to each new one. Doing it twice is doing it once.

    A run "by link" of a public series is not among them: whoever has its link may join it there. Who left one of them, or
    was in it in any other way, stays so there. The organisers hear of it once. The run they are `looking_at`, or else the next
    one, is joined at once, the others are the worker's. Raises Refused when no run is to come, and NotFound.
    """
    series = queries.locked(series_id, person)
    there = queries.found_by(series)
    if not there and series.next_on is None:
        raise Refused(_("This series has ended."))
    db.session.execute(
        insert(SeriesMembership)
        .values(series_id=series.id, person_id=person.id, created_at=clock.now())
        .on_conflict_do_nothing()
    )
    invalidate_listing()
    new = _unanswered(person, there)
    if new:
        first = looking_at if looking_at in new else new[0]
        _let_in(person, first, announced=True)
        new.remove(first)
    if new:
        enqueue("runs.bring_member", person_id=person.id, run_ids=new, chain=ids.new_id())
    return series


def join_upcoming_runs(person: Person, run_ids: list[uuid.UUID], chain: uuid.UUID | None) -> None:
    """Let a member of a series into the first of these runs that they have not answered yet, and defer the others.

    Doing it twice is doing it once: `chain` is the same in all jobs that follow one another, and makes each unique. A
    person who is no member by now, also of a series that was split off, is let into none.
    """
    now, later = run_ids[:RUNS_AT_ONCE], run_ids[RUNS_AT_ONCE:]
    for series_id in queries.series_of_runs(now):
        queries.locked(series_id)
        if queries.comes_every_time(person, series_id):
            for run_id in _unanswered(person, queries.among(series_id, now)):
                _let_in(person, run_id, announced=False)
    if later:
        key = f"runs.bring_member:{chain}:{later[0]}" if chain else None
        enqueue("runs.bring_member", key=key, person_id=person.id, run_ids=later, chain=chain)


def _unanswered(person: Person, run_ids: list[uuid.UUID]) -> list[uuid.UUID]:
    """Those of the runs in which this person never was in any way."""
    answered = set(
        db.session.scalars(
            select(Participation.run_id).where(Participation.person_id == person.id, Participation.run_id.in_(run_ids))
        )
    )
    return [run_id for run_id in run_ids if run_id not in answered]


def leave_series(person: Person, series_id: uuid.UUID, *, leave: bool = False) -> Series:
    """Come to no new run of the series unasked; with `leave`, also take part no more in those that have not begun: the
    next one is left at once, the others are the worker's. Raises Refused for who organises that one alone, and NotFound.
    """
    series = queries.locked(series_id)
    db.session.execute(
        delete(SeriesMembership).where(SeriesMembership.series_id == series.id, SeriesMembership.person_id == person.id)
    )
    invalidate_listing()
    ranks = queries.ranks_of(person, series.id) if leave else {}
    if ranks:
        first, *others = ranks
        leave_run(person, first)
        enqueue("runs.take_member_out", person_id=person.id, ranks={str(run_id): ranks[run_id] for run_id in others})
    return series


def leave_joined_run(person: Person, run_id: uuid.UUID, rank: int) -> None:
    """Let who came every time take part no more in a run in which they stand at this `rank`. Who comes every time again,
    or has come to the run anew since, which gives them another rank, stays. Doing it twice is doing it once.
    """
    try:
        run = runs.locked_run(run_id, person)
        mine = participation_of(person, run.id)
        if mine is not None and mine.rank == rank and not queries.comes_every_time(person, run.series_id):
            leave_run(person, run.id)
    except (Refused, NotFound):  # it has begun or is cancelled or gone by now, or they organise it alone
        pass


def add_members_to_run(run: Run) -> None:
    """Let all who come every time into a new run of their series, in the order in which they said so."""
    members = (
        select(Person)
        .join(SeriesMembership, SeriesMembership.person_id == Person.id)
        .where(SeriesMembership.series_id == run.series_id, Person.state == "active")
        .order_by(SeriesMembership.created_at, SeriesMembership.id)
    )
    for member in db.session.scalars(members).all():
        _let_in(member, run.id, announced=False)


def _let_in(person: Person, run_id: uuid.UUID, *, announced: bool) -> None:
    """Whom a run refuses (its joining has closed, it is for women), or who may not know of it any more since they or its
    organiser blocked the other, does not keep the others from coming.
    """
    try:
        with db.session.begin_nested():
            join_run(person, run_id, GOING, announced=announced)
    except (Refused, NotFound):
        pass
