"""Gear of a person, how far each has come, and which is chosen by itself."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, type_coerce
from sqlalchemy.dialects.postgresql import JSONB

from hampa.notifications.models import Reference, Words
from hampa.people.models import Person
from hampa.platform.db import db, scalar_or_404
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.statements import built_once
from hampa.training.models.activities import Activity
from hampa.training.models.gear import Gear


@dataclass(frozen=True, slots=True)
class GearRow:
    """Gear of a person with the metres that it has come, and of how many activities."""

    id: uuid.UUID
    name: str
    kind: str
    since: dt.date | None
    before_m: int
    limit_m: int | None
    default_kinds: tuple[str, ...]
    retired_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int
    distance_m: int
    activities: int

    @property
    def is_worn_out(self) -> bool:
        """Return whether it is beyond its limit."""
        return self.limit_m is not None and self.distance_m >= self.limit_m


def gear_of(person: Person) -> tuple[GearRow, ...]:
    """Return the gear of a person with its kilometres, what is in use first, the latest first."""
    kinds = GearRow.__slots__.index("default_kinds")
    rows: list[tuple[Any, ...]] = [(*row[:kinds], tuple(row[kinds]), *row[kinds + 1 :]) for row in _gear(person.id)]
    return tuple(GearRow(*row) for row in rows)


@built_once
def _gear(person_id: uuid.UUID) -> Any:
    sums = (
        select(
            Activity.gear_id,
            func.coalesce(func.sum(Activity.distance_m), 0).label("metres"),
            func.count().label("count"),
        )
        .where(Activity.person_id == person_id, Activity.gear_id.is_not(None))
        .group_by(Activity.gear_id)
        .subquery("sums")
    )
    columns = [getattr(Gear, name) for name in GearRow.__slots__[:-2]]
    metres = Gear.before_m + func.coalesce(sums.c.metres, 0)
    return (
        select(*columns, metres, func.coalesce(sums.c.count, 0))
        .outerjoin(sums, sums.c.gear_id == Gear.id)
        .where(Gear.person_id == person_id)
        .order_by(Gear.retired_at.is_not(None), Gear.created_at.desc(), Gear.id.desc())
    )


def own_gear(person: Person, gear_id: uuid.UUID, *, lock: bool = False) -> Gear:
    """Return gear of the person. Raise NotFound."""
    query = select(Gear).where(Gear.id == gear_id, Gear.person_id == person.id)
    return scalar_or_404(query.with_for_update().execution_options(populate_existing=True) if lock else query)


def gear_to_choose(person: Person) -> list[tuple[uuid.UUID, str]]:
    """Return the ids and names of gear in use, the latest first."""
    return [(row.id, row.name) for row in _in_use(person.id)]


@built_once
def _in_use(person_id: uuid.UUID) -> Any:
    query = select(Gear.id, Gear.name).where(Gear.person_id == person_id, Gear.retired_at.is_(None))
    return query.order_by(Gear.created_at.desc(), Gear.id.desc())


def name_of_gear(gear_id: uuid.UUID) -> str:
    """Return the name of gear, "" if it is gone."""
    return _name(gear_id).scalar() or ""


@built_once
def _name(gear_id: uuid.UUID) -> Any:
    return select(Gear.name).where(Gear.id == gear_id)


def usual_gear(person_id: uuid.UUID, kind: str) -> uuid.UUID | None:
    """Return the gear that is chosen by itself for a kind of activity."""
    has_kind = Gear.default_kinds.contains(type_coerce([kind], JSONB))
    query = select(Gear.id).where(Gear.person_id == person_id, Gear.retired_at.is_(None), has_kind)
    return db.session.scalar(query.order_by(Gear.created_at.desc(), Gear.id.desc()).limit(1))


def gear_to_warn_of(most: int) -> Sequence[Gear]:
    """Return gear beyond its limit whose person has not been told, locked; what another worker has is left to it."""
    metres = select(func.coalesce(func.sum(Activity.distance_m), 0)).where(Activity.gear_id == Gear.id)
    to_watch = Gear.limit_m.is_not(None), Gear.warned_at.is_(None), Gear.retired_at.is_(None)
    beyond = Gear.before_m + metres.correlate(Gear).scalar_subquery() >= Gear.limit_m
    query = select(Gear).where(*to_watch, beyond).order_by(Gear.id).limit(most)
    return db.session.scalars(query.with_for_update(skip_locked=True)).all()


def _names(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    query = select(Gear.id, Gear.name).where(Gear.id.in_({one.subject_id for one in references}))
    names = {row.id: row.name for row in db.session.execute(query)}
    return {one.id: {"gear": names[one.subject_id]} for one in references if one.subject_id in names}


GEAR = Words(_names, gone={"gear": _l("Gear that is gone")})
