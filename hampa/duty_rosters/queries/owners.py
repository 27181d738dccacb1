"""Whose rosters a person sees: those of their crews and series."""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from hampa.duties.models import Roster, Schedule
from hampa.duties.queries.schedule_rows import ScheduleRow
from hampa.duties.queries.schedules import all_schedules, owner_coordinated, schedules_of_run
from hampa.duty_rosters.models import RosterRule
from hampa.people.models import Person
from hampa.platform.errors import Forbidden, NotFound
from hampa.platform.statements import built_once
from hampa.platform.texts.cleaning import by_alphabet

CREW, SERIES = "crew", "series"
OWNER_KINDS = (CREW, SERIES)


@dataclass(frozen=True, slots=True)
class RosterOwner:
    """A crew or a series with duties, as a person sees it; `schedules` are those that are published and active."""

    kind: str
    id: uuid.UUID
    name: str
    timezone: str
    coordinates: bool
    schedules: tuple[ScheduleRow, ...] = ()

    @property
    def crew_id(self) -> uuid.UUID | None:
        """Return the id of a crew."""
        return self.id if self.kind == CREW else None

    @property
    def series_id(self) -> uuid.UUID | None:
        """Return the id of a series."""
        return self.id if self.kind == SERIES else None

    @property
    def ids(self) -> dict[str, uuid.UUID | None]:
        """Return the columns by which tables name it."""
        return {"crew_id": self.crew_id, "series_id": self.series_id}

    @property
    def place(self) -> dict[str, Any]:
        """Return what names it in addresses."""
        return {"owner_kind": self.kind, "owner_id": self.id}


def is_of(table: type[Roster] | type[RosterRule] | type[Schedule], owner: RosterOwner) -> Any:
    """Return the condition that a row belongs to a crew or a series."""
    return table.crew_id == owner.id if owner.kind == CREW else table.series_id == owner.id


def roster_owner(person: Person, kind: str, owner_id: uuid.UUID) -> RosterOwner:
    """Return a crew or a series whose duties a person coordinates, or may take. Raise NotFound for others."""
    if kind not in OWNER_KINDS:
        raise NotFound
    crew_id, series_id = (owner_id, None) if kind == CREW else (None, owner_id)
    rows = tuple(schedules_of_run(person, series_id, crew_id))
    try:
        owner = owner_coordinated(person, crew_id=crew_id, series_id=series_id)
    except Forbidden:
        if not rows:
            raise NotFound from None
        return RosterOwner(kind, owner_id, rows[0].owner, rows[0].timezone, coordinates=False, schedules=rows)
    return RosterOwner(kind, owner_id, owner.name, owner.timezone, coordinates=True, schedules=rows)


def coordinated_owner(person: Person, kind: str, owner_id: uuid.UUID) -> RosterOwner:
    """Return a crew or a series whose duties a person coordinates. Raise Forbidden for who only takes them, NotFound."""
    owner = roster_owner(person, kind, owner_id)
    if not owner.coordinates:
        raise Forbidden
    return owner


def owners_of(person: Person) -> list[RosterOwner]:
    """Return the crews and series whose duties a person sees, by name, without their schedules."""
    found = {}
    for row in all_schedules(person):
        kind, owner_id = (CREW, row.crew_id) if row.crew_id is not None else (SERIES, row.series_id)
        if owner_id is not None and (row.is_open or row.coordinates):
            found[owner_id] = RosterOwner(kind, owner_id, row.owner, row.timezone, row.coordinates)
    return sorted(found.values(), key=lambda one: (one.name, one.id))


def unpublished_schedules(owner: RosterOwner) -> list[Any]:
    """Return the id and the name of the active schedules that are not published, so that nobody can be put in."""
    return list(_unpublished(owner.id, of_crew=owner.kind == CREW))


@built_once
def _unpublished(owner_id: uuid.UUID, *, of_crew: bool) -> Any:
    ours = Schedule.crew_id == owner_id if of_crew else Schedule.series_id == owner_id
    query = select(Schedule.id, Schedule.name).where(ours, Schedule.is_active, Schedule.published_at.is_(None))
    return query.order_by(by_alphabet(Schedule.name), Schedule.id).limit(50)


def rules_of(owner: RosterOwner) -> list[RosterRule]:
    """Return the rules of a crew or a series, by kind and role."""
    return list(_rules(owner.id, of_crew=owner.kind == CREW).scalars())


@built_once
def _rules(owner_id: uuid.UUID, *, of_crew: bool) -> Any:
    ours = RosterRule.crew_id == owner_id if of_crew else RosterRule.series_id == owner_id
    return select(RosterRule).where(ours).order_by(RosterRule.kind, RosterRule.role)
