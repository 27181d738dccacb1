"""Devices: those of a person, and whom they reach."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select

from hampa.auth.models import SESSION_LIFETIME, Session
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import scalar_or_404
from hampa.platform.security.user_agent import HasBrowser
from hampa.platform.statements import built_once
from hampa.push.models import MOST_DEVICES, PushSubscription


def reached_people(now: Any) -> Select[Any]:
    """Return a SELECT of the ids of people who have a device at a time."""
    return select(PushSubscription.person_id).join(Session, is_in_use(now - SESSION_LIFETIME))


def is_in_use(since: Any = None) -> ColumnElement[bool]:
    """Return the condition that joins a subscription to its session, which has not ended.

    `since` is when the session must have been used, in statements that are built once.
    """
    lasts = Session.last_seen_at > (clock.now() - SESSION_LIFETIME if since is None else since)
    return and_(Session.id == PushSubscription.session_id, Session.ended_at.is_(None), lasts)


@dataclass(frozen=True, slots=True)
class Device(HasBrowser):
    """A device in the list of its person; `server_key` is the key of the site for which it was turned on."""

    id: uuid.UUID
    session_id: uuid.UUID
    server_key: str
    user_agent: str
    created_at: datetime


def devices_of(person: Person) -> Sequence[Device]:
    """Return the person's devices, the newest first."""
    return [Device(*row) for row in _devices_of(person.id, clock.now() - SESSION_LIFETIME, MOST_DEVICES)]


@built_once
def _devices_of(person_id: uuid.UUID, since: datetime, most: int) -> Select[*tuple[Any, ...]]:
    columns = (getattr(PushSubscription, field.name) for field in fields(Device))
    newest = PushSubscription.created_at.desc(), PushSubscription.id.desc()
    in_use = select(*columns).join(Session, is_in_use(since)).where(PushSubscription.person_id == person_id)
    return in_use.order_by(*newest).limit(most)


def device_of(person: Person, device_id: uuid.UUID) -> PushSubscription:
    """Return one of the person's devices. Raise NotFound."""
    is_theirs = PushSubscription.id == device_id, PushSubscription.person_id == person.id
    return scalar_or_404(select(PushSubscription).where(*is_theirs))
