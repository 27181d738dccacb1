"""Four weeks of duties as a grid, which is read and written once for all who see it alike."""

import datetime as dt
import uuid
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache

from hampa.duties.models import shifts_versions
from hampa.duties.queries.schedule_rows import state_of
from hampa.duty_rosters.queries.days import GRID_DAYS, MOST_IN_GRID, RosterDay, all_days, days_of
from hampa.duty_rosters.queries.owners import RosterOwner
from hampa.people.models import PEOPLE, Person
from hampa.people.queries import hidden_ids
from hampa.platform.kept import kept

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid as somebody sees it; `later` is the day with which the next one begins.

    `key` and `versions` tell it from others; the key is None if nobody else sees it like this. `days` returns its days.
    """

    key: tuple[Hashable, ...] | None
    versions: Sequence[str]
    is_empty: bool
    later: dt.date
    days: Callable[[], list[RosterDay]]


@dataclass(frozen=True, slots=True)
class _People:
    """Who is in a grid, who of them on a day that is a draft, and the last day that has a shift; `is_cut` if there are more."""

    ids: frozenset[uuid.UUID]
    drafted: frozenset[uuid.UUID]
    last: dt.date | None
    is_cut: bool


def grid_of(person: Person, owner: RosterOwner, first: dt.date) -> Grid:
    """Return the grid of a crew or a series from a day on: four weeks, or fewer days if they have very many shifts."""
    versions = [*shifts_versions(owner.schedules), PEOPLE]
    key = "duty_rosters.grid", owner.kind, owner.id, owner.timezone, first, state_of(owner.schedules)
    everybody = cache(lambda: all_days(owner, first))
    people = kept(key, versions, lambda: _people_of(everybody()))
    is_alike = people.ids.isdisjoint(hidden_ids(person)) and (owner.coordinates or person.id not in people.drafted)

    def days() -> list[RosterDay]:
        if not is_alike:
            return days_of(person, owner, first)
        return everybody() if owner.coordinates else [_without_drafts(day) for day in everybody()]

    later = people.last + DAY if people.last and people.is_cut else first + timedelta(days=GRID_DAYS)
    return Grid((*key, owner.coordinates) if is_alike else None, versions, people.last is None, later, days)


def _people_of(days: list[RosterDay]) -> _People:
    people = [(one, day.is_draft or one.is_draft) for day in days for ones in day.people.values() for one in ones]
    return _People(
        frozenset(one.person_id for one, _is_drafted in people),
        frozenset(one.person_id for one, is_drafted in people if is_drafted),
        days[-1].day if days else None,
        sum(len(day.shifts) for day in days) > MOST_IN_GRID // 2,
    )


def _without_drafts(day: RosterDay) -> RosterDay:
    """Return a day as those see it who neither coordinate it nor are in a draft of it."""
    if day.is_draft:
        return replace(day, people={})
    known = {key: [one for one in ones if not one.is_draft] for key, ones in day.people.items()}
    return replace(day, people=known)
