"""Publishing, changing, cancelling and deleting runs, under the run's lock."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Text, cast, select, update

from hampa.crews.queries.crews import may_publish_in
from hampa.leading.actions import ask_leaders, set_leader, withdraw_questions
from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Conflict, Refused
from hampa.platform.jobs import enqueue
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _, ngettext
from hampa.questions.models import Question, with_kept_ids
from hampa.runs.actions.events import tell
from hampa.runs.actions.listing import invalidate_listing, update_search_index
from hampa.runs.actions.places import allocate_places, end_offers_by_start, fit_beyond_capacity
from hampa.runs.admission import refuse_closed
from hampa.runs.models.participation import TAKING_PART, Participation
from hampa.runs.models.run import CREW, DEFAULT_DURATION, PaceGroup, Run
from hampa.runs.queries import runs
from hampa.runs.queries.snapshots import run_snapshot

MAX_LEAD_TIME = timedelta(days=366)


@dataclass(frozen=True, kw_only=True)
class PaceGroupPlan:
    """A pace group as an organiser enters it; `pace` is in seconds a kilometre.

    `id` is that of the group of the run that it changes, None for a new group; it is no part of what was entered. Nor is
    the leader, who is asked for each run, and may say no.
    """

    name: str
    pace: int
    leader_id: uuid.UUID | None = field(default=None, compare=False)
    size: int | None = None
    id: uuid.UUID | None = field(default=None, compare=False)


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
    crew_id: uuid.UUID | None = None
    company: str = "anyone"
    join_policy: str = "open"
    joining_closes: datetime | None = None
    meet_minutes_before: int = 0
    guests_allowed: int = 0
    pace_groups: tuple[PaceGroupPlan, ...] = ()
    questions: tuple[Question, ...] = ()


PLAN_FIELDS = tuple(column.name for column in fields(RunPlan))
PLAN_COLUMNS = tuple(name for name in PLAN_FIELDS if name not in ("joining_closes", "pace_groups"))
"""The fields of a plan that are columns of the run by the same name."""
URGENT_CHANGES = frozenset({"starts_local", "timezone", "place", "latitude", "longitude"})
"""The changes of which participants are notified by SMS: of the meeting point and the time."""
ALWAYS_TOLD = URGENT_CHANGES | {"meet_minutes_before"}
"""The changes that an organiser can't keep to themselves."""
UNTOLD = ("questions",)
"""The fields whose changes nobody is told of: those who are asked see it on the page of the run."""
GROUP_COLUMNS = ("name", "pace", "size")


def plan_of(run: Run, groups: Sequence[PaceGroup] | None = None) -> RunPlan:
    """Return the plan of a run; `groups` are its pace groups, if they are loaded already."""
    closes = run.joining_closes_at
    return RunPlan(
        joining_closes=dates.to_local(closes, run.timezone).replace(tzinfo=None) if closes else None,
        pace_groups=tuple(
            PaceGroupPlan(
                **{name: getattr(group, name) for name in ("id", *GROUP_COLUMNS)},
                leader_id=None if group.leader_declined_at is not None else group.leader_id,
            )
            for group in (runs.pace_groups_of(run.id) if groups is None else groups)
        ),
        **{name: getattr(run, name) for name in PLAN_COLUMNS},
    )


def refuse_women_only(organiser: Person, company: str, before: str = "anyone") -> None:
    """Raise Refused if the organiser restricts a run to women and is none.

    A run that was for women `before` stays so whichever of its organisers saves it.
    """
    if company == "women" and before != company and organiser.gender != "female":
        raise Refused(_("Only women can set a run to women only. If you are one, say so below."), "company")


def refuse_crew(organiser: Person, plan: RunPlan, before: RunPlan | None = None) -> None:
    """Raise Refused if the organiser may not publish runs in the crew of a plan, or if only a crew sees it and has none.

    A run that belonged to the crew `before` stays in it whichever of its organisers saves it.
    """
    if plan.crew_id is None:
        if plan.visibility == CREW and (before is None or before.visibility != CREW or before.crew_id is not None):
            raise Refused(_("Choose the crew whose members see it."), "crew")
    elif (before is None or plan.crew_id != before.crew_id) and not may_publish_in(organiser, plan.crew_id):
        raise Refused(_("You can't publish runs in this crew. Ask one of its admins."), "crew")


