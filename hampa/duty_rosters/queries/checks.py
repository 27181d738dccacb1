"""The checks of a day's roster, by the rules of its crew or series."""

import math
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hampa.duties.models import LEADER
from hampa.duties.queries.shifts import Shift
from hampa.duty_rosters.models import FILLED, LEADER_ALONE, QUALIFIED, RATIO, TEAM, RosterRule
from hampa.duty_rosters.queries.days import Assigned, RosterDay, Standing, runners_on, standings_of
from hampa.duty_rosters.queries.owners import RosterOwner, rules_of, unpublished_schedules

SHORT, BUSY, GONE, UNPUBLISHED, NO_SHIFT = "short", "busy", "gone", "unpublished", "no_shift"
"""Checks that need no rule: too few people in a shift, somebody busy elsewhere or no longer there, a schedule that is
not published, a role for which there is no shift."""
CHECKS = (FILLED, NO_SHIFT, RATIO, TEAM, LEADER_ALONE, QUALIFIED, BUSY, GONE, SHORT, UNPUBLISHED)


@dataclass(frozen=True, slots=True)
class Check:
    """What is wrong with a roster; `path` leads to where it is mended.

    `role`, `needed`, `there` and `runners` are what the rule asks and what there is; `person` and `duty` are names.
    """

    kind: str
    is_blocking: bool
    path: str
    role: str = ""
    needed: int = 0
    there: int = 0
    runners: int = 0
    person: str = ""
    duty: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Somebody in a shift, with what the checks ask of them."""

    shift: Shift
    one: Assigned
    standing: Standing

    @property
    def name(self) -> str:
        """Return their name, "" if a block hides it from the viewer."""
        return self.one.person.name if self.one.person is not None else ""


def checks_of(owner: RosterOwner, day: RosterDay, runners: int | None = None) -> list[Check]:
    """Return what is wrong with the roster of a day, what blocks it first; `runners` are those of the day, if they are known."""
    shifts = [shift for shift in day.shifts if not shift.is_cancelled]
    assigned = [(shift, one) for shift in shifts for one in day.people_of(shift)]
    ids, schedule_ids = [one.booking_id for _shift, one in assigned], [row.id for row in owner.schedules]
    standings = standings_of(ids, schedule_ids) if ids else {}
    places = [Place(shift, one, standings[one.booking_id]) for shift, one in assigned if one.booking_id in standings]
    rules = rules_of(owner)
    if runners is None:
        runners = runners_on(owner, day.day, day.roster) if any(rule.kind == RATIO for rule in rules) else 0
    found = _by_rules(owner, rules, shifts, places, runners)
    short = {check.role for check in found if check.kind in (FILLED, RATIO)}
    found += [_about(SHORT, shift, needed=shift.schedule.min_people, there=shift.taken)
        for shift in shifts if shift.missing and shift.schedule.role not in short]  # fmt: skip
    for place in places:
        if place.standing.is_busy:
            found.append(_about(BUSY, place.shift, is_blocking=True, person=place.name))
        if not place.standing.belongs:
            found.append(_about(GONE, place.shift, person=place.name))
    found += [
        Check(UNPUBLISHED, is_blocking=False, path=f"/schedules/{row.id}", duty=row.name)
        for row in unpublished_schedules(owner)
    ]
    return sorted(found, key=lambda check: (not check.is_blocking, CHECKS.index(check.kind)))


def _by_rules(
    owner: RosterOwner, rules: Sequence[RosterRule], shifts: list[Shift], places: list[Place], runners: int
) -> list[Check]:
    found: list[Check] = []
    people_in_role: Mapping[str, set[uuid.UUID]] = _by_role(places)
    for rule in rules:
        if rule.kind in (FILLED, RATIO):
            needed = rule.people
            if rule.kind == RATIO:
                needed = rule.people * math.ceil(runners / (rule.per or 1))
            found += _role(owner, rule, shifts, needed, len(people_in_role[rule.role]), runners)
        elif rule.kind == TEAM:
            there = len({place.one.person_id for place in places})
            if there < rule.people:
                path = _mending(shifts) or f"/schedules/new?{owner.kind}={owner.id}"
                found.append(Check(TEAM, rule.is_blocking, path, needed=rule.people, there=there))
        elif rule.kind == LEADER_ALONE:
            leaders = people_in_role[LEADER]
            others = [one for one in places if one.one.person_id in leaders and one.shift.schedule.role != LEADER]
            found += [_about(LEADER_ALONE, one.shift, is_blocking=rule.is_blocking, person=one.name) for one in others]
        elif rule.kind == QUALIFIED:
            found += [
                _about(QUALIFIED, one.shift, is_blocking=rule.is_blocking, person=one.name, qualified=True)
                for one in places
                if not one.standing.is_qualified
            ]
    return found


def _by_role(places: list[Place]) -> Mapping[str, set[uuid.UUID]]:
    found: defaultdict[str, set[uuid.UUID]] = defaultdict(set)
    for place in places:
        found[place.shift.schedule.role].add(place.one.person_id)
    return found


def _role(
    owner: RosterOwner, rule: RosterRule, shifts: list[Shift], needed: int, there: int, runners: int
) -> list[Check]:
    if there >= needed:
        return []
    of_role = [shift for shift in shifts if shift.schedule.role == rule.role]
    if not of_role:
        new = f"/schedules/new?{owner.kind}={owner.id}"
        return [Check(NO_SHIFT, rule.is_blocking, new, role=rule.role, needed=needed)]
    path = _mending(of_role) or f"/schedules/{of_role[0].schedule.id}/edit"
    return [Check(rule.kind, rule.is_blocking, path, rule.role, needed, there, runners)]


def _mending(shifts: list[Shift]) -> str:
    """Return where somebody is put into a shift that has a place, "" if none has."""
    free = next((shift for shift in sorted(shifts, key=lambda one: -one.missing) if shift.free), None)
    return f"/schedules/{free.schedule.id}/shifts/{free.token}/people" if free is not None else ""


def _about(kind: str, shift: Shift, *, is_blocking: bool = False, qualified: bool = False, **values: Any) -> Check:
    row = shift.schedule
    path = f"/schedules/{row.id}/shifts/{shift.token}"
    if kind == SHORT:
        path += "/people"
    if qualified:
        path = f"/schedules/{row.id}/qualified"
        values["duty"] = row.qualification
    return Check(kind, is_blocking, path, **({"role": row.role, "duty": row.name} | values))
