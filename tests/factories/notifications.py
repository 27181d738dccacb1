"""Notifications."""

from __future__ import annotations

from typing import Any

from hampa.notifications.models import Notification, NotificationChoices, get_kind
from hampa.people.models import Person
from hampa.platform import ids
from tests.factories.base import made, number

ID = "01900000-0000-7000-8000-000000000000"
RUN = {"starts_at": "2026-11-27T02:30:00+00:00", "timezone": "Asia/Tehran", "code": "abcdefghijkmn"}
DATA: dict[str, dict[str, Any]] = {
    "interest_received": {},
    "interest_accepted": {"interest": ID},
    "interest_ended": {},
    "run_handed_over": {**RUN, "what": "received", "series": False},
    "organiser_message": {**RUN, "message": ID},
    "crew_notice": {"notice": ID},
    "crew_joined": {},
    "crew_request": {},
    "crew_membership": {"what": "role_admin"},
    "crew_closed": {},
    "crew_invitation": {},
    "crew_hidden": {"what": "hidden"},
    "crew_agreement": {},
    "crew_exported": {},
    "check_in_open": {"period_from": "2026-11-28", "day": 3},
    "check_in_nudge": {},
    "drift_seen": {},
    "timer_forgotten": {"what": "still_running", "started_at": "2026-11-27T02:30:00+00:00", "activity": ""},
    "gear_worn": {"limit_m": 800_000},
    "activity_flagged": {"what": "flagged"},
    "flag_appealed": {},
    "coaching_invitation": {},
    "coach_asks": {},
    "coach_added": {},
    "head_asked": {},
    "head_follows": {},
    "head_agreed": {},
    "head_changed": {},
    "coaching_agreed": {},
    "athlete_time": {"first": "2026-11-30", "last": "2026-12-04", "minutes": 0},
    "session_moved": {"kind": "run", "day": "2026-11-30", "moved_to": "2026-12-02"},
    "plan_given": {},
    "plan_changed": {},
    "deadline_near": {"thing": ID, "due_on": "2026-12-05", "days": 7},
    "coaching_week": {},
    "session_done": {"day": "2026-11-28", "kind": "run"},
    "template_given": {},
    "plan_invited": {},
    "badge_earned": {"more": 0},
    "badge_taken": {},
    "challenge_new": {},
    "challenge_over": {},
    "plan_news": {"what": "joined"},
    "plan_inherited": {},
    "duty_booked": {"what": "booked"},
    "duty_reminder": {"kind": "day"},
    "duty_asked": {"what": "buddy", "wanted": ""},
    "duty_news": {"what": "moved"},
    "duty_appeal": {},
    "duty_roster": {"what": "published", "day": "2026-11-27"},
    "duty_short": {"begins_at": "2026-11-27T02:30:00+00:00", "missing": 2},
    "duty_closeout": {"what": "asked"},
    "duty_thanks": {},
    "duty_message": {"starts_at": None},
    "site_message": {},
    "incident_alert": {"step": 0, "category": "medical", "incident": ID},
    "incident_taken": {},
    "incident_added": {},
    "incident_looked": {},
    "incident_review": {"day": "2026-11-28"},
    "newcomer_question": {},
    "newcomer_answer": {},
    "entry_liked": {},
    "entry_commented": {"comment": ID},
    "run_comment": {**RUN, "comment": ID},
    "message_received": {"message": ID},
    "run_joined": {**RUN, "status": "GOING"},
    "run_promoted": RUN,
    "run_offered": {**RUN, "until": "2026-11-26T16:30:00+00:00"},
    "run_requested": {**RUN, "status": "REQUESTED"},
    "run_approved": {**RUN, "status": "GOING"},
    "run_declined": RUN,
    "run_recap": RUN,
    "run_thanked": RUN,
    "run_group_removed": RUN,
    "run_lead_asked": {**RUN, "of": ID},
    "run_lead_answered": {**RUN, "of": ID, "what": "accepted"},
    "run_set": {**RUN, "status": "LEFT", "participation": ID},
    "phones_seen": RUN,
    "run_invited": {**RUN, "role": "owner", "series": False},
    "run_for_two": RUN,
    "map_link_failed": RUN,
    "run_invite": RUN,
    "run_organiser": {**RUN, "what": "added"},
    "run_changed": {**RUN, "changes": ["starts_local", "place", "level"]},
    "run_cancelled": RUN,
    "series_changed": {**RUN, "run": ID, "changes": ["starts_local"], "runs": 7, "cancelled": False},
    "crew_run": {**RUN, "crew": ID, "what": "run"},
    "new_run": {**RUN, "runs": [ID], "what": "run"},
    "new_runs": {**RUN, "runs": [ID, ID], "what": "run"},
    "run_reminder": {**RUN, "kind": "evening"},
    "home_safe": {"what": "told", "expected_at": "2026-11-27T17:00:00+00:00", "zone": None},
    "export_ready": {},
    "report_decided": {},
    "gateway_rests": {"gateway": "kavenegar"},
    "budget_used": {"amount": "20", "currency": "EUR"},
    "phone_changed": {"phone": "+989121110005"},
    "email_changed": {"what": "added"},
    "contact_seen": RUN,
    "token_made": {},
    "way_changed": {"what": "passkey_added", "name": "Pixel 9"},
    "webhook_off": {},
    "subscription_paid": {"amount": 990_000, "currency": "IRR", "ends_at": "2026-12-27T17:00:00+00:00"},
    "subscription_given": {"ends_at": "2026-12-27T17:00:00+00:00"},
    "subscription_ends": {"days": 7, "ends_at": "2026-12-27T17:00:00+00:00"},
    "subscription_late": {"until": "2026-12-27T17:00:00+00:00"},
    "subscription_ended": {},
    "payment_refunded": {"amount": 990_000, "currency": "IRR"},
    "payment_to_refund": {},
    "account_security": {"what": "new_device", "browser": "Firefox", "system": "Android"},
}
"""What is stored of each kind."""
WORDS = {
    "title": "Long loop of Chitgar",
    "place": "North gate",
    "reason": "Snow on the road",
    "name": "Reza Ahmadi",
    "line": "Is there tea afterwards?",
    "text": "Bring a lamp.",
    "note": "The van is full",
    "contact": "Maman",
    "unnamed": False,
    "titles": ["Long loop of Chitgar", "Easy lake loop"],
    "number": 5,
    "others": 0,
    "count": 3,
    "group": "Easy",
    "crew": "Sunrise crew",
    "athlete": "Reza Ahmadi",
    "is_told": "1",
    "duty": "Marshal at the north gate",
    "gear": "Road shoes",
    "step": "Half of it",
    "plan": "Half marathon in spring",
    "badge": "Ten runs with us",
    "challenge": "To Chitgar and back",
    "amount": "100 km",
    "reached": 1,
    "rank": 3,
    "owner": "Sunrise crew",
    "duties": ["Marshal at the north gate"],
    "starts_at": "2026-11-27T02:30:00+00:00",
    "timezone": "Asia/Tehran",
    "other": "",
    "other_starts_at": "",
    "other_timezone": "",
}
"""The words of what they refer to, by the keys that templates know."""


def in_words(kind: str, **given: Any) -> dict[str, Any]:
    """Return the data of a kind as its templates get it."""
    return {**DATA[kind], **{key: WORDS[key] for key in get_kind(kind).blanks}, **given}


def make_notification(person: Person, type: str = "interest_accepted", **given: Any) -> Notification:
    """Something the person has not read yet."""
    values: dict[str, Any] = {
        "person_id": person.id,
        "type": type,
        "subject_id": ids.new_id(),
        "data": {} if "data" in given else {**get_kind(type).blanks, **DATA[type]},
        "event": f"event:{number()}",
    }
    return made(Notification, **(values | given))


def choose(person: Person, **rows: dict[str, bool]) -> NotificationChoices:
    """Let the person have chosen channels, by the name of the row in the settings."""
    return made(NotificationChoices, person_id=person.id, choices=rows)
