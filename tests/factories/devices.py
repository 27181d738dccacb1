"""Devices with notifications."""

from __future__ import annotations

from itertools import count

from sqlalchemy import select

from hampa.auth.actions.sessions import open_session
from hampa.auth.models import Session
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.push.keys import site_key
from hampa.push.models import PushSubscription
from tests.factories.base import made
from tests.push_server import PushBrowser

ANDROID = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"
_numbers = count(1)


def make_device(person: Person, browser: PushBrowser | None = None, **given: object) -> PushSubscription:
    """Return a device of the person, in the newest of their sessions or a new one."""
    browser = browser or PushBrowser(f"https://push.example/{next(_numbers)}")
    newest = (
        select(Session).where(Session.person_id == person.id).order_by(Session.created_at.desc(), Session.id.desc())
    )
    session = db.session.scalars(newest).first()
    if session is None:
        open_session(person, address="127.0.0.1", agent=ANDROID, method="code")
        session = db.session.scalars(newest).first()
    values = {
        "session_id": session.id,
        "server_key": site_key().public,
        "user_agent": ANDROID,
        **browser.fields,
        **given,
    }
    return made(PushSubscription, person_id=person.id, **values)
