"""Joining and leaving all runs of a series, under the series' lock."""

import uuid
from contextlib import suppress

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from hampa.joining.actions import join_run, leave_run
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import NotFound, Refused
from hampa.platform.jobs import enqueue
from hampa.platform.locale.i18n import gettext as _
from hampa.runs.actions.listing import invalidate_listing
from hampa.runs.models.participation import GOING, Participation
from hampa.runs.models.run import Run
from hampa.runs.queries import runs
from hampa.runs.queries.people import participation_of
from hampa.series import queries
from hampa.series.models import SeriesMembership

RUNS_AT_ONCE = 8
"""How many runs the worker adds a member to in one transaction; it goes on in a job of its own."""


def join_series(person: Person, series_id: uuid.UUID, current_run_id: uuid.UUID | None = None) -> None:
    """Join all runs of the series that have not begun, and each new one. Joining twice is joining once.

    Runs "by link" of a public series are left out: people with the link may join there. A person who left a run, or is
    in it in any other way, stays so. The current run, or else the next one, is joined at once, which is announced to
    the organisers; the worker does the others. Raise Refused when no run is to come, and NotFound.
    """
    series = queries.locked_series(series_id, person)
    run_ids = queries.upcoming_run_ids(series.id, queries.is_listed_with(series))
    if not run_ids and series.next_on is None:
        raise Refused(_("This series has ended."))
    db.session.execute(
        insert(SeriesMembership)
        .values(series_id=series.id, person_id=person.id, created_at=clock.now())
        .on_conflict_do_nothing()
    )
    invalidate_listing()
    new = _unanswered(person, run_ids)
    if new:
        first = current_run_id if current_run_id in new else new[0]
        _join_if_allowed(person, first, announced=True)
        new.remove(first)
    if new:
        enqueue("runs.bring_member", person_id=person.id, run_ids=new, chain=ids.new_id())


def join_upcoming_runs(person: Person, run_ids: list[uuid.UUID], chain: uuid.UUID | None) -> None:
    """Add a member of a series to the first of these runs that they have not answered, and enqueue the others.

    Doing it twice is doing it once: `chain` is the same in all jobs that follow one another, and makes each unique. A
    person who is no member any more, also of a series that was split off, is added to none.
    """
    batch, later = run_ids[:RUNS_AT_ONCE], run_ids[RUNS_AT_ONCE:]
    for series_id in queries.series_ids_of(batch):
        queries.locked_series(series_id)
        if queries.is_member(person, series_id):
            for run_id in _unanswered(person, queries.upcoming_run_ids(series_id, Run.id.in_(batch))):
                _join_if_allowed(person, run_id, announced=False)
    if later:
        key = f"runs.bring_member:{chain}:{later[0]}" if chain else None
        enqueue("runs.bring_member", key=key, person_id=person.id, run_ids=later, chain=chain)


def _unanswered(person: Person, run_ids: list[uuid.UUID]) -> list[uuid.UUID]:
    """Return the runs in which the person never was in any way."""
    query = select(Participation.run_id).where(Participation.person_id == person.id, Participation.run_id.in_(run_ids))
    answered = set(db.session.scalars(query))
    return [run_id for run_id in run_ids if run_id not in answered]


def leave_series(person: Person, series_id: uuid.UUID, *, leave: bool = False) -> None:
    """End the membership; with `leave`, also leave the runs that have not begun. Raise Refused and NotFound."""
    series = queries.locked_series(series_id)
    db.session.execute(
        delete(SeriesMembership).where(SeriesMembership.series_id == series.id, SeriesMembership.person_id == person.id)
    )
    invalidate_listing()
    ranks = queries.upcoming_ranks(person, series.id) if leave else {}
    if ranks:
        first, *others = ranks
        leave_run(person, first)
        enqueue("runs.take_member_out", person_id=person.id, ranks={str(run_id): ranks[run_id] for run_id in others})


def leave_joined_run(person: Person, run_id: uuid.UUID, rank: int) -> None:
    """Remove a former member from a run, unless their rank shows that they have joined it anew."""
    # The run may have begun, be cancelled or deleted by now, or the person may organise it alone.
    with suppress(Refused, NotFound):
        run = runs.locked_run(run_id, person)
        participation = participation_of(person, run.id)
        if participation and participation.rank == rank and not queries.is_member(person, run.series_id):
            leave_run(person, run.id)


def add_members_to_run(run: Run) -> None:
    """Add all members to a new run of their series, in the order of their memberships."""
    members = (
        select(Person)
        .join(SeriesMembership, SeriesMembership.person_id == Person.id)
        .where(SeriesMembership.series_id == run.series_id, Person.state == "active")
        .order_by(SeriesMembership.created_at, SeriesMembership.id)
    )
    for member in db.session.scalars(members).all():
        _join_if_allowed(member, run.id, announced=False)


def _join_if_allowed(person: Person, run_id: uuid.UUID, *, announced: bool) -> None:
    # Joining may have closed, the run may be for women, or a block may hide it since. The others still join.
    with suppress(Refused, NotFound), db.session.begin_nested():
        join_run(person, run_id, GOING, announced=announced)
