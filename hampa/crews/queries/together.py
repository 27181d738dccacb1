"""Crews to which two people belong."""

from typing import Any

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import aliased

from hampa.crews.models import ACTIVE, Crew, CrewMembership
from hampa.crews.queries.crews import MOST_CREWS
from hampa.platform.db import constants
from hampa.platform.texts.cleaning import by_alphabet


def share_crew(person_id: Any, other_id: Any) -> ColumnElement[bool]:
    """Return the condition that two people, given by columns or values of ids, belong to the same crew."""
    mine, theirs = aliased(CrewMembership), aliased(CrewMembership)
    both = exists().where(
        mine.person_id == person_id,
        mine.status.in_(constants(ACTIVE)),
        theirs.crew_id == mine.crew_id,
        theirs.person_id == other_id,
        theirs.status.in_(constants(ACTIVE)),
    )
    return both.correlate_except(mine, theirs)


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
