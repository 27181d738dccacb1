"""Making the runs of series, eight weeks ahead, and telling who is concerned when several of them change."""

from __future__ import annotations

import uuid
from contextlib import suppress
from datetime import UTC, date, timedelta

from hampa.notifications.actions import notify
from hampa.notifications.models import APP_AND_SMS, APP_ONLY
from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.jobs import enqueue, job
from hampa.runs.actions.places import allocate_places
from hampa.runs.actions.snapshots import personal_links_of_first, run_snapshot
from hampa.runs.jobs.notify_changes import MOVED
from hampa.runs.models.participation import INTERESTED, WANTS_TO_GO
from hampa.runs.models.run import Run
from hampa.runs.queries import runs
from hampa.series.actions import memberships
from hampa.series.actions.series import AHEAD, make_run_on, make_runs
from hampa.series.queries import files_wait, in_order, organisers, taking_part, with_runs_to_make

RUNS_AT_ONCE = 8
"""How many runs are made, with all members of their series, in one transaction."""
FILES_TAKE = timedelta(seconds=20)
"""How long after an upload to look again whether it was read; an upload that can't be is given up some day."""


@job("runs.continue_series", every=timedelta(hours=1))
def continue_series() -> None:
    """Have the runs made that came into sight, each series by a job of its own."""
    for series_id in with_runs_to_make(clock.now().astimezone(UTC).date() + AHEAD):
        enqueue("runs.make_runs_of_series", series_id=series_id)
    db.session.commit()


@job("runs.make_runs_of_series")
def make_runs_of_series(series_id: uuid.UUID) -> None:
    """Make some runs of a series that came into sight, once the files that they are to have were read."""
    if files_wait(series_id):
        enqueue("runs.make_runs_of_series", at=clock.now() + FILES_TAKE, series_id=series_id)
    else:
        make_runs(series_id, RUNS_AT_ONCE)
    db.session.commit()


@job("runs.bring_member")
def bring_member(person_id: uuid.UUID, run_ids: list[uuid.UUID], chain: uuid.UUID | None = None) -> None:
    """Let a new member of a series into the runs that exist already, some in this job and the others in the next."""
    person = db.session.get(Person, person_id)
    if person is not None and person.state == "active":
        memberships.join_upcoming_runs(person, run_ids, chain)
    db.session.commit()


@job("runs.take_member_out")
def take_member_out(person_id: uuid.UUID, ranks: dict[str, int]) -> None:
    """Take somebody who comes every time no more out of the runs that are up, by their rank in each; a run at a time, so
    that nobody who joins another one waits.
    """
    for run_id, rank in ranks.items():
        memberships.leave_joined_run(db.session.get_one(Person, person_id), uuid.UUID(run_id), rank)
        db.session.commit()


@job("runs.settle_runs")
def settle_runs(run_ids: list[uuid.UUID]) -> None:
    """Give the places that came free in these runs to those who wait, each run in a transaction of its own."""
    for run_id in run_ids:
        with suppress(NotFound):
            allocate_places(runs.locked_run(run_id))
        db.session.commit()


@job("runs.make_run_of_series")
def make_run_of_series(series_id: uuid.UUID, day: date) -> None:
    """Make the one run of a day that was taken back after its turn had come."""
    make_run_on(series_id, day)
    db.session.commit()


@job("runs.tell_series_changed")
def tell_series_changed(run_ids: list[uuid.UUID], changed: list[str], event: uuid.UUID) -> None:
    """Tell each who is concerned once that these runs of a series changed: by SMS where or when of who comes, else in
    the app. Runs that are cancelled by now are told of as cancelled, not as changed.
    """
    runs = [run for run in in_order(run_ids) if run.cancelled_at is None]
    _notify(runs, event, sms=not MOVED.isdisjoint(changed), changes=changed, cancelled=False)
    db.session.commit()


@job("runs.tell_series_cancelled")
def tell_series_cancelled(run_ids: list[uuid.UUID], event: uuid.UUID) -> None:
    """Tell each who takes part in any of these runs once that they are called off, by SMS who would have come; and in the
    app who organises them too."""
    _notify(in_order(run_ids), event, sms=True, changes=[], cancelled=True)
    db.session.commit()


def _notify(runs: list[Run], event: uuid.UUID, *, sms: bool, changes: list[str], cancelled: bool) -> None:
    if not runs:
        return
    first = runs[0]
    ids = [run.id for run in runs]
    for people, channels in (
        (taking_part(ids, *WANTS_TO_GO), APP_AND_SMS if sms else APP_ONLY),
        (taking_part(ids, INTERESTED), APP_ONLY),
        (organisers(ids), APP_ONLY),
    ):
        notify(
            people,
            "series_changed",
            actor_id=first.organiser_id,
            subject_id=first.series_id or first.id,
            data={
                **run_snapshot(first),
                "changes": changes,
                "runs": len(runs),
                "cancelled": cancelled,
                "reason": first.cancel_reason,
            },
            event=event,
            channels=channels,
            expires_at=runs[-1].ends_at,
            personal_sms_data=personal_links_of_first(runs),
        )
