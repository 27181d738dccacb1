"""Changing or cancelling several runs of a series at once: this and later ones, or all that have not begun.

A run keeps what differs from its series: a field follows the series only where the run has the series' value. Each
person is notified once, however many of the runs they are in.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, literal, select, update

from hampa.leading.actions import choose_in_series
from hampa.people.models import Person
from hampa.plans.actions import (
    MAX_LEAD_TIME,
    PLAN_FIELDS,
    RunPlan,
    apply_plan,
    chosen_leaders,
    mark_cancelled,
    notify_removed_groups,
    plan_of,
    refuse_crew,
    refuse_past_closing,
    refuse_women_only,
    removed_group_ids,
    told_changes,
)
from hampa.platform import clock, ids
from hampa.platform.db import db, update_together
from hampa.platform.errors import Conflict, Refused
from hampa.platform.jobs import enqueue
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.locale.recurrence import LAST, Rule, localise, nth_in_month
from hampa.runs.actions.listing import invalidate_listing
from hampa.runs.actions.places import allocate_places, end_offers_by_start, fits
from hampa.runs.admission import refuse_closed
from hampa.runs.models.run import PaceGroup, Run
from hampa.runs.queries import runs
from hampa.series import queries
from hampa.series.actions.series import FOLLOWED, existing_time, plan_on, refuse_first_day, serialize_plan, stored_plan
from hampa.series.models import Series, SeriesMembership

ONE, LATER, ALL = "one", "later", "all"
"""Scopes of a change."""
DAY, WEEK = timedelta(days=1), timedelta(days=7)
FAR_DAYS = 36_525
LONGEST_GAP = timedelta(days=200)
"""From one day of a rule to its next, at most: 26 weeks."""


def change_runs(
    organiser: Person, run_id: uuid.UUID, plan: RunPlan, sequence: int, scope: str, *, quietly: bool = False
) -> list[str]:
    """Apply `plan` to the run, and the fields that it changes to the LATER runs or ALL that have not begun.

    Return the names of the changes that people are told of; with `quietly` of nothing but time and place.
    LATER runs become a series of their own. `sequence` is that of the run the organiser was looking at. Raise Conflict
    when somebody saved in between, Refused when a run has more people than `plan` has places or the day does not suit
    the rule, NotFound and Forbidden.
    """
    series, run = _locked(organiser, run_id)
    refuse_closed(run)
    if run.sequence != sequence:
        raise Conflict(_("This run was changed while you were editing it."))
    before = plan_of(run, groups := runs.pace_groups_of(run.id))
    led = chosen_leaders(plan, groups)
    refuse_women_only(organiser, plan.company, before.company)
    refuse_crew(organiser, plan, before)
    refuse_past_closing(plan, before)
    changes = {name: getattr(plan, name) for name in PLAN_FIELDS if getattr(plan, name) != getattr(before, name)}
    if not changes and not led:
        return []
    affected = queries.locked_runs(series.id, _first_day_in(series, run, scope))
    old_plans = {affected_run.id: plan_on(series, _day_of(affected_run)) for affected_run in affected}
    if scope == LATER:
        series = _split(series, _day_of(run), affected, series.rule_from(_day_of(run)))
    _move_days(series, affected, _day_of(run), plan.starts_local.date() - before.starts_local.date())
    _change_template(series, plan, changes)
    origins = _group_origins(before, plan) if before.pace_groups == old_plans[run.id].pace_groups else []
    following = _changeable(series, affected)
    changed = _apply_plans(series, following, run, plan, old_plans, origins, organiser)
    choose_in_series(organiser, run, following, led)
    if told := told_changes(sorted(set().union(*changed.values())), quietly=quietly):
        enqueue("runs.tell_series_changed", run_ids=list(changed), changed=told, event=ids.new_id())
    return told


def change_rule(organiser: Person, series_id: uuid.UUID, first: date, rule: Rule, reason: str = "") -> Series:
    """Replace the rule from the day `first` on, and return the series that follows it, a new one if days came before.

    Runs on days of the new rule stay, the others are cancelled, the worker makes the missing ones. Raise Refused when
    the rule does not begin with `first`, that day is not to come or the series has ended; NotFound and Forbidden.
    """
    series = queries.locked_organised_series(organiser, series_id)
    if series.ended_at is not None:
        raise Refused(_("This series has ended."))
    refuse_first_day(rule, first)
    if not dates.today(series.timezone) < first <= dates.today(series.timezone) + MAX_LEAD_TIME:
        raise Refused(_("Choose a day in the coming year."), "starts_on")
    affected = queries.locked_runs(series.id, first)
    run_days = {_day_of(run) for run in affected}
    next_on = series.next_on or max((day + DAY for day in run_days), default=first)
    # Days without a run whose turn has passed are skipped by the new rule too.
    missing = set(series.recurrence.between(series.first_day, first, next_on - DAY)) - run_days
    series = _split(series, first, affected, rule)
    series.rule, series.first_local = rule.text(series.timezone), datetime.combine(first, series.first_local.time())
    series.skipped = [day.isoformat() for day in sorted(missing | {day for day in series.days_off if day >= first})]
    series.next_on = first
    days = set(rule.between(first, first, max(run_days, default=first)))
    _cancel(series, [run for run in affected if _day_of(run) not in days], reason)
    invalidate_listing()
    db.session.flush()
    enqueue("runs.make_runs_of_series", series_id=series.id)
    return series


def cancel_runs(organiser: Person, run_id: uuid.UUID, reason: str, scope: str) -> None:
    """Cancel the run and the LATER or ALL runs, and make no more. Raise Refused, NotFound and Forbidden."""
    series, run = _locked(organiser, run_id)
    if run.cancelled_at is None:
        refuse_closed(run)
    day = _day_of(run)
    affected = queries.locked_runs(series.id, _first_day_in(series, run, scope))
    series.next_on = None
    if scope == LATER and day > series.first_day:
        series.rule = _until_before(series.recurrence, day).text(series.timezone)
    else:
        series.ended_at = series.ended_at or clock.now()
    _cancel(series, affected, reason)


def end_series(organiser: Person, series_id: uuid.UUID, reason: str = "", *, cancel: bool = False) -> None:
    """Make no more runs; with `cancel`, cancel those that have not begun. Raise NotFound and Forbidden."""
    series = queries.locked_organised_series(organiser, series_id)
    if series.ended_at is None:
        series.ended_at, series.next_on = clock.now(), None
        first = queries.first_upcoming_day(series.id) if cancel else None
        if first is not None:
            _cancel(series, queries.locked_runs(series.id, first), reason)
        invalidate_listing()


def _cancel(series: Series, locked_runs: Sequence[Run], reason: str) -> None:
    """Cancel the runs that have not begun, and have each person notified once."""
    cancelled = _changeable(series, locked_runs)
    for run in cancelled:
        mark_cancelled(run, reason)
    update_together(cancelled)
    if cancelled:
        enqueue("runs.tell_series_cancelled", run_ids=[run.id for run in cancelled], event=ids.new_id())


def _locked(organiser: Person, run_id: uuid.UUID) -> tuple[Series, Run]:
    """Return the series and the run, locked. Raise Forbidden unless the person organises both."""
    series_id = runs.organised_run(organiser, run_id).series_id
    if series_id is None:
        raise Refused(_("This run doesn't repeat."))
    series, run = queries.locked_organised_series(organiser, series_id), runs.locked_run(run_id)
    if run.series_id != series_id:  # split off while we waited for the lock
        raise Conflict(_("This run was changed while you were editing it."))
    return series, run


def _first_day_in(series: Series, run: Run, scope: str) -> date:
    day = _day_of(run)
    return day if scope == LATER else min(queries.first_upcoming_day(series.id) or day, day)


def _day_of(run: Run) -> date:
    if run.occurrence_on is None:
        raise LookupError(f"run {run.id} belongs to no series")
    return run.occurrence_on


def _changeable(series: Series, affected: Sequence[Run]) -> list[Run]:
    """Return the runs that are not cancelled, have not begun, and belong to the organiser of the series."""
    now = clock.now()
    return [
        run
        for run in affected
        if run.cancelled_at is None and run.starts_at > now and run.organiser_id == series.organiser_id
    ]


def _until_before(rule: Rule, day: date) -> Rule:
    return replace(rule, until=day - DAY, count=None)


def _split(series: Series, day: date, affected: Sequence[Run], rule: Rule) -> Series:
    """Return a series by `rule` from `day` on with the `affected` runs and all members, or itself if it begins then."""
    if day <= series.first_day:
        return series
    later = Series(
        organiser_id=series.organiser_id,
        rule=rule.text(series.timezone),
        timezone=series.timezone,
        first_local=datetime.combine(day, series.first_local.time()),
        skipped=[skipped.isoformat() for skipped in series.days_off if skipped >= day],
        plan=series.plan,
        crew_id=series.crew_id,
        next_on=series.next_on,
        ended_at=series.ended_at,
    )
    db.session.add(later)
    series.rule = _until_before(series.recurrence, day).text(series.timezone)
    series.skipped = [skipped.isoformat() for skipped in series.days_off if skipped < day]
    series.next_on = series.next_on if series.next_on and series.next_on < day else None
    db.session.flush()
    for run in affected:
        run.series_id = later.id
    update_together(affected)
    members = select(
        func.gen_random_uuid(), literal(later.id), SeriesMembership.person_id, SeriesMembership.created_at
    ).where(SeriesMembership.series_id == series.id)
    columns = ("id", "series_id", "person_id", "created_at")
    db.session.execute(insert(SeriesMembership).from_select(columns, members, include_defaults=False))
    return later


def _move_days(series: Series, affected: Sequence[Run], old: date, shift: timedelta) -> None:
    """Change the rule from the first of the `affected` runs on as if the run of day `old` were moved by `shift`.

    Only that day of the week moves; monthly rules move within the month. Each run moves along with its people, also a
    cancelled one. Raise Refused when no rule says so, or another run of the series is in the way.
    """
    if not shift:
        return
    first, rule = series.first_day, series.recurrence
    since, until = _day_of(affected[0]), _day_of(affected[-1])
    moved, move = _moved_rule(series.rule_from(since), old, old + shift)
    targets = {day: move(day) for day in rule.between(first, since, until)}
    if queries.has_run_on(series.id, list(targets.values()), before=since):
        raise Refused(_("There is a run of this series on that day already."), "starts_on")
    begin, end = min(targets.values()), max(targets.values())
    if rule.until is not None:
        moved = replace(moved, until=max(map(move, rule.between(first, rule.until - LONGEST_GAP, rule.until))))
    series.rule = moved.text(series.timezone)
    series.first_local = datetime.combine(begin, series.first_local.time())
    series.skipped = [move(day).isoformat() for day in series.days_off if day >= since]
    if series.next_on is not None:
        series.next_on = moved.next_from(begin, end + DAY)
    moving = [(run, targets[day]) for run in affected if (day := run.occurrence_on) in targets and targets[day] != day]
    # First all are moved far away, so that no two ever have the same day.
    far = update(Run).where(Run.id.in_([run.id for run, _day in moving]))
    db.session.execute(
        far.values(occurrence_on=Run.occurrence_on + FAR_DAYS).execution_options(synchronize_session=False)
    )
    for run, day in moving:
        run.occurrence_on = day
    update_together([run for run, _day in moving])


def _moved_rule(rule: Rule, old: date, new: date) -> tuple[Rule, Callable[[date], date]]:
    """Return the rule that has the day `new` where this one has `old`, and a function that moves each day."""
    old_code, new_code = dates.CODES[old.weekday()], dates.CODES[new.weekday()]
    if rule.nth is not None:
        if (old.year, old.month) != (new.year, new.month):
            raise Refused(_("A monthly run moves within its month."), "starts_on")
        nth = LAST if rule.nth == LAST and (new + WEEK).month != new.month else nth_in_month(new)
        of_month = Rule(days=(new_code,), nth=nth)
        return replace(rule, days=(new_code,), nth=nth), lambda day: _day_in_month(of_month, day)
    others = [code for code in rule.days if code != old_code]
    if new_code in others:
        raise Refused(_("There is a run of this series on that day already."), "starts_on")
    if others and rule.interval > 1 and _first_day_of_week(rule, old) != _first_day_of_week(rule, new):
        raise Refused(_("With several days in every few weeks, a run moves within its week."), "starts_on")
    days = tuple(code for code in dates.CODES if code in {*others, new_code})
    return replace(rule, days=days), lambda day: day + (new - old) if day.weekday() == old.weekday() else day


def _day_in_month(rule: Rule, day: date) -> date:
    """Return the day that a monthly rule has in the month of `day`."""
    begin = day.replace(day=1)
    return rule.between(begin, begin, begin + timedelta(days=30))[0]


def _first_day_of_week(rule: Rule, day: date) -> date:
    return day - timedelta(days=(day.weekday() - dates.CODES.index(rule.week_starts)) % 7)


def _change_template(series: Series, plan: RunPlan, changes: dict[str, Any]) -> None:
    """Apply the changes of a plan to the series, except its days."""
    rule = series.recurrence
    series.timezone = changes.get("timezone", series.timezone)
    series.rule = rule.text(series.timezone)
    if "starts_local" in changes:
        series.first_local = datetime.combine(series.first_day, changes["starts_local"].time())
    template = stored_plan(series, series.first_local)
    followed = {name: value for name, value in changes.items() if name in FOLLOWED}
    if followed.get("joining_closes") is not None:
        followed["joining_closes"] -= plan.starts_local - template.starts_local
    template = replace(template, **followed)
    series.plan, series.crew_id = serialize_plan(template), template.crew_id
    db.session.flush()


def _merge_plans(plan: RunPlan, old: RunPlan, new: RunPlan) -> RunPlan:
    """Return the plan of a run after its series changed from `old` to `new`; fields of its own stay."""
    fields = {name: getattr(new, name) for name in FOLLOWED if getattr(plan, name) == getattr(old, name)}
    starts_as_series = (plan.starts_local, plan.timezone) == (old.starts_local, old.timezone)
    if not starts_as_series or localise(new.starts_local, new.timezone) <= clock.now():
        return replace(plan, **fields | {"joining_closes": plan.joining_closes})
    fields |= {"starts_local": new.starts_local, "timezone": new.timezone}
    if "joining_closes" not in fields and plan.joining_closes is not None:
        closes = plan.joining_closes + (new.starts_local - old.starts_local)
        fields["joining_closes"] = min(existing_time(closes, new.timezone), new.starts_local)
    return replace(plan, **fields)


def _apply_plans(
    series: Series,
    following: Sequence[Run],
    edited: Run,
    plan: RunPlan,
    old_plans: dict[uuid.UUID, RunPlan],
    origins: Sequence[int | None],
    organiser: Person,
) -> dict[uuid.UUID, list[str]]:
    """Apply `plan` to the `edited` run and the plan of the series to the others; return the changed fields by run.

    `origins` are the places that the pace groups of the plan had among those of the series, None for new groups.
    The number of statements does not grow with the runs. Places that come free are given to the waitlist at once in the
    edited run, and by the worker in the others.
    """
    run_ids = [run.id for run in following]
    expired = queries.runs_with_expired_offers(run_ids) if any(run.offered for run in following) else set()
    groups = runs.pace_groups_of_all(run_ids)
    changed: dict[uuid.UUID, list[str]] = {}
    removed: list[uuid.UUID] = []
    for run in following:
        if run.id in expired:  # an expired offer takes no place; the worker has settled nearly all of them
            allocate_places(run)
    with db.session.no_autoflush:
        for run in following:
            current = plan_of(run, groups[run.id])
            if run is edited:
                target = plan
            else:
                target = _merge_plans(current, old_plans[run.id], plan_on(series, _day_of(run)))
                if current.pace_groups == old_plans[run.id].pace_groups:
                    target = _with_group_ids(target, origins, groups[run.id])
            removed += removed_group_ids(target, groups[run.id])
            names = _apply(run, target, groups[run.id], None if run is not edited else organiser)
            if names:
                changed[run.id] = names
        notify_removed_groups(following, removed, event=str(ids.new_id()))
    update_together(following)
    update_together([group for of_run in groups.values() for group in of_run if group not in db.session.deleted])
    db.session.flush()
    _allocate([run for run in following if run.id in changed], edited)
    return changed


def _group_origins(before: RunPlan, plan: RunPlan) -> list[int | None]:
    """Return the place that each pace group of a plan had in the plan before, None for a new group."""
    places = {group.id: place for place, group in enumerate(before.pace_groups)}
    return [places.get(group.id) if group.id else None for group in plan.pace_groups]


def _with_group_ids(plan: RunPlan, origins: Sequence[int | None], groups: Sequence[PaceGroup]) -> RunPlan:
    """Return a plan whose pace groups are those of a run, each by the place that it had."""
    if len(origins) != len(plan.pace_groups):
        return plan
    group_ids = [None if place is None else groups[place].id for place in origins]
    named = zip(plan.pace_groups, group_ids, strict=True)
    return replace(plan, pace_groups=tuple(replace(group, id=group_id) for group, group_id in named))


def _apply(run: Run, plan: RunPlan, groups: Sequence[PaceGroup], editor: Person | None) -> list[str]:
    """Call `apply_plan`, for the edited run with its editor; for another one, a refusal names the run."""
    try:
        return apply_plan(run, plan, groups, editor)
    except Refused as refusal:
        if editor is not None:
            raise
        message = _("%(date)s: %(reason)s", date=dates.date(run.starts_at, run.timezone), reason=refusal.message)
        raise Refused(message, refusal.field) from None


def _allocate(changed: Sequence[Run], edited: Run) -> None:
    if not changed:
        return
    end_offers_by_start(changed)
    waiting = [run.id for run in changed if run.waiting and fits(run, 1) and run is not edited]
    if edited in changed:
        allocate_places(edited)
    if waiting:
        enqueue("runs.settle_runs", run_ids=waiting)
    invalidate_listing()
