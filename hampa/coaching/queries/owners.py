"""Athletes as owners of notes and files, and coaches as readers of those of plans.

Every coach of an athlete reads what is shared; head and assistants add to it, and the head decides on it. An athlete with
an account reads what is shared, on their record, and adds to their plans.
"""

import uuid
from typing import Any

from sqlalchemy import Select, select

from hampa.coaching.models.athletes import Athlete, Coach
from hampa.coaching.models.sessions import CoachedPlan
from hampa.coaching.queries.athletes import AthleteSeen, athlete_for, coach_may
from hampa.files.queries.owners import PLAN, Owner, OwnerKind, also_readable, register_owner_kind
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.statements import built_once

ATHLETE = "athlete"
OF_RECORD = _l("All coaches of the athlete see it, and the athlete once they have an account here and agreed")
OF_ATHLETE = _l("The athlete and all their coaches see it")


def athlete_as_owner(seen: AthleteSeen) -> Owner:
    """Return an athlete as their coach sees them."""
    record = seen.record
    audience = OF_RECORD if record.person_id is None else OF_ATHLETE
    values = {"athlete_id": record.id}
    return Owner(ATHLETE, record.id, record.name, "coaching.athlete", values, seen.changes, seen.decides, audience)


def _owner_for(person: Person, athlete_id: uuid.UUID) -> Owner:
    record = _own_record(person.id, athlete_id).scalar()
    if record is None:
        return athlete_as_owner(athlete_for(person, athlete_id))
    name = person.name or record.name
    return Owner(ATHLETE, record.id, name, "coaching.own_coaches", {}, may_add=False, manages=False)


@built_once
def _own_record(person_id: uuid.UUID, athlete_id: uuid.UUID) -> Any:
    return select(Athlete).where(Athlete.id == athlete_id, Athlete.person_id == person_id)


def _coached_by(person: Any) -> Select[uuid.UUID]:
    """Return a SELECT of the ids of the athletes whom a person coaches."""
    return select(Coach.athlete_id).where(Coach.coach_id == person.id, coach_may(person.id, Coach.athlete_id))


def _named() -> Select[uuid.UUID, str]:
    return select(Athlete.id, Athlete.name)


def _plans_of(athlete_ids: Any) -> Select[uuid.UUID]:
    return select(CoachedPlan.plan_id).where(CoachedPlan.athlete_id.in_(athlete_ids))


@also_readable(PLAN, of=ATHLETE, among=_plans_of)
def plans_coached_by(person: Any) -> Select[uuid.UUID]:
    """Return a SELECT of the ids of the plans of a person's athletes."""
    query = select(CoachedPlan.plan_id).join(Coach, Coach.athlete_id == CoachedPlan.athlete_id)
    return query.where(Coach.coach_id == person.id, coach_may(person.id, Coach.athlete_id))


register_owner_kind(
    OwnerKind(
        ATHLETE, _l("Athlete"), _owner_for, _coached_by, _named, endpoint="coaching.athlete", parameter="athlete_id"
    )
)


@also_readable(ATHLETE)
def own_records(person: Any) -> Select[uuid.UUID]:
    """Return a SELECT of the ids of the records that coaches keep of a person who agreed."""
    return select(Athlete.id).where(Athlete.person_id == person.id)
