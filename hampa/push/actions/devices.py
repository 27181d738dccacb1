"""Turning notifications on and off for a device."""

import uuid
from datetime import datetime

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.dialects.postgresql import insert

from hampa.auth.actions.theft import ends_on_theft
from hampa.auth.models import SESSION_LIFETIME, Session
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import TooFast
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.push.keys import site_key
from hampa.push.models import MOST_DEVICES, PushSubscription

TURNED_ON_A_DAY = 50
LONGEST_USER_AGENT = 300


def turn_on(person: Person, *, endpoint: str, p256dh: str, auth: str, user_agent: str) -> uuid.UUID:
    """Have a browser, in which the person is signed in, take their notifications; return the id of the device.

    A browser has one subscription: an earlier one of the same session is replaced, and one of another person moves.
    """
    limit(person, "push.turn_on", TURNED_ON_A_DAY, per="day", error=_too_often)
    now = clock.now()
    _delete(PushSubscription.session_id == person.session_id, PushSubscription.endpoint != endpoint)
    theirs = {
        "person_id": person.id,
        "session_id": person.session_id,
        "p256dh": p256dh,
        "auth": auth,
        "server_key": site_key().public,
        "user_agent": user_agent[:LONGEST_USER_AGENT],
        "updated_at": now,
    }
    statement = insert(PushSubscription).values(id=ids.new_id(), created_at=now, endpoint=endpoint, **theirs)
    device_id = db.session.scalars(
        statement.on_conflict_do_update(
            index_elements=[PushSubscription.endpoint], set_={**theirs, "version": PushSubscription.version + 1}
        ).returning(PushSubscription.id)
    ).one()
    newest = PushSubscription.updated_at.desc(), PushSubscription.id.desc()
    kept = select(PushSubscription.id).where(PushSubscription.person_id == person.id).order_by(*newest)
    _delete(PushSubscription.person_id == person.id, PushSubscription.id.not_in(kept.limit(MOST_DEVICES)))
    return device_id


def _too_often(seconds: int) -> TooFast:
    return TooFast(_("That was turned on and off very often today. Try again tomorrow."), seconds)


def turn_off(device: PushSubscription) -> None:
    """Send nothing to a device any more."""
    db.session.delete(device)


def turn_off_here(person: Person) -> None:
    """Send nothing any more to the browser of the person's present session."""
    _delete(PushSubscription.person_id == person.id, PushSubscription.session_id == person.session_id)


@ends_on_theft(PushSubscription)
def turn_all_off(person: Person, _since: datetime) -> None:
    """Send nothing any more to any device of the person."""
    _delete(PushSubscription.person_id == person.id)


def forget(device_id: uuid.UUID) -> None:
    """Delete a subscription that its push service does not know any more."""
    _delete(PushSubscription.id == device_id)


def delete_unused() -> None:
    """Delete the subscriptions of sessions that have ended, or that nobody uses any more."""
    ended = select(Session.id).where(
        Session.id == PushSubscription.session_id,
        or_(Session.ended_at.is_not(None), Session.last_seen_at <= clock.now() - SESSION_LIFETIME),
    )
    _delete(ended.exists())


def _delete(*conditions: ColumnElement[bool]) -> None:
    db.session.execute(delete(PushSubscription).where(*conditions), execution_options={"synchronize_session": False})
