"""Changing or calling off several runs of a series at once: this and later ones, or all that have not begun.

What a run was given on its own stays: a field follows the series only where the run has it as the series does. Each
person concerned is told once, however many of the runs they are in.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, literal, select

from hampa.people.models.person import Person
from hampa.platform import clock, ids
from hampa.platform.db import db, update_together
from hampa.platform.errors import Conflict, Refused
from hampa.platform.jobs import enqueue
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.locale.recurrence import Rule, localise
from hampa.runs.actions.places import allocate_places, end_offers_by_start, fits
from hampa.runs.actions.plan import FARTHEST, PLANNED, RunPlan, apply_plan, mark_cancelled, plan_of, refuse_company
from hampa.runs.actions.snapshots import invalidate_listing
from hampa.runs.admission import refuse_closed
from hampa.runs.models.run import PaceGroup, Run
from hampa.runs.queries import runs
from hampa.series import queries
from hampa.series.actions.days import move_days, rest_of
from hampa.series.actions.plans import FOLLOWED, serialize_plan
from hampa.series.actions.series import plan_on, refuse_first_day, shown_at, template_of
from hampa.series.models import Series, SeriesMembership

ONE, LATER, ALL = "one", "later", "all"
"""What an organiser may mean when they change a run of a series."""


def change_runs(organiser: Person, run_id: uuid.UUID, plan: RunPlan, sequence: int, scope: str) -> None:
    """Let the run follow `plan`, and what of it is new also the LATER ones, or ALL that have not begun.

    LATER ones become a series of their own. `sequence` is that of the run the organiser was looking at. Raises
    Conflict when somebody saved in between, Refused when a run has more people than `plan` has places or the day does
    not suit the rule, NotFound and Forbidden.
    """
    series, run = _locked(organiser, run_id)
    refuse_closed(run)
    if run.sequence != sequence:
        raise Conflict(_("This run was changed while you were editing it."))
    before = plan_of(run)
    refuse_company(organiser, plan.company, before.company)
    said = {name: getattr(plan, name) for name in PLANNED if getattr(plan, name) != getattr(before, name)}
    if not said:
        return
    affected = queries.locked_runs(series.id, _since(series, run, scope))
    old = {one.id: plan_on(series, _day_of(one)) for one in affected}
    if scope == LATER:
        day = _day_of(run)
        series = _split(series, day, affected, rest_of(series.recurs, series.first_local.date(), day))
    move_days(series, affected, _day_of(run), plan.starts_local.date() - before.starts_local.date())
    _say(series, plan, said)
    following = [one for one in affected if _open(one) and one.organiser_id == series.organiser_id]
    changed = _follow(series, following, run, plan, old)
    if changed:
        names = sorted(set().union(*changed.values()))
        enqueue("runs.tell_series_changed", run_ids=list(changed), changed=names, event=ids.new_id())


def change_rule(organiser: Person, series_id: uuid.UUID, first: date, rule: Rule, reason: str = "") -> Series:
    """Let the series come by another rule from the day `first` on; the series that does so, which is a new one when
    this one has days before.

    Runs on days that the rule has too stay, the others are called off, the worker makes what is new. Raises Refused
    when the rule does not begin with that day, which is to come, or the series has ended; NotFound and Forbidden.
    """
    queries.series_of(organiser, series_id)
    series = queries.locked(series_id)
    if series.ended_at is not None:
        raise Refused(_("This series has ended."))
    refuse_first_day(rule, first)
    if not dates.today(series.timezone) < first <= dates.today(series.timezone) + FARTHEST:
        raise Refused(_("Choose a day to come, within a year."), "starts_on")
    there = queries.locked_runs(series.id, first)
    seen = series.next_on or max((_day_of(run) + timedelta(days=1) for run in there), default=first)
    slots = series.recurs.between(series.first_local.date(), first, seen - timedelta(days=1))
    series = _split(series, first, there, rule)
    gone = set(slots) - {_day_of(run) for run in there}
    series.rule, series.first_local = rule.text(series.timezone), datetime.combine(first, series.first_local.time())
    series.skipped = [day.isoformat() for day in sorted(gone | {day for day in series.days_off if day >= first})]
    series.next_on = first
    days = set(rule.between(first, first, max(map(_day_of, there), default=first)))
    cancel_all(series, [run for run in there if _day_of(run) not in days], reason)
    invalidate_listing()
    db.session.flush()
    enqueue("runs.make_runs_of_series", series_id=series.id)
    return series


def cancel_runs(organiser: Person, run_id: uuid.UUID, reason: str, scope: str) -> None:
    """Call the run off and with it the LATER ones, or ALL that have not begun; no more of them are made.

    Raises Refused when the run has begun, NotFound and Forbidden.
    """
    series, run = _locked(organiser, run_id)
    if run.cancelled_at is None:
        refuse_closed(run)
    day, first = _day_of(run), series.first_local.date()
    affected = queries.locked_runs(series.id, _since(series, run, scope))
    series.next_on = None
    if scope == LATER and day > first:
        series.rule = _until_before(series.recurs, day).text(series.timezone)
    else:
        series.ended_at = series.ended_at or clock.now()
    cancel_all(series, affected, reason)


def end_series(organiser: Person, series_id: uuid.UUID, reason: str = "", *, cancel: bool = False) -> Series:
    """Let the series make no more runs; with `cancel`, those to come are called off.

    Ending twice is ending once. Raises NotFound and Forbidden.
    """
    queries.series_of(organiser, series_id)
    series = queries.locked(series_id)
    if series.ended_at is None:
        series.ended_at, series.next_on = clock.now(), None
        first = queries.first_to_come(series.id) if cancel else None
        if first is not None:
            cancel_all(series, queries.locked_runs(series.id, first), reason)
        invalidate_listing()
    return series


def cancel_all(series: Series, locked_runs: Sequence[Run], reason: str) -> None:
    """Cancel those of these locked runs that have not begun, and have each person told once."""
    cancelled = [run for run in locked_runs if _open(run) and run.organiser_id == series.organiser_id]
    for run in cancelled:
        mark_cancelled(run, reason)
    update_together(cancelled)
    if cancelled:
        enqueue("runs.tell_series_cancelled", run_ids=[run.id for run in cancelled], event=ids.new_id())


def _locked(organiser: Person, run_id: uuid.UUID) -> tuple[Series, Run]:
    """A run and its series, locked, to be changed by who organises both."""
    series_id = runs.organised_run(organiser, run_id).series_id
    if series_id is None:
        raise Refused(_("This run does not come again."))
    queries.series_of(organiser, series_id)
    series, run = queries.locked(series_id), runs.locked_run(run_id)
    if run.series_id != series_id:  # split off while we waited
        raise Conflict(_("This run was changed while you were editing it."))
    return series, run


def _since(series: Series, run: Run, scope: str) -> date:
    """The day of the first run that is meant."""
    own = _day_of(run)
    return own if scope == LATER else min(queries.first_to_come(series.id) or own, own)


def _day_of(run: Run) -> date:
    if run.occurrence_on is None:
        raise LookupError(f"run {run.id} belongs to no series")
    return run.occurrence_on


def _open(run: Run) -> bool:
    return run.cancelled_at is None and run.starts_at > clock.now()


def _until_before(rule: Rule, day: date) -> Rule:
    return replace(rule, until=day - timedelta(days=1), count=None)


def _split(series: Series, day: date, there: Sequence[Run], rule: Rule) -> Series:
    """The series from a day on, as one of its own by `rule`, with the runs that are `there` and who comes every time."""
    if day <= series.first_local.date():
        return series
    before_it = _until_before(series.recurs, day)
    later = Series(
        organiser_id=series.organiser_id,
        rule=rule.text(series.timezone),
        timezone=series.timezone,
        first_local=datetime.combine(day, series.first_local.time()),
        skipped=[off.isoformat() for off in series.days_off if off >= day],
        plan=series.plan,
        next_on=series.next_on,
        ended_at=series.ended_at,
    )
    db.session.add(later)
    series.rule = before_it.text(series.timezone)
    series.skipped = [off.isoformat() for off in series.days_off if off < day]
    series.next_on = series.next_on if series.next_on and series.next_on < day else None
    db.session.flush()
    for run in there:
        run.series_id = later.id
    update_together(there)
    columns = ("id", "series_id", "person_id", "created_at")
    own = (func.gen_random_uuid(), literal(later.id), SeriesMembership.person_id, SeriesMembership.created_at)
    of_old = select(*own).where(SeriesMembership.series_id == series.id)
    db.session.execute(insert(SeriesMembership).from_select(columns, of_old, include_defaults=False))
    return later


def _say(series: Series, plan: RunPlan, said: dict[str, Any]) -> None:
    """Let what is new of a plan be what the series says from now on; its days are seen to elsewhere."""
    rule = series.recurs
    series.timezone = said.get("timezone", series.timezone)
    series.rule = rule.text(series.timezone)
    if "starts_local" in said:
        series.first_local = datetime.combine(series.first_local.date(), said["starts_local"].time())
    template = template_of(series)
    followed = {name: value for name, value in said.items() if name in FOLLOWED}
    if followed.get("joining_closes") is not None:
        followed["joining_closes"] -= plan.starts_local - template.starts_local
    series.plan = serialize_plan(replace(template, **followed))
    db.session.flush()


def _following(own: RunPlan, old: RunPlan, new: RunPlan) -> RunPlan:
    """Return what a run of the plan `own` follows when its series, which had `old`, has `new`: its own fields stay.

    When joining closes moves with the start.
    """
    fields = {name: getattr(new, name) for name in FOLLOWED if getattr(own, name) == getattr(old, name)}
    starts_as_series = (own.starts_local, own.timezone) == (old.starts_local, old.timezone)
    if not starts_as_series or localise(new.starts_local, new.timezone) <= clock.now():
        return replace(own, **fields | {"joining_closes": own.joining_closes})
    fields |= {"starts_local": new.starts_local, "timezone": new.timezone}
    if "joining_closes" not in fields and own.joining_closes is not None:
        closes = own.joining_closes + (new.starts_local - old.starts_local)
        fields["joining_closes"] = min(shown_at(closes, new.timezone), new.starts_local)
    return replace(own, **fields)


def _follow(
    series: Series, following: Sequence[Run], edited: Run, plan: RunPlan, old: dict[uuid.UUID, RunPlan]
) -> dict[uuid.UUID, list[str]]:
    """Let the `edited` run follow `plan` and the others their series, which had the plans `old`; return what changed of
    each run that changed. The number of statements does not grow with the runs.

    Who waits is given the places that come free at once in the edited run, and by the worker in the others.
    """
    run_ids = [run.id for run in following]
    expired = queries.with_expired_offers(run_ids) if any(run.offered for run in following) else set()
    groups = runs.pace_groups_of_all(run_ids)
    changed: dict[uuid.UUID, list[str]] = {}
    for run in following:
        if run.id in expired:
            allocate_places(
                run
            )  # an offer whose time is over takes no place; the worker has settled nearly all of them
    with db.session.no_autoflush:
        for run in following:
            own = plan_of(run, groups[run.id])
            target = plan if run is edited else _following(own, old[run.id], plan_on(series, _day_of(run)))
            names = _apply(run, target, groups[run.id], with_date=run is not edited)
            if names:
                changed[run.id] = names
    update_together(following)
    update_together([group for of_run in groups.values() for group in of_run if group not in db.session.deleted])
    db.session.flush()
    _settle([run for run in following if run.id in changed], edited)
    return changed


def _apply(run: Run, plan: RunPlan, groups: Sequence[PaceGroup], *, with_date: bool) -> list[str]:
    """As `apply_plan`; `with_date`, a refusal says which of the runs refuses."""
    try:
        return apply_plan(run, plan, groups)
    except Refused as refusal:
        if not with_date:
            raise
        message = _("%(date)s: %(reason)s", date=dates.date(run.starts_at, run.timezone), reason=refusal.message)
        raise Refused(message, refusal.field) from None


def _settle(changed: Sequence[Run], edited: Run) -> None:
    if not changed:
        return
    end_offers_by_start(changed)
    waiting = [run.id for run in changed if run.waiting and fits(run, 1) and run is not edited]
    if edited in changed:
        allocate_places(edited)
    if waiting:
        enqueue("runs.settle_runs", run_ids=waiting)
    invalidate_listing()
