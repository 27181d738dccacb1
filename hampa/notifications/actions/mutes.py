"""Muting a run, a series or a conversation."""

import uuid

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from hampa.notifications.models import Mute
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.locale.i18n import gettext as _

MOST = 1_000


def mute(person: Person, subject_kind: str, subject_id: uuid.UUID) -> None:
    """Send the person nothing about this by push, SMS and mail. Raise Refused past `MOST` things."""
    count = db.session.scalar(select(func.count()).select_from(Mute).where(Mute.person_id == person.id)) or 0
    if count >= MOST:
        raise Refused(_("You have muted very many things already. Take some off the list first."))
    row = {"person_id": person.id, "subject_kind": subject_kind, "subject_id": subject_id}
    db.session.execute(insert(Mute).values(row).on_conflict_do_nothing())


def unmute(person: Person, subject_kind: str, subject_id: uuid.UUID) -> None:
    """Send the person what they want about this again."""
    db.session.execute(
        delete(Mute).where(
            Mute.person_id == person.id, Mute.subject_kind == subject_kind, Mute.subject_id == subject_id
        )
    )
