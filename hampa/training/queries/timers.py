"""The timer of a person, and those that have run for long."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, select

from hampa.people.models import Person
from hampa.platform.db import columns_of, db, loaded
from hampa.platform.statements import built_once
from hampa.training.models.timers import ASKED_AFTER, STOPPED_AFTER, Timer


def timer_of(person: Person, *, lock: bool = False) -> Timer | None:
    """Return the timer of a person, None if none runs."""
    if lock:
        query = select(Timer).where(Timer.person_id == person.id).with_for_update()
        return db.session.scalar(query.execution_options(populate_existing=True))
    row = _timer(person.id).one_or_none()
    return loaded(Timer, row) if row is not None else None


@built_once
def _timer(person_id: uuid.UUID) -> Any:
    return select(*columns_of(Timer)).where(Timer.person_id == person_id)


def has_timer(person_id: Any) -> ColumnElement[bool]:
    """Return the condition that a timer of a person runs."""
    return exists().where(Timer.person_id == person_id)


def timers_to_ask_about(now: datetime, most: int) -> Sequence[Timer]:
    """Return timers, locked, that have run so long that their people are to be asked."""
    due = Timer.started_at <= now - ASKED_AFTER, Timer.paused_at.is_(None), Timer.asked_at.is_(None)
    query = select(Timer).where(*due, Timer.started_at > now - STOPPED_AFTER).order_by(Timer.started_at, Timer.id)
    return db.session.scalars(query.limit(most).with_for_update(skip_locked=True)).all()


def timers_to_stop(now: datetime, most: int) -> Sequence[Timer]:
    """Return timers, locked, that have run for as long as one may."""
    query = select(Timer).where(Timer.started_at <= now - STOPPED_AFTER).order_by(Timer.started_at, Timer.id)
    return db.session.scalars(query.limit(most).with_for_update(skip_locked=True)).all()
