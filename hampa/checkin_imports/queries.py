"""What a file would become: each of its rows with its period, and why some are not taken."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from hampa.checkin_imports.models import DOUBLE, PRESENT, TAKEN, CheckInImport, ImportedCheckIn
from hampa.checkins.models import CheckIn
from hampa.crews.models import ACTIVE, WEEKLY, Crew, CrewMembership
from hampa.crews.queries.crews import MOST_CREWS
from hampa.people.models import Person
from hampa.platform.db import db, scalar_or_404
from hampa.platform.locale.periods import Period, period_on
from hampa.platform.texts.cleaning import by_alphabet, fold

FIRST_DAYS = {"solar": 6, "gregorian": 1}
"""The ISO number of the first day of a week without a crew, by the person's calendar."""


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A row of a file, and what becomes of it: taken, double or present."""

    row: int
    answers: dict[str, Any]
    crew_id: uuid.UUID | None
    period: Period
    source: str
    fate: str


def own_import(person: Person, import_id: uuid.UUID, *, lock: bool = False) -> CheckInImport:
    """Return an import of the person. Raise NotFound for those of others."""
    query = select(CheckInImport).where(CheckInImport.id == import_id, CheckInImport.person_id == person.id)
    return scalar_or_404(query.with_for_update().execution_options(populate_existing=True) if lock else query)


def crews_to_choose(person: Person) -> Sequence[Crew]:
    """Return the open crews that a person belongs to, by name."""
    query = (
        select(Crew)
        .join(CrewMembership, CrewMembership.crew_id == Crew.id)
        .where(CrewMembership.person_id == person.id, CrewMembership.status == ACTIVE, Crew.closed_at.is_(None))
        .order_by(by_alphabet(Crew.name), Crew.id)
        .limit(MOST_CREWS)
    )
    return db.session.scalars(query).all()


def groups_of(one: CheckInImport) -> list[str]:
    """Return the names of the groups of a file, in the order in which they come."""
    return list(dict.fromkeys(row["group"] for row in one.rows))


def likely_targets(groups: Sequence[str], crews: Sequence[Crew]) -> dict[str, str]:
    """Return the crew of the same name for each group, "" where there is none."""
    ids = {fold(crew.name): str(crew.id) for crew in reversed(crews)}
    return {group: ids.get(fold(group), "") if group else "" for group in groups}


def plan_of(person: Person, one: CheckInImport, crews: Sequence[Crew]) -> list[PlannedRow]:
    """Return what becomes of each row of a file, those of the latest days first; two statements for any number of rows."""
    by_id = {str(crew.id): crew for crew in crews}
    groups = {name: _group_of(person, fold(name), by_id.get(one.targets.get(name, ""))) for name in groups_of(one)}
    sources = set(db.session.scalars(select(ImportedCheckIn.source).where(ImportedCheckIn.person_id == person.id)))
    stored = select(CheckIn.crew_id, CheckIn.period_from).where(
        CheckIn.person_id == person.id, CheckIn.crew_id.in_([crew.id for crew in crews])
    )
    present = {(row.crew_id, row.period_from) for row in db.session.execute(stored)}
    planned: list[PlannedRow] = []
    seen: set[tuple[str, uuid.UUID | None, dt.date]] = set()
    for row in sorted(one.rows, key=lambda row: (row["day"], row["row"]), reverse=True):
        group = groups[row["group"]]
        crew_id, period = group.crew_id, group.period_on(dt.date.fromisoformat(row["day"]))
        source = f"{group.folded}|{row['day']}"
        # Two groups that go to no crew stay apart; two that go to one crew have one check-in a period there.
        key = ("" if crew_id else group.folded, crew_id, period.starts_on)
        if source in sources or (crew_id, period.starts_on) in present:
            fate = PRESENT
        else:
            fate = DOUBLE if key in seen else TAKEN
        seen.add(key)
        planned.append(PlannedRow(row["row"], row, crew_id, period, source, fate))
    return planned


@dataclass(frozen=True, slots=True)
class _Group:
    """A group of a file: its name as it is compared, the crew that it goes to, and how its check-ins are asked for."""

    folded: str
    crew_id: uuid.UUID | None
    frequency: str
    first_day: int
    zone: ZoneInfo

    def period_on(self, day: dt.date) -> Period:
        """Return the period of a day."""
        return period_on(day, self.frequency, first_day=self.first_day, zone=self.zone)


def _group_of(person: Person, folded: str, crew: Crew | None) -> _Group:
    if crew is None:
        return _Group(folded, None, WEEKLY, FIRST_DAYS[person.calendar], ZoneInfo(person.timezone))
    return _Group(folded, crew.id, crew.frequency, crew.first_day, ZoneInfo(crew.timezone))