def refuse_past_closing(plan: RunPlan, before: RunPlan | None = None) -> None:
    """Raise Refused if joining would close before now, so that nobody could join.

    A closing of a run `before` that is past already stays as long as neither it nor the start is changed.
    """
    closes = plan.joining_closes
    if closes is None:
        return
    if before is not None and (closes, plan.starts_local, plan.timezone) == (
        before.joining_closes,
        before.starts_local,
        before.timezone,
    ):
        return
    if _to_utc(closes, plan.timezone, "joining_closes") <= clock.now():
        raise Refused(_("This time is in the past: nobody could join."), "joining_closes")


def publish_run(organiser: Person, plan: RunPlan) -> Run:
    """Create a run. Raise Refused for a start that is past, too far away or skipped by the clocks."""
    run = Run(organiser_id=organiser.id)
    _apply_columns(run, plan)
    db.session.add(run)
    db.session.flush()
    _set_pace_groups(run, plan, [], organiser)
    invalidate_listing()
    tell(run, "run.published", {})
    return run


def told_changes(changed: Sequence[str], *, quietly: bool) -> list[str]:
    """Return the changes that people are told of: all, or when made `quietly` only those that they have to know."""
    return [name for name in changed if not quietly or name in ALWAYS_TOLD]


def change_run(
    organiser: Person, run_id: uuid.UUID, plan: RunPlan, sequence: int, *, quietly: bool = False
) -> list[str]:
    """Change a run by a plan, enqueue the notifications, and return the names of the changes that people are told of.

    With `quietly` people are told of nothing but time and place. `sequence` is that of the run as the organiser saw it. Raise Conflict when somebody saved in between, Refused when
    the run can't be changed any more or has more people than `plan` has places, NotFound and Forbidden.
    """
    run = runs.locked_organised_run(organiser, run_id)
    refuse_closed(run)
    if run.sequence != sequence:
        raise Conflict(_("This run was changed while you were editing it."))
    refuse_women_only(organiser, plan.company, run.company)
    groups = runs.pace_groups_of(run.id)
    before = plan_of(run, groups)
    refuse_crew(organiser, plan, before)
    refuse_past_closing(plan, before)
    led = chosen_leaders(plan, groups)
    if run.offered:
        allocate_places(run)  # an offer whose time is over takes no place
    with db.session.no_autoflush:
        changed = apply_plan(run, plan, groups, organiser)
        notify_removed_groups([run], removed_group_ids(plan, groups), event=f"{run.id}:{run.sequence}")
    db.session.flush()
    if led:
        ask_leaders([run.id], organiser)
    if changed:
        end_offers_by_start([run])
        allocate_places(run)
        invalidate_listing()
    if told := told_changes(changed, quietly=quietly):
        enqueue("runs.tell_changed", run_id=run.id, sequence=run.sequence, changed=told, by=organiser.id)
    return told


def apply_plan(run: Run, plan: RunPlan, groups: Sequence[PaceGroup], chooser: Person | None = None) -> list[str]:
    """Set the columns and the pace `groups` of a locked run and return the names of the changed fields.

    The leaders are set if an organiser, the `chooser`, has chosen them for this run; otherwise they stay.
    The caller flushes and allocates places. Raise Refused when the run has more people than `plan` has places.
    """
    if plan.capacity is not None and plan.capacity < run.taken - run.beyond_capacity:
        raise Refused(
            ngettext(
                "%(num)d person has a place already; there can't be fewer places.",
                "%(num)d people have a place already; there can't be fewer places.",
                run.taken,
            ),
            "capacity",
        )
    before = plan_of(run, groups)
    questions = with_kept_ids(run.questions, plan.questions)
    _drop_answers(run, {question.id for question in questions})
    _apply_columns(run, replace(plan, questions=questions))
    fit_beyond_capacity(run)
    _set_pace_groups(run, plan, groups, chooser)
    changed = [name for name in PLAN_FIELDS if getattr(plan, name) != getattr(before, name)]
    if changed:
        run.sequence += 1
        tell(run, "run.changed", {"changes": changed})
    return [name for name in changed if name not in UNTOLD]


def _drop_answers(run: Run, kept: set[str]) -> None:
    """Delete the answers to questions of a run that are not kept."""
    for question in run.questions:
        if question.id not in kept:
            without = Participation.answers.op("-")(cast(question.id, Text))
            answered = Participation.run_id == run.id, Participation.answers.has_key(question.id)
            statement = update(Participation).where(*answered).values(answers=without)
            db.session.execute(statement.execution_options(synchronize_session=False))


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
    tell(run, "run.cancelled", {})


