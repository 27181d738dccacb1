"""Crews to which two people belong."""

from typing import Any

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import aliased

from hampa.crews.models import ACTIVE, Crew, CrewMembership
from hampa.crews.queries.crews import MOST_CREWS
from hampa.platform.db import constants, shared_alias
from hampa.platform.texts.cleaning import by_alphabet

_one = shared_alias(CrewMembership, "one_membership")
_other = shared_alias(CrewMembership, "other_membership")


def share_crew(person_id: Any, other_id: Any) -> ColumnElement[bool]:
    """Return the condition that two people, given by columns or values of ids, belong to the same crew."""
    both = exists().where(
        _one.person_id == person_id,
        _one.status.in_(constants(ACTIVE)),
        _other.crew_id == _one.crew_id,
        _other.person_id == other_id,
        _other.status.in_(constants(ACTIVE)),
    )
    return both.correlate_except(_one, _other)


def shared_crews(viewer_id: Any, person_id: Any) -> Any:
    """Return a column with the crews to which two people belong, by name, as JSON for `CrewName.read`; None for none."""
    mine, theirs = aliased(CrewMembership), aliased(CrewMembership)
    crews = (
        select(func.json_build_array(Crew.id, Crew.name).label("crew"), Crew.name.label("name"))
        .join(mine, mine.crew_id == Crew.id)
        .join(theirs, theirs.crew_id == Crew.id)
        .where(mine.person_id == viewer_id, mine.status.in_(constants(ACTIVE)))
        .where(theirs.person_id == person_id, theirs.status.in_(constants(ACTIVE)))
        .order_by(by_alphabet(Crew.name), Crew.id)
        .limit(MOST_CREWS)
        .correlate_except(mine, theirs, Crew)
        .lateral()
    )
    return select(func.json_agg(crews.c.crew)).scalar_subquery()
