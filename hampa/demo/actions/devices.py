"""The phone of a demo person that takes notifications, and the weekly summary that they chose.

Neither is sent to anybody: messages of demo people are delivered to the console.
"""

import secrets
from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from hampa.auth.models import Session
from hampa.auth.queries import session_token_hash
from hampa.demo.actions.people import demo_id
from hampa.notifications.models import NotificationChoices
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.push.encoding import AUTH_BYTES, to_base64
from hampa.platform.push.keys import site_key
from hampa.push.models import PushSubscription
from hampa.summaries.actions import write_summary

ENDPOINT = "https://push.example/hampa-demo"
EMAIL = "sara@hampa.example"
PHONE = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36"


def make_devices(people: list[Person]) -> None:
    """Let the first person be signed in on a phone with notifications; one that a visitor has removed stays away."""
    person, now, session_id = people[0], clock.now(), demo_id("session", 1)
    times = {"created_at": now, "updated_at": now}
    session: dict[str, Any] = {
        "id": session_id,
        "person_id": person.id,
        "token_hash": session_token_hash(secrets.token_urlsafe()),
        "method": "code",
        "address": "127.0.0.1",
        "user_agent": PHONE,
        "timezone": person.timezone,
        "proved_at": now,
        "last_seen_at": now,
        **times,
    }
    if not _is_new(Session, session):
        mine = Session.id == session_id, Session.ended_at.is_(None)
        seen = update(Session).where(*mine).values(last_seen_at=now)
        db.session.execute(seen.execution_options(synchronize_session=False))
        return
    subscription = {
        "id": demo_id("device", 1),
        "person_id": person.id,
        "session_id": session_id,
        "endpoint": ENDPOINT,
        "p256dh": site_key().public,
        "auth": to_base64(secrets.token_bytes(AUTH_BYTES)),
        "server_key": site_key().public,
        "user_agent": PHONE,
        **times,
    }
    _is_new(PushSubscription, subscription)


def make_summaries(people: list[Person]) -> None:
    """Let the first person have chosen the weekly summary, and write the one of this week, each only once."""
    person, now = people[0], clock.now()
    times = {"created_at": now, "updated_at": now}
    choices = {"id": demo_id("choices", 1), "person_id": person.id, "weekly_summary": True, **times}
    if _is_new(NotificationChoices, choices) and person.email is None:
        person.email, person.email_verified_at = EMAIL, now
        db.session.flush()
    year, week, _day = now.isocalendar()
    write_summary(person, f"weekly:{person.id}:{year}-{week}")


def _is_new(table: Any, row: dict[str, Any]) -> bool:
    """Insert a row unless it, or another one in its place, is there, and return whether it was inserted."""
    return db.session.scalar(insert(table).values(row).on_conflict_do_nothing().returning(table.id)) is not None