def _apply_columns(run: Run, plan: RunPlan) -> None:
    moved = (run.starts_local, run.timezone) != (plan.starts_local, plan.timezone)
    if run.crew_id != plan.crew_id:
        run.crew_told_at = None
    for name in PLAN_COLUMNS:
        setattr(run, name, getattr(plan, name))
    if moved:
        run.starts_at = _start(plan)
    run.joining_closes_at = _joining_end(plan, run.starts_at)
    update_search_index(run)


def removed_group_ids(plan: RunPlan, groups: Sequence[PaceGroup]) -> list[uuid.UUID]:
    """Return the ids of the pace groups of a run that are not in a plan."""
    kept = {group.id for group in _matching_groups(plan, groups) if group is not None}
    return [group.id for group in groups if group.id not in kept]


def notify_removed_groups(changed_runs: Sequence[Run], group_ids: Sequence[uuid.UUID], *, event: str) -> None:
    """Ask the participants of removed pace groups of runs to choose again; each is notified once, of their first run.

    The groups are still in the database: the caller flushes afterwards.
    """
    if not group_ids:
        return
    members = Participation.pace_group_id.in_(group_ids) & Participation.status.in_(TAKING_PART)
    run_ids = set(db.session.scalars(select(Participation.run_id).where(members).distinct()))
    for run in sorted((run for run in changed_runs if run.id in run_ids), key=lambda run: run.starts_at):
        notify(
            select(Participation.person_id).where(members, Participation.run_id == run.id),
            "run_group_removed",
            subject_id=run.id,
            data=run_snapshot(run),
            event=event,
            expires_at=run.ends_at,
        )


def chosen_leaders(plan: RunPlan, groups: Sequence[PaceGroup]) -> set[str]:
    """Return the names of the groups of a plan for which it chooses another leader than their run has.

    Raise Refused if somebody is chosen to lead a group who has said no to it.
    """
    chosen = set()
    for planned, group in zip(plan.pace_groups, _matching_groups(plan, groups), strict=True):
        declined_by = group.leader_id if group is not None and group.leader_declined_at is not None else None
        if declined_by is not None and planned.leader_id == declined_by:
            raise Refused(_("The person you chose would rather not lead “%(group)s”.", group=planned.name))
        if planned.leader_id != (group.leader_id if group is not None and declined_by is None else None):
            chosen.add(planned.name)
    return chosen


def _set_pace_groups(run: Run, plan: RunPlan, groups: Sequence[PaceGroup], chooser: Person | None) -> None:
    """Set the pace groups; participants stay in theirs wherever it stands now, and whatever its name."""
    run.paces = tuple(sorted({planned.pace for planned in plan.pace_groups}))
    matching = _matching_groups(plan, groups)
    withdrawn: set[Any] = set()
    for position, (planned, group) in enumerate(zip(plan.pace_groups, matching, strict=True)):
        changed = group or PaceGroup(run_id=run.id)
        changed.position = position
        for name in GROUP_COLUMNS:
            setattr(changed, name, getattr(planned, name))
        asked_before = changed.leader_id if changed.leader_agreed_at is None else None
        if chooser is not None and set_leader(changed, planned.leader_id, chooser.id):
            invalidate_listing()
            withdrawn.add(asked_before)
        db.session.add(changed)
    for group in groups:
        if group not in matching:
            withdrawn.add(group.leader_id)
            db.session.delete(group)
    still_asked = {group.leader_id for group in matching if group is not None}
    withdraw_questions(run, withdrawn - still_asked - {None})


def _matching_groups(plan: RunPlan, groups: Sequence[PaceGroup]) -> list[PaceGroup | None]:
    """Return the group of the run that each group of a plan changes, None for a new one.

    Groups are told apart by id; one without an id, from a client that sends none, is the group of the same name.
    """
    by_id = {group.id: group for group in groups}
    matching = [by_id.pop(planned.id, None) if planned.id else None for planned in plan.pace_groups]
    by_name = {group.name: group for group in by_id.values()}
    return [group or by_name.pop(planned.name, None) for planned, group in zip(plan.pace_groups, matching, strict=True)]


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
        raise Refused(_("This time is in the past. When do you start?"), "starts_on")
    if starts_at > now + MAX_LEAD_TIME:
        raise Refused(_("That is more than a year away."), "starts_on")
    return starts_at


def _to_utc(local: datetime, timezone: str, field: str) -> datetime:
    try:
        return dates.to_utc(local.date(), local.time(), timezone)
    except dates.DateError as error:
        raise Refused(error.message, field) from None
