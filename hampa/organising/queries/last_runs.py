"""The runs that a person published last, and the days and times that suggest themselves for the next."""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import and_, exists, select

from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.locale import dates
from hampa.platform.statements import built_once
from hampa.runs.models.run import Run

LOOKED_AT = 40
"""How many of the last runs are read."""
DIFFERENT = 3
"""How many different ones a person may choose among."""
COMMON_TIMES = (time(6), time(7), time(18), time(19))
MOST_TIMES = 6
DAYS_AHEAD = 7
LATEST_TODAY = 22
"""The hour from which on nobody publishes a run for the same day."""


@dataclass(frozen=True, slots=True)
class LastRun:
    """A run of one's own as a model for the next; `starts_local` is the wall clock at its place."""

    id: uuid.UUID
    title: str
    place: str
    starts_local: datetime


@dataclass(frozen=True, slots=True)
class LastRuns:
    """The last runs of a person: `runs` are the newest that differ, `times` the usual times of day, `all` what was read."""

    runs: tuple[LastRun, ...]
    times: tuple[time, ...]
    all: tuple[LastRun, ...]


def last_runs(person: Person) -> LastRuns:
    """Return the last runs of the person that differ in title or place, and their usual times of day.

    Runs that a series will bring by itself come after all others.
    """
    found = [LastRun(*row) for row in _last_runs(person.id, clock.now())]
    different: dict[tuple[str, str], LastRun] = {}
    for run in found:
        different.setdefault((run.title, run.place), run)
    newest = list(different.values())
    counts = Counter(run.starts_local.time() for run in found)
    usual = tuple(at for at, _count in counts.most_common(MOST_TIMES - 1))
    return LastRuns(tuple(newest[:DIFFERENT]), usual, tuple(found))


def has_published(person: Person) -> bool:
    """Return whether the person has ever published a run, and so has one to repeat."""
    return bool(_has_published(person.id).scalar())


@built_once
def _has_published(organiser_id: uuid.UUID) -> Any:
    return select(exists().where(Run.organiser_id == organiser_id))


@built_once
def _last_runs(organiser_id: uuid.UUID, now: datetime) -> Any:
    will_come = and_(Run.series_id.is_not(None), Run.starts_at > now)
    return (
        select(Run.id, Run.title, Run.place, Run.starts_local)
        .where(Run.organiser_id == organiser_id)
        .order_by(will_come, Run.starts_at.desc(), Run.id.desc())
        .limit(LOOKED_AT)
    )


def likely_day(run: Run, last: LastRuns) -> date:
    """Return the first day after today with the same weekday as a run, on which there is no such run yet."""
    taken = {one.starts_local.date() for one in last.all if (one.title, one.place) == (run.title, run.place)}
    day = dates.today(run.timezone)
    day += timedelta(days=(run.starts_local.weekday() - day.weekday() - 1) % 7 + 1)
    while day in taken:
        day += timedelta(days=7)
    return day


def offered_days(zone: str | None, likely: date | None = None) -> list[date]:
    """Return the days to choose from: today unless it is late, the next seven, and the `likely` one."""
    now = dates.to_local(clock.now(), zone)
    first = 0 if now.hour < LATEST_TODAY else 1
    days = [now.date() + timedelta(days=ahead) for ahead in range(first, DAYS_AHEAD + 1)]
    return days if likely is None or likely in days else [*days, likely]


def offered_times(usual: Sequence[time], first: time | None = None) -> list[time]:
    """Return the times of day to choose from: that of the model, the person's usual ones, and common ones."""
    times = dict.fromkeys((*([] if first is None else [first]), *usual, *COMMON_TIMES))
    return list(times)[:MOST_TIMES]
