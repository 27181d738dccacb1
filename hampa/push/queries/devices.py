"""Devices: those of a person, and whom they reach."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select

from hampa.auth.models import SESSION_LIFETIME, Session
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db, scalar_or_404
from hampa.push.models import MOST_DEVICES, PushSubscription


def reached_people() -> Select[Any]:
    """Return a SELECT of the ids of people who have a device."""
    return select(PushSubscription.person_id).join(Session, is_in_use())


def is_in_use() -> ColumnElement[bool]:
    """Return the condition that joins a subscription to its session, which has not ended."""
    lasts = Session.last_seen_at > clock.now() - SESSION_LIFETIME
    return and_(Session.id == PushSubscription.session_id, Session.ended_at.is_(None), lasts)


def devices_of(person: Person) -> Sequence[PushSubscription]:
    """Return the person's devices, the newest first."""
    statement = select(PushSubscription).join(Session, is_in_use()).where(PushSubscription.person_id == person.id)
    newest = PushSubscription.created_at.desc(), PushSubscription.id.desc()
    return db.session.scalars(statement.order_by(*newest).limit(MOST_DEVICES)).all()


def device_of(person: Person, device_id: uuid.UUID) -> PushSubscription:
    """Return one of the person's devices. Raise NotFound."""
    is_theirs = PushSubscription.id == device_id, PushSubscription.person_id == person.id
    return scalar_or_404(select(PushSubscription).where(*is_theirs))
