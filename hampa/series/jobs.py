"""Jobs that make the runs of series eight weeks ahead, and notify people when several runs change at once."""

import uuid
from contextlib import suppress
from datetime import UTC, date, timedelta

from sqlalchemy import Select, select

from hampa.notifications.actions.notifying import notify
from hampa.notifications.models import APP_ONLY, CHANNELS
from hampa.people.models import Person
from hampa.plans.actions import URGENT_CHANGES
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.jobs import enqueue, job
from hampa.runs.actions.places import allocate_places
from hampa.runs.models.participation import INTERESTED, WANTS_TO_GO, Participation
from hampa.runs.models.run import Run, RunOrganiser
from hampa.runs.queries import runs
from hampa.runs.queries.snapshots import personal_link_ids_of_first, run_snapshot
from hampa.series.actions import memberships
from hampa.series.actions.series import AHEAD, make_run_on, make_runs
from hampa.series.queries import has_unread_files, series_to_continue

RUNS_AT_ONCE = 8
"""How many runs are made, with all members of their series, in one transaction."""
FILES_TAKE = timedelta(seconds=20)
"""How long to wait for files to be read; an upload that can't be read is given up in the end."""


@job("runs.continue_series", every=timedelta(hours=1))
def continue_series() -> None:
    """Enqueue the making of runs that are due, each series in a job of its own."""
    for series_id in series_to_continue(clock.now().astimezone(UTC).date() + AHEAD):
        enqueue("runs.make_runs_of_series", series_id=series_id)
    db.session.commit()


@job("runs.make_runs_of_series")
def make_runs_of_series(series_id: uuid.UUID) -> None:
    """Make some runs of a series, once the files that they copy are read."""
    if has_unread_files(series_id):
        enqueue("runs.make_runs_of_series", at=clock.now() + FILES_TAKE, series_id=series_id)
    else:
        make_runs(series_id, RUNS_AT_ONCE)
    db.session.commit()


@job("runs.bring_member")
def join_upcoming_runs(person_id: uuid.UUID, run_ids: list[uuid.UUID], chain: uuid.UUID | None = None) -> None:
    """Add a new member to the existing runs, some in this job and the others in the next."""
    person = db.session.get(Person, person_id)
    if person is not None and person.state == "active":
        memberships.join_upcoming_runs(person, run_ids, chain)
    db.session.commit()


@job("runs.take_member_out")
def leave_upcoming_runs(person_id: uuid.UUID, ranks: dict[str, int]) -> None:
    """Remove a former member from runs, by the rank in each; a run at a time, so that others who join need not wait."""
    for run_id, rank in ranks.items():
        memberships.leave_joined_run(db.session.get_one(Person, person_id), uuid.UUID(run_id), rank)
        db.session.commit()


@job("runs.settle_runs")
def allocate_free_places(run_ids: list[uuid.UUID]) -> None:
    """Give free places to the waitlist of these runs, each run in a transaction of its own."""
    for run_id in run_ids:
        with suppress(NotFound):
            allocate_places(runs.locked_run(run_id))
        db.session.commit()


@job("runs.make_run_of_series")
def make_run_of_series(series_id: uuid.UUID, day: date) -> None:
    """Make the run of a restored day whose turn has passed."""
    make_run_on(series_id, day)
    db.session.commit()


@job("runs.tell_series_changed")
def notify_series_changed(run_ids: list[uuid.UUID], changed: list[str], event: uuid.UUID) -> None:
    """Notify each person once of changed runs, those who come by SMS if time or place changed."""
    runs = [run for run in _runs_by_start(run_ids) if run.cancelled_at is None]
    _notify(runs, event, sms=not URGENT_CHANGES.isdisjoint(changed), changes=changed, cancelled=False)
    db.session.commit()


@job("runs.tell_series_cancelled")
def notify_series_cancelled(run_ids: list[uuid.UUID], event: uuid.UUID) -> None:
    """Notify participants and organisers once that these runs are cancelled; those who would have come by SMS too."""
    _notify(_runs_by_start(run_ids), event, sms=True, changes=[], cancelled=True)
    db.session.commit()


def _runs_by_start(run_ids: list[uuid.UUID]) -> list[Run]:
    return list(db.session.scalars(select(Run).where(Run.id.in_(run_ids)).order_by(Run.starts_at)))


def _notify(runs: list[Run], event: uuid.UUID, *, sms: bool, changes: list[str], cancelled: bool) -> None:
    if not runs:
        return
    first = runs[0]
    run_ids = [run.id for run in runs]

    def participants(*statuses: str) -> Select[uuid.UUID]:
        return select(Participation.person_id).where(
            Participation.run_id.in_(run_ids), Participation.status.in_(statuses)
        )

    for people, channels in (
        (participants(*WANTS_TO_GO), CHANNELS if sms else APP_ONLY),
        (participants(INTERESTED), APP_ONLY),
        (
            select(RunOrganiser.person_id).where(RunOrganiser.run_id.in_(run_ids), RunOrganiser.agreed_at.is_not(None)),
            APP_ONLY,
        ),
    ):
        notify(
            people,
            "series_changed",
            actor_id=first.organiser_id,
            subject_id=first.series_id or first.id,
            data={
                **run_snapshot(first),
                "run": str(first.id),
                "changes": changes,
                "runs": len(runs),
                "cancelled": cancelled,
            },
            event=event,
            channels=channels,
            expires_at=runs[-1].ends_at,
            personal_sms_data=personal_link_ids_of_first(runs),
        )
