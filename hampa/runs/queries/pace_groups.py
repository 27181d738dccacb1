"""Who leads the pace groups of a run, as joining and the page of the run have to know."""

import uuid
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select

from hampa.platform.statements import built_once
from hampa.runs.models.run import PaceGroup, Run


def is_unanswered() -> ColumnElement[bool]:
    """Return the condition of a `PaceGroup` that somebody is asked to lead who has not answered."""
    return and_(
        PaceGroup.leader_id.is_not(None), PaceGroup.leader_agreed_at.is_(None), PaceGroup.leader_declined_at.is_(None)
    )


def is_asked(person_id: Any) -> ColumnElement[bool]:
    """Return the condition of a `PaceGroup` that the person is asked to lead and has not answered."""
    return and_(PaceGroup.leader_id == person_id, is_unanswered())


def is_led_by(person_id: Any) -> ColumnElement[bool]:
    """Return the condition of a `PaceGroup` that the person has agreed to lead."""
    return and_(PaceGroup.leader_id == person_id, PaceGroup.leader_agreed_at.is_not(None))


def led_group_id(person_id: uuid.UUID, run: Run) -> uuid.UUID | None:
    """Return the id of the first group of a run that the person leads; without a statement for a run without groups."""
    if not run.paces:
        return None
    led: uuid.UUID | None = _led_group(run.id, person_id).scalar()
    return led


@built_once
def _led_group(run_id: uuid.UUID, person_id: uuid.UUID) -> Select[Any]:
    led = select(PaceGroup.id).where(PaceGroup.run_id == run_id, is_led_by(person_id))
    return led.order_by(PaceGroup.position).limit(1)
