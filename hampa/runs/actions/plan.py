"""Publishing, changing, cancelling and deleting runs, under the run's lock."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import delete, exists, or_, select

from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Conflict, Refused
from hampa.platform.jobs import enqueue
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _, ngettext
from hampa.platform.media import storage
from hampa.runs.actions.listing import invalidate_listing, update_search_index
from hampa.runs.actions.places import allocate_places, end_offers_by_start
from hampa.runs.admission import refuse_closed
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import DEFAULT_DURATION, DeletedRun, PaceGroup, Run, RunOrganiser
from hampa.runs.queries import runs

MAX_LEAD_TIME = timedelta(days=366)


@dataclass(frozen=True, kw_only=True)
class PaceGroupPlan:
    """A pace group as an organiser enters it; `pace` is in seconds a kilometre."""

    name: str
    pace: int
    leader_id: uuid.UUID | None = None
    size: int | None = None


@dataclass(frozen=True, kw_only=True)
class RunPlan:
    """A run as an organiser enters it.

    `starts_local` and `joining_closes` are the wall clock in `timezone`; `joining_closes` None means at the start.
    """

    title: str
    starts_local: datetime
    timezone: str
    place: str
    description: str = ""
    duration_min: int = DEFAULT_DURATION
    latitude: float | None = None
    longitude: float | None = None
    directions: str = ""
    distance_km: Decimal | None = None
    level: str = "all"
    terrain: str = "road"
    capacity: int | None = None
    visibility: str = "public"
    company: str = "anyone"
    join_policy: str = "open"
    joining_closes: datetime | None = None
    meet_minutes_before: int = 0
    guests_allowed: int = 0
    pace_groups: tuple[PaceGroupPlan, ...] = ()


PLAN_FIELDS = tuple(field.name for field in fields(RunPlan))
PLAN_COLUMNS = tuple(name for name in PLAN_FIELDS if name not in ("joining_closes", "pace_groups"))
"""The fields of a plan that are columns of the run by the same name."""


def plan_of(run: Run, groups: Sequence[PaceGroup] | None = None) -> RunPlan:
    """Return the plan of a run; `groups` are its pace groups, if they are loaded already."""
    closes = run.joining_closes_at
    return RunPlan(
        joining_closes=dates.to_local(closes, run.timezone).replace(tzinfo=None) if closes else None,
        pace_groups=tuple(
            PaceGroupPlan(name=group.name, pace=group.pace, leader_id=group.leader_id, size=group.size)
            for group in (runs.pace_groups_of(run.id) if groups is None else groups)
        ),
        **{name: getattr(run, name) for name in PLAN_COLUMNS},
    )


def refuse_women_only(organiser: Person, company: str, before: str = "anyone") -> None:
    """Raise Refused if the organiser restricts a run to women and is none.

    A run that was for women `before` stays so whichever of its organisers saves it.
    """
    if company == "women" and before != company and organiser.gender != "female":
        raise Refused(
            _("Only women can set a run to women only. If you are one, say so in your profile first."), "company"
        )


def publish_run(organiser: Person, plan: RunPlan) -> Run:
    """Create a run. Raise Refused for a start that is past, too far away or skipped by the clocks."""
    run = Run(organiser_id=organiser.id)
    _apply_columns(run, plan)
    db.session.add(run)
    db.session.flush()
    _set_pace_groups(run, plan, [])
    invalidate_listing()
    return run


def change_run(organiser: Person, run_id: uuid.UUID, plan: RunPlan, sequence: int) -> Run:
    """Change a run by a plan, and enqueue the notifications of what changed.

    `sequence` is that of the run as the organiser saw it. Raise Conflict when somebody saved in between, Refused when
    the run can't be changed any more or has more people than `plan` has places, NotFound and Forbidden.
    """
    run = runs.locked_organised_run(organiser, run_id)
    refuse_closed(run)
    if run.sequence != sequence:
        raise Conflict(_("This run was changed while you were editing it."))
    refuse_women_only(organiser, plan.company, run.company)
    if run.offered:
        allocate_places(run)  # an offer whose time is over takes no place
    changed = apply_plan(run, plan, runs.pace_groups_of(run.id))
    db.session.flush()
    if changed:
        end_offers_by_start([run])
        allocate_places(run)
        invalidate_listing()
        enqueue("runs.tell_changed", run_id=run.id, sequence=run.sequence, changed=changed, by=organiser.id)
    return run


def apply_plan(run: Run, plan: RunPlan, groups: Sequence[PaceGroup]) -> list[str]:
    """Set the columns and the pace `groups` of a locked run and return the names of the changed fields.

    The caller flushes and allocates places. Raise Refused when the run has more people than `plan` has places.
    """
    if plan.capacity is not None and plan.capacity < run.taken:
        raise Refused(
            ngettext(
                "%(num)d person has a place already; there can't be fewer places.",
                "%(num)d people have a place already; there can't be fewer places.",
                run.taken,
            ),
            "capacity",
        )
    before = plan_of(run, groups)
    _apply_columns(run, plan)
    _set_pace_groups(run, plan, groups)
    changed = [name for name in PLAN_FIELDS if getattr(plan, name) != getattr(before, name)]
    if changed:
        run.sequence += 1
    return changed


def cancel_run(organiser: Person, run_id: uuid.UUID, reason: str = "") -> Run:
    """Cancel a run, if it is not cancelled already, and enqueue the notifications; its page stays.

    Raise Refused when it has begun, NotFound and Forbidden.
    """
    run = runs.locked_organised_run(organiser, run_id)
    if run.cancelled_at is not None:
        return run
    refuse_closed(run)
    mark_cancelled(run, reason)
    db.session.flush()
    enqueue("runs.tell_cancelled", run_id=run.id, by=organiser.id)
    return run


def mark_cancelled(run: Run, reason: str) -> None:
    """Cancel a locked run; the caller flushes and notifies people."""
    run.cancelled_at = clock.now()
    run.cancel_reason = reason
    run.sequence += 1
    invalidate_listing()


def _apply_columns(run: Run, plan: RunPlan) -> None:
    moved = (run.starts_local, run.timezone) != (plan.starts_local, plan.timezone)
    for name in PLAN_COLUMNS:
        setattr(run, name, getattr(plan, name))
    if moved:
        run.starts_at = _start(plan)
    run.joining_closes_at = _joining_end(plan, run.starts_at)
    update_search_index(run)


def _set_pace_groups(run: Run, plan: RunPlan, groups: Sequence[PaceGroup]) -> None:
    """Set the pace groups by position, so that participants stay in the group at the same position."""
    run.paces = tuple(sorted({planned.pace for planned in plan.pace_groups}))
    by_position = {group.position: group for group in groups}
    for position, planned in enumerate(plan.pace_groups):
        group = by_position.pop(position, None) or PaceGroup(run_id=run.id, position=position)
        for field in fields(planned):
            setattr(group, field.name, getattr(planned, field.name))
        db.session.add(group)
    for group in by_position.values():
        db.session.delete(group)


def _joining_end(plan: RunPlan, starts_at: datetime) -> datetime | None:
    """Return when joining ends, None for the start itself."""
    if plan.joining_closes is None:
        return None
    closes_at = _to_utc(plan.joining_closes, plan.timezone, "joining_closes")
    if closes_at > starts_at:
        raise Refused(_("Joining can't close after the start."), "joining_closes")
    return closes_at if closes_at < starts_at else None


def _start(plan: RunPlan) -> datetime:
    starts_at, now = _to_utc(plan.starts_local, plan.timezone, "starts_at"), clock.now()
    if starts_at <= now:
        raise Refused(_("This time is past. When do you start?"), "starts_on")
    if starts_at > now + MAX_LEAD_TIME:
        raise Refused(_("That is more than a year away."), "starts_on")
    return starts_at


def _to_utc(local: datetime, timezone: str, field: str) -> datetime:
    try:
        return dates.to_utc(local.date(), local.time(), timezone)
    except dates.DateError as error:
        raise Refused(error.message, field) from None


def delete_unshared_runs(person: Person) -> None:
    """Delete the person's runs that have no other participant or organiser, with their files."""
    others = or_(
        exists().where(Participation.run_id == Run.id, Participation.person_id != person.id),
        exists().where(RunOrganiser.run_id == Run.id, RunOrganiser.person_id != person.id),
    )
    rows = db.session.execute(select(Run.id, Run.short_code).where(Run.organiser_id == person.id, ~others)).all()
    for run_id, short_code in rows:
        delete_run_files(run_id)
        db.session.add(DeletedRun(id=run_id, short_code=short_code))
    statement = delete(Run).where(Run.id.in_([run_id for run_id, _code in rows]))
    db.session.execute(statement.execution_options(synchronize_session=False))


def delete_run_files(run_id: uuid.UUID) -> None:
    """Delete the files of a run once the transaction that deletes the run is committed."""
    storage.delete_after_commit(f"runs/{run_id}")
