"""Notifications."""

from __future__ import annotations

from typing import Any

from hampa.notifications.models import Notification
from hampa.people.models import Person
from hampa.platform import ids
from tests.factories.base import made, number

RUN = {
    "title": "Long loop of Chitgar",
    "starts_at": "2026-11-27T02:30:00+00:00",
    "timezone": "Asia/Tehran",
    "place": "North gate",
    "code": "abcdefghijkmn",
}
DATA: dict[str, dict[str, Any]] = {
    "interest_received": {"name": "Reza", "card": "Easy mornings", "line": "Tuesdays at the lake?"},
    "interest_accepted": {"name": "Reza", "interest": "01900000-0000-7000-8000-000000000000"},
    "interest_ended": {"name": "Reza", "card": "Easy mornings"},
    "run_handed_over": {**RUN, "name": "Reza", "what": "received"},
    "organiser_message": {**RUN, "name": "Sara", "text": "Bring a lamp."},
    "run_comment": {**RUN, "name": "Reza Ahmadi", "line": "Is there tea afterwards?"},
    "run_joined": {**RUN, "name": "Reza", "status": "GOING"},
    "run_promoted": RUN,
    "run_offered": {**RUN, "until": "2026-11-26T16:30:00+00:00"},
    "run_requested": {**RUN, "name": "Reza", "status": "REQUESTED"},
    "run_approved": {**RUN, "status": "GOING"},
    "run_declined": RUN,
    "run_group_removed": RUN,
    "run_set": {**RUN, "status": "LEFT", "note": "The van is full"},
    "run_organiser": {**RUN, "name": "Reza", "what": "added"},
    "run_changed": {**RUN, "changes": ["starts_local", "place", "level"]},
    "run_cancelled": {**RUN, "reason": "Snow on the road"},
    "series_changed": {**RUN, "changes": ["starts_local"], "runs": 7, "cancelled": False, "reason": ""},
    "run_reminder": {**RUN, "kind": "evening"},
    "home_safe": {"what": "told", "expected_at": "2026-11-27T17:00:00+00:00", "contact": "Maman"},
    "export_ready": {},
    "report_decided": {},
    "phone_changed": {"phone": "+989121110005"},
    "email_changed": {"what": "added"},
    "contact_seen": {**RUN, "name": "Reza"},
    "account_security": {"what": "new_device", "browser": "Firefox", "system": "Android"},
}
"""What the words of each kind are made of."""


def make_notification(person: Person, type: str = "interest_accepted", **given: Any) -> Notification:
    """Something the person has not read yet."""
    values: dict[str, Any] = {
        "person_id": person.id,
        "type": type,
        "subject_id": ids.new_id(),
        "data": {} if "data" in given else DATA[type],
        "event": f"event:{number()}",
    }
    return made(Notification, **(values | given))
