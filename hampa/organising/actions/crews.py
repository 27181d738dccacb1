"""What becomes of the runs of a crew: taken out of it, or cancelled with it; and the places of who is banned from it.

Each run and each series is changed in a transaction of its own, which the caller commits, under its lock.
"""

import uuid
from collections.abc import Sequence

from sqlalchemy import delete, select

from hampa.crews.queries.crews import member_with
from hampa.people.models import Person
from hampa.plans.actions import mark_cancelled
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.jobs import enqueue
from hampa.platform.locale.i18n import gettext as _, use_locale
from hampa.runs.actions.events import tell
from hampa.runs.actions.listing import invalidate_listing
from hampa.runs.actions.places import allocate_places, set_status
from hampa.runs.models.participation import LEFT, TAKING_PART, Participation
from hampa.runs.models.run import CREW, LINK, Run, RunOrganiser
from hampa.runs.queries import people, runs
from hampa.series.models import Series, SeriesMembership
from hampa.series.queries import locked_series

AT_ONCE = 50
"""Runs or series that one job changes."""


def take_out_run(person: Person, crew_id: uuid.UUID, run_id: uuid.UUID) -> None:
    """Take a run out of a crew as somebody who may remove members; it stays with its organiser.

    Raise Forbidden and NotFound.
    """
    member_with(person, crew_id, "remove")
    run = runs.locked_run(run_id, person)
    if run.crew_id != crew_id:
        raise NotFound
    take_out(run, person.id)


def take_out(run: Run, by: uuid.UUID | None = None) -> None:
    """Take a locked run out of its crew, of which those in it are told; who has its link sees it from then on."""
    changed = ["crew_id"]
    run.crew_id = run.crew_told_at = None
    if run.visibility == CREW:
        run.visibility = LINK
        changed.append("visibility")
    run.sequence += 1
    db.session.flush()
    invalidate_listing()
    tell(run, "run.changed", {"changes": changed})
    enqueue("runs.tell_changed", run_id=run.id, sequence=run.sequence, changed=changed, by=by)


def cancel_with_crew(run: Run, by: uuid.UUID) -> None:
    """Cancel a locked run because its crew is closed, of which those in it are told."""
    organiser = db.session.get_one(Person, run.organiser_id)
    with use_locale(organiser.locale, organiser.timezone, organiser.calendar, organiser.units):
        mark_cancelled(run, _("The crew was closed."))
    db.session.flush()
    enqueue("runs.tell_cancelled", run_id=run.id, by=by)


def take_out_series(series_id: uuid.UUID, *, ends: bool = False) -> None:
    """Take a series out of its crew, so that later runs do not belong to it; with `ends` it makes no more."""
    series = locked_series(series_id)
    series.crew_id = None
    if series.plan["visibility"] == CREW:
        series.plan = series.plan | {"visibility": LINK}
    if ends and series.ended_at is None:
        series.ended_at, series.next_on = clock.now(), None
    db.session.flush()


def upcoming_runs_in(crew_id: uuid.UUID, organiser_id: uuid.UUID | None = None) -> Sequence[uuid.UUID]:
    """Return the first runs of a crew that have not begun, soonest first: of one organiser, or of all."""
    own = [] if organiser_id is None else [Run.organiser_id == organiser_id]
    query = select(Run.id).where(Run.crew_id == crew_id, Run.cancelled_at.is_(None), Run.starts_at > clock.now(), *own)
    return db.session.scalars(query.order_by(Run.starts_at, Run.id).limit(AT_ONCE)).all()


def series_in(crew_id: uuid.UUID, organiser_id: uuid.UUID | None = None) -> Sequence[uuid.UUID]:
    """Return the first series of a crew: of one organiser, or of all."""
    own = [] if organiser_id is None else [Series.organiser_id == organiser_id]
    query = select(Series.id).where(Series.crew_id == crew_id, *own).order_by(Series.id)
    return db.session.scalars(query.limit(AT_ONCE)).all()


def runs_with(crew_id: uuid.UUID, person_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Return the first runs for a crew alone that have not begun and in which a person takes part."""
    query = (
        select(Run.id)
        .join(Participation, Participation.run_id == Run.id)
        .where(
            *(Run.crew_id == crew_id, Run.visibility == CREW, Run.starts_at > clock.now()),
            *(Participation.person_id == person_id, Participation.status.in_(TAKING_PART)),
        )
    )
    return db.session.scalars(query.order_by(Run.starts_at, Run.id).limit(AT_ONCE)).all()


def end_place(run_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """End the part of a person in a run; the place goes to the next in line."""
    run = runs.locked_run(run_id)
    participation = people.participation_of(db.session.get_one(Person, person_id), run.id)
    if participation is not None and participation.status in TAKING_PART:
        set_status(run, participation, LEFT)
        allocate_places(run)
    db.session.flush()


def end_roles(crew_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """End the memberships of a person in the series for a crew alone, and their part in organising others' runs for it."""
    for_crew = select(Series.id).where(Series.crew_id == crew_id, Series.plan["visibility"].astext == CREW)
    upcoming = select(Run.id).where(Run.crew_id == crew_id, Run.visibility == CREW, Run.starts_at > clock.now())
    for statement in (
        delete(SeriesMembership).where(
            SeriesMembership.person_id == person_id, SeriesMembership.series_id.in_(for_crew)
        ),
        delete(RunOrganiser).where(RunOrganiser.person_id == person_id, RunOrganiser.run_id.in_(upcoming)),
    ):
        db.session.execute(statement.execution_options(synchronize_session=False))
    invalidate_listing()
