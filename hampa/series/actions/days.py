"""Moving the days of a series: its rule, and the day by which each of its runs is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import update

from hampa.platform.db import db, update_together
from hampa.platform.errors import Refused
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.locale.recurrence import LAST, Rule, nth_in_month
from hampa.runs.models.run import Run
from hampa.series import queries
from hampa.series.models import Series

DAY, WEEK = timedelta(days=1), timedelta(days=7)
FAR_DAYS = 36_525
LONGEST_GAP = timedelta(days=200)
"""From one day of a rule to its next, at most: 26 weeks."""


def move_days(series: Series, there: Sequence[Run], old: date, shift: timedelta) -> None:
    """Let the series have its runs from the first of `there` on as if the one of day `old` were moved by `shift`.

    Only that day of the week moves; monthly rules move within the month. Each run goes along with its people, also one
    that is called off. Raises Refused when no rule says so, or another run of the series is in the way.
    """
    if not shift:
        return
    first, rule = series.first_local.date(), series.recurs
    since, until = there[0].occurrence_on, there[-1].occurrence_on
    if since is None or until is None:
        raise LookupError(f"these are not runs of series {series.id}")
    moved, move = _moved(rest_of(rule, first, since), old, old + shift)
    to = {day: move(day) for day in rule.between(first, since, until)}
    if queries.has_run_on(series.id, list(to.values()), before=since):
        raise Refused(_("There is a run of this series on that day already."), "starts_on")
    begin, end = min(to.values()), max(to.values())
    if rule.until is not None:
        moved = replace(moved, until=max(map(move, rule.between(first, rule.until - LONGEST_GAP, rule.until))))
    series.rule = moved.text(series.timezone)
    series.first_local = datetime.combine(begin, series.first_local.time())
    series.skipped = [move(day).isoformat() for day in series.days_off if day >= since]
    if series.next_on is not None:
        series.next_on = moved.next_from(begin, end + DAY)
    # First all go where no run is, so that no two ever have the same day.
    moving = [(run, to[day]) for run in there if (day := run.occurrence_on) in to and to[day] != day]
    away = (
        update(Run)
        .where(Run.id.in_([run.id for run, _day in moving]))
        .values(occurrence_on=Run.occurrence_on + FAR_DAYS)
    )
    db.session.execute(away.execution_options(synchronize_session=False))
    for run, day in moving:
        run.occurrence_on = day
    update_together([run for run, _day in moving])


def rest_of(rule: Rule, first: date, since: date) -> Rule:
    """What is left of a rule that counts from `first`, when it counts from `since`."""
    if rule.count is None or since <= first:
        return rule
    return replace(rule, count=rule.count - len(rule.between(first, first, since - DAY)))


def _moved(rule: Rule, old: date, new: date) -> tuple[Rule, Callable[[date], date]]:
    """The rule that has the day `new` where this one has `old`, and what becomes of each day."""
    was, now = dates.CODES[old.weekday()], dates.CODES[new.weekday()]
    if rule.nth is not None:
        if (old.year, old.month) != (new.year, new.month):
            raise Refused(_("A run of every month moves within its month."), "starts_on")
        nth = LAST if rule.nth == LAST and (new + WEEK).month != new.month else nth_in_month(new)
        of_month = Rule(days=(now,), nth=nth)
        return replace(rule, days=(now,), nth=nth), lambda day: _in_month(of_month, day)
    others = [day for day in rule.days if day != was]
    if now in others:
        raise Refused(_("There is a run of this series on that day already."), "starts_on")
    if others and rule.interval > 1 and _week(rule, old) != _week(rule, new):
        raise Refused(_("With several days in every few weeks, a run moves within its week."), "starts_on")
    days = tuple(day for day in dates.CODES if day in {*others, now})
    return replace(rule, days=days), lambda day: day + (new - old) if day.weekday() == old.weekday() else day


def _in_month(rule: Rule, day: date) -> date:
    """The day that a monthly rule has in the month of another."""
    begin = day.replace(day=1)
    return rule.between(begin, begin, begin + timedelta(days=30))[0]


def _week(rule: Rule, day: date) -> date:
    """The day with which a week of the rule begins."""
    return day - timedelta(days=(day.weekday() - dates.CODES.index(rule.week_starts)) % 7)
