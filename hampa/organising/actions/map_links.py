"""Pins behind short links of maps, which the worker opens."""

import uuid
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.people.queries import by_id
from hampa.plans.actions import change_run, plan_of
from hampa.platform import clock
from hampa.platform.errors import Conflict, Forbidden, NotFound, Refused
from hampa.platform.geo.map_links import Point
from hampa.platform.jobs import enqueue
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _
from hampa.runs.models.run import Run
from hampa.runs.queries.runs import existing_run
from hampa.runs.queries.snapshots import run_snapshot
from hampa.series.actions.changes import ALL, change_runs

LINKS_PER_DAY = 20
MOST_TRIES = 3
NEXT_TRY = timedelta(minutes=2)


def open_later(organiser: Person, run: Run, link: str, *, whole_series: bool) -> None:
    """Have the worker open a short link and put the pin of the run there, or of all runs of its series.

    Raise Refused when the person has given as many as they may in a day.
    """
    limit(
        organiser,
        "organising.map_links",
        LINKS_PER_DAY,
        per="day",
        error=lambda _seconds: Refused(_("That is enough short links for one day. Paste the two numbers."), "pin"),
    )
    _enqueue(run.id, link, organiser.id, pin=pin_of(run), whole_series=whole_series, tries=1)


def try_again(run_id: uuid.UUID, link: str, by: uuid.UUID, *, pin: list[float], whole_series: bool, tries: int) -> bool:
    """Have the worker open a link once more, unless it was tried often enough; return whether it will."""
    if tries >= MOST_TRIES:
        return False
    _enqueue(run_id, link, by, pin=pin, whole_series=whole_series, tries=tries + 1)
    return True


def _enqueue(run_id: uuid.UUID, link: str, by: uuid.UUID, *, pin: list[float], whole_series: bool, tries: int) -> None:
    at = clock.now() + NEXT_TRY * (tries - 1) if tries > 1 else None
    enqueue(
        "organising.open_map_link",
        at=at,
        run_id=run_id,
        link=link,
        by=by,
        pin=pin,
        whole_series=whole_series,
        tries=tries,
    )


def pin_of(run: Run) -> list[float]:
    """Return the degrees of a run's pin, nothing without one."""
    return [] if run.latitude is None or run.longitude is None else [run.latitude, run.longitude]


def set_pin(run_id: uuid.UUID, point: Point, by: uuid.UUID, *, pin: list[float], whole_series: bool) -> None:
    """Put the pin of a run at a point, as its organiser would, unless it is not where it was or the run is closed."""
    run, organiser = existing_run(run_id), by_id(by)
    if run is None or organiser is None or organiser.state != "active" or pin_of(run) != pin:
        return
    plan = replace(plan_of(run), latitude=point[0], longitude=point[1])
    with suppress(NotFound, Forbidden, Refused, Conflict):
        if whole_series and run.series_id is not None:
            change_runs(organiser, run_id, plan, run.sequence, ALL)
        else:
            change_run(organiser, run_id, plan, run.sequence)


def tell_failed(run_id: uuid.UUID, link: str, by: uuid.UUID) -> None:
    """Tell the organiser who gave a link how to go on, since there is no place behind it."""
    run = existing_run(run_id)
    if run is not None:
        event = f"{run.id}:{uuid.uuid5(run.id, link)}"
        notify([by], "map_link_failed", subject_id=run.id, data=run_snapshot(run), event=event, expires_at=run.ends_at)
