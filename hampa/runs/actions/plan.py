"""Publishing, changing and cancelling runs. Whoever writes holds the run's lock."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from decimal import Decimal

from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Conflict, Refused
from hampa.platform.jobs import enqueue
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _, ngettext
from hampa.runs.actions.places import allocate_places, end_offers_by_start
from hampa.runs.actions.search_index import update_search_index
from hampa.runs.actions.snapshots import invalidate_listing
from hampa.runs.admission import refuse_closed
from hampa.runs.models.run import DEFAULT_DURATION, PaceGroup, Run
from hampa.runs.queries import runs

FARTHEST = timedelta(days=366)


@dataclass(frozen=True, kw_only=True)
class PaceGroupPlan:
    """A pace group as an organiser says it: seconds a kilometre, who leads it, for how many."""

    name: str
    pace: int
    leader_id: uuid.UUID | None = None
    size: int | None = None


@dataclass(frozen=True, kw_only=True)
class RunPlan:
    """What an organiser says of a run. `starts_local`, and `joining_closes` when nobody new may come
    until the start, are the wall clock in `timezone`.
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


PLANNED = tuple(field.name for field in fields(RunPlan))
COLUMNS = tuple(name for name in PLANNED if name not in ("joining_closes", "pace_groups"))
"""What of a plan is a column of the run, by the same name."""


def plan_of(run: Run, groups: Sequence[PaceGroup] | None = None) -> RunPlan:
    """Return the plan that a run follows; `groups` are its pace groups, when they are known already."""
    closes = run.joining_closes_at
    return RunPlan(
        joining_closes=dates.local(closes, run.timezone).replace(tzinfo=None) if closes else None,
        pace_groups=tuple(
            PaceGroupPlan(name=group.name, pace=group.pace, leader_id=group.leader_id, size=group.size)
            for group in (runs.pace_groups_of(run.id) if groups is None else groups)
        ),
        **{name: getattr(run, name) for name in COLUMNS},
    )


def refuse_company(organiser: Person, company: str, before: str = "anyone") -> None:
    """Raises Refused for who lets only women come and is none. A run that was for women `before` stays so whoever of its
    organisers saves it."""
    if company == "women" and before != company and organiser.gender != "female":
        raise Refused(
            _("Only women can set a run to women only. If you are one, say so in your profile first."), "company"
        )


def publish_run(organiser: Person, plan: RunPlan) -> Run:
    """A new run. Raises Refused for a start that is past, too far away or skipped by the clocks."""
    run = Run(organiser_id=organiser.id)
    _follow(run, plan)
    db.session.add(run)
    db.session.flush()
    _go_in_groups(run, plan, [])
    invalidate_listing()
    return run


def change_run(organiser: Person, run_id: uuid.UUID, plan: RunPlan, sequence: int) -> Run:
    """Let the run follow another plan, and have those concerned told what changed.

    `sequence` is that of the run the organiser was looking at. Raises Conflict when somebody saved
    in between, Refused when the run takes no change any more or has more people than `plan` has
    places, NotFound and Forbidden.
    """
    run = runs.locked_organised_run(organiser, run_id)
    refuse_closed(run)
    if run.sequence != sequence:
        raise Conflict(_("This run was changed while you were editing it."))
    refuse_company(organiser, plan.company, run.company)
    changed = update_run(run, plan)
    if changed:
        enqueue("runs.tell_changed", run_id=run.id, sequence=run.sequence, changed=changed, by=organiser.id)
    return run


def update_run(run: Run, plan: RunPlan) -> list[str]:
    """Let a locked run follow another plan; the names of what changed by it. Telling people is the caller's.

    Raises Refused when the run has more people than `plan` has places.
    """
    if run.offered:
        allocate_places(run)  # an offer whose time is over takes no place
    changed = apply_plan(run, plan, runs.pace_groups_of(run.id))
    db.session.flush()
    if changed:
        end_offers_by_start([run])
        allocate_places(run)
        invalidate_listing()
    return changed


def apply_plan(run: Run, plan: RunPlan, groups: Sequence[PaceGroup]) -> list[str]:
    """Set the columns and the pace `groups` of a locked run by another plan; return the names of what changed.

    Flushing, and settling who has a place, is the caller's. Raises Refused when the run has more people than `plan`
    has places.
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
    _follow(run, plan)
    _go_in_groups(run, plan, groups)
    changed = [name for name in PLANNED if getattr(plan, name) != getattr(before, name)]
    if changed:
        run.sequence += 1
    return changed


def cancel_run(organiser: Person, run_id: uuid.UUID, reason: str = "") -> Run:
    """Call the run off, and have all who take part told. Cancelling twice is cancelling once.

    The page stays. Raises Refused when it has begun, NotFound and Forbidden.
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
    """Cancel a locked run. Flushing and telling people is the caller's."""
    run.cancelled_at = clock.now()
    run.cancel_reason = reason
    run.sequence += 1
    invalidate_listing()


def _follow(run: Run, plan: RunPlan) -> None:
    """Write the plan into the run's row."""
    moved = (run.starts_local, run.timezone) != (plan.starts_local, plan.timezone)
    for name in COLUMNS:
        setattr(run, name, getattr(plan, name))
    if moved:
        run.starts_at = _start_of(plan)
    run.joining_closes_at = _closing_of(plan, run.starts_at)
    update_search_index(run)


def _go_in_groups(run: Run, plan: RunPlan, groups: Sequence[PaceGroup]) -> None:
    """Let the pace groups be those of the plan. Who chose one stays in the one at its place."""
    run.paces = tuple(sorted({said.pace for said in plan.pace_groups}))
    there = {group.position: group for group in groups}
    for position, said in enumerate(plan.pace_groups):
        group = there.pop(position, None) or PaceGroup(run_id=run.id, position=position)
        group.name, group.pace, group.leader_id, group.size = said.name, said.pace, said.leader_id, said.size
        db.session.add(group)
    for group in there.values():
        db.session.delete(group)


def _closing_of(plan: RunPlan, starts_at: datetime) -> datetime | None:
    """The moment from which nobody new may come; None means the start itself."""
    local = plan.joining_closes
    if local is None:
        return None
    try:
        closes_at = dates.moment(local.date(), local.time(), plan.timezone)
    except dates.DateError as error:
        raise Refused(error.message, "joining_closes") from None
    if closes_at > starts_at:
        raise Refused(_("Joining can't close after the start."), "joining_closes")
    return closes_at if closes_at < starts_at else None


def _start_of(plan: RunPlan) -> datetime:
    """The moment that the plan's wall clock means."""
    local = plan.starts_local
    try:
        starts_at = dates.moment(local.date(), local.time(), plan.timezone)
    except dates.DateError as error:
        raise Refused(error.message, "starts_at") from None
    now = clock.now()
    if starts_at <= now:
        raise Refused(_("This time is past. When do you start?"), "starts_on")
    if starts_at > now + FARTHEST:
        raise Refused(_("That is more than a year away."), "starts_on")
    return starts_at
