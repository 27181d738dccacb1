"""Background work for invitations, for short links of maps, and for the runs of crews."""

import logging
import uuid
from contextlib import suppress
from datetime import timedelta

from hampa.crews.actions.endings import when_banned, when_closed
from hampa.crews.queries.crews import crew_by_id, is_banned
from hampa.organising.actions import crews, invitations, map_links
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.geo.short_links import LinkClosed, LinkOpener, LinkUnreachable
from hampa.platform.jobs import enqueue, job
from hampa.runs.queries import runs

opener = LinkOpener()
log = logging.getLogger(__name__)


@job("organising.forget_invitations", every=timedelta(days=1))
def forget_expired_invitations() -> None:
    """Delete the invitations whose time has passed, with the phone numbers in them."""
    invitations.forget_expired()
    db.session.commit()


@job("organising.open_map_link")
def open_map_link(
    run_id: uuid.UUID, link: str, by: uuid.UUID, *, pin: list[float], whole_series: bool, tries: int
) -> None:
    """Open a short link, then put the pin there or tell the organiser how to go on; no transaction is open meanwhile."""
    try:
        point = opener.point_behind(link)
    except LinkUnreachable as reason:
        log.info("a map link could not be opened: %s", reason)
        again = map_links.try_again(run_id, link, by, pin=pin, whole_series=whole_series, tries=tries)
        if not again:
            map_links.tell_failed(run_id, link, by)
    except LinkClosed as reason:
        log.info("a map link says no place: %s", reason)
        map_links.tell_failed(run_id, link, by)
    else:
        map_links.set_pin(run_id, point, by, pin=pin, whole_series=whole_series)
    db.session.commit()


@when_closed
def enqueue_end_of_runs(crew_id: uuid.UUID, admin_id: uuid.UUID, cancels_runs: bool) -> None:
    """Have the worker take the runs of a closed crew out of it, or cancel them."""
    enqueue("organising.end_runs_of_crew", crew_id=crew_id, by=admin_id, cancels=cancels_runs)


@job("organising.end_runs_of_crew")
def end_runs_of_crew(crew_id: uuid.UUID, by: uuid.UUID, *, cancels: bool) -> None:
    """Take the series and the runs to come of a closed crew out of it, or cancel these: some now, others in the next job.

    A crew that was opened again keeps what it still has.
    """
    crew = crew_by_id(crew_id)
    if crew is None or crew.closed_at is None:
        return
    series_ids = crews.series_in(crew_id)
    for series_id in series_ids:
        crews.take_out_series(series_id, ends=cancels)
        db.session.commit()
    run_ids = crews.upcoming_runs_in(crew_id)  # also those that the series made until now
    for run_id in run_ids:
        _end_run(run_id, crew_id, by, cancels=cancels)
        db.session.commit()
    if crews.AT_ONCE in (len(series_ids), len(run_ids)):
        enqueue("organising.end_runs_of_crew", crew_id=crew_id, by=by, cancels=cancels)
    db.session.commit()


def _end_run(run_id: uuid.UUID, crew_id: uuid.UUID, by: uuid.UUID | None, *, cancels: bool) -> None:
    with suppress(NotFound):
        run = runs.locked_run(run_id)
        if run.crew_id != crew_id or run.cancelled_at is not None or run.starts_at <= clock.now():
            return
        if cancels and by is not None:
            crews.cancel_with_crew(run, by)
        else:
            crews.take_out(run, by)


@when_banned
def enqueue_end_of_places(crew_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Have the worker end what a banned person has in the runs of the crew."""
    enqueue("organising.end_places_in_crew", crew_id=crew_id, person_id=person_id)


@job("organising.end_places_in_crew")
def end_places_in_crew(crew_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """End the places of a banned person in runs for the crew alone, and take their own runs out of it.

    Some are ended now, others in the next job. Whoever was let in again meanwhile keeps what they still have.
    """
    if not is_banned(person_id, crew_id):
        return
    crews.end_roles(crew_id, person_id)
    db.session.commit()
    series_ids = crews.series_in(crew_id, person_id)
    for series_id in series_ids:
        crews.take_out_series(series_id)
        db.session.commit()
    own_ids = crews.upcoming_runs_in(crew_id, person_id)  # also those that the series made until now
    for run_id in own_ids:
        _end_run(run_id, crew_id, None, cancels=False)
        db.session.commit()
    run_ids = crews.runs_with(crew_id, person_id)
    for run_id in run_ids:
        with suppress(NotFound):
            crews.end_place(run_id, person_id)
        db.session.commit()
    if crews.AT_ONCE in (len(series_ids), len(own_ids), len(run_ids)):
        enqueue("organising.end_places_in_crew", crew_id=crew_id, person_id=person_id)
    db.session.commit()
