"""A person's copies of what is theirs."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from hampa.account.models import GOOD_FOR, READY, WAITING, Export
from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Gone, NotFound
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.media import storage

STALE = timedelta(days=1)
"""An export that was not made by then is never made: its job has failed each time."""


def latest_of(person: Person) -> Export | None:
    """The last one that the person asked for, in whatever state."""
    query = select(Export).where(Export.person_id == person.id)
    return db.session.scalar(query.order_by(Export.created_at.desc(), Export.id.desc()).limit(1))


def export_of(person: Person, export_id: uuid.UUID) -> Export:
    """One that can be fetched. Raises NotFound for others' and what is not ready, Gone once its day is over."""
    found = db.session.scalar(select(Export).where(Export.id == export_id, Export.person_id == person.id))
    if found is None or found.ready_at is None:
        raise NotFound
    if not found.can_be_fetched or not storage.exists(found.file):
        raise Gone(_("This copy could be fetched for a day, which is over. Have a new one made."))
    return found


def over() -> Sequence[Export]:
    """Those whose day has passed."""
    query = select(Export).where(Export.status == READY, Export.ready_at <= clock.now() - GOOD_FOR)
    return db.session.scalars(query).all()


def given_up() -> Sequence[Export]:
    """Those that should have been made long ago."""
    query = select(Export).where(Export.status == WAITING, Export.created_at <= clock.now() - STALE)
    return db.session.scalars(query).all()
