"""The words of roles, rights, statuses and of how sessions went, for forms and pages."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from hampa.coaching.forms.availability import time_words
from hampa.coaching.models.athletes import (
    ACTIVE,
    ACTIVITIES,
    ASSISTANT,
    AVAILABILITY,
    CHECKINS,
    COMPLETED,
    FOLLOWER,
    HEAD,
    HEART,
    MAP,
    PAUSED,
    PLANS,
)
from hampa.coaching.models.sessions import ILLNESS, TRAVEL
from hampa.coaching.queries.events import EventRow
from hampa.coaching.queries.sessions import SessionRow
from hampa.platform.locale import dates, measures
from hampa.platform.locale.i18n import gettext as _, lazy_pgettext, number
from hampa.training.forms.plans import STATUS_WORDS
from hampa.training.forms.words import FEELING_WORDS, KIND_WORDS

ATHLETE_STATUS_WORDS = {
    ACTIVE: lazy_pgettext("athlete", "Active"),
    PAUSED: lazy_pgettext("athlete", "Paused"),
    COMPLETED: lazy_pgettext("athlete", "Completed"),
}
COACH_ROLE_WORDS = {
    HEAD: lazy_pgettext("coach", "Head coach"),
    ASSISTANT: lazy_pgettext("coach", "Assistant"),
    FOLLOWER: lazy_pgettext("coach", "Only reads"),
}
RIGHT_WORDS = {
    ACTIVITIES: lazy_pgettext("coach may", "See what I did, and how it was"),
    MAP: lazy_pgettext("coach may", "See where I ran, on the map"),
    HEART: lazy_pgettext("coach may", "See my heart rate"),
    CHECKINS: lazy_pgettext("coach may", "See how my check-ins go on, as weekly numbers"),
    PLANS: lazy_pgettext("coach may", "Change my plans"),
    AVAILABILITY: lazy_pgettext("coach may", "See how much time I have"),
}
SHORT_RIGHT_WORDS = {
    ACTIVITIES: lazy_pgettext("coach may", "Activities"),
    MAP: lazy_pgettext("coach may", "Map"),
    HEART: lazy_pgettext("coach may", "Heart rate"),
    CHECKINS: lazy_pgettext("coach may", "Check-ins"),
    PLANS: lazy_pgettext("coach may", "Plans"),
    AVAILABILITY: lazy_pgettext("coach may", "How much time they have"),
}
EXCUSE_WORDS = {
    ILLNESS: lazy_pgettext("session", "Excused: ill"),
    TRAVEL: lazy_pgettext("session", "Excused: travelling"),
}
STANDING_WORDS = {
    **EXCUSE_WORDS,
    "done": lazy_pgettext("session", "As planned"),
    "unmeasured": lazy_pgettext("session", "Done, not measured"),
    "less": lazy_pgettext("session", "Less than planned"),
    "more": lazy_pgettext("session", "More than planned"),
    "missed": lazy_pgettext("session", "Missed"),
    "skipped": lazy_pgettext("session", "Skipped"),
    "planned": lazy_pgettext("session", "To come"),
}
STATE_WORDS = {**STANDING_WORDS, "excused": lazy_pgettext("session", "Excused")}
REASON_WORDS = {ILLNESS: lazy_pgettext("session", "Illness"), TRAVEL: lazy_pgettext("session", "Travel")}
"""The excuses where a word before them says that they are one."""
MARKS = {"green": "check", "amber": "info", "red": "alert", "excused": "hidden", "open": "clock", "unmeasured": "info"}
"""The icons of lights, so that nobody depends on a colour."""
LIGHT_PILLS = {
    "green": "mine",
    "amber": "dawn",
    "red": "stop",
    "excused": "plain",
    "open": "plain",
    "unmeasured": "plain",
}
EVENT_WORDS = {
    "athlete_added": lazy_pgettext("coaching", "The record was made"),
    "status": lazy_pgettext("coaching", "The status changed"),
    "archived": lazy_pgettext("coaching", "Archive"),
    "unarchived": lazy_pgettext("coaching", "Taken out of the archive"),
    "invited": lazy_pgettext("coaching", "Invited"),
    "agreed": lazy_pgettext("coaching", "The athlete agreed"),
    "rights": lazy_pgettext("coaching", "What a coach may see was changed"),
    "coach_added": lazy_pgettext("coaching", "Another coach"),
    "head_changed": lazy_pgettext("coaching", "Another head coach"),
    "coach_removed": lazy_pgettext("coaching", "A coach left"),
    "plan_made": lazy_pgettext("coaching", "A new plan"),
    "plan_changed": lazy_pgettext("coaching", "The plan was changed"),
    "step_added": lazy_pgettext("coaching", "A milestone was added"),
    "step_reached": lazy_pgettext("coaching", "A milestone was reached"),
    "step_open": lazy_pgettext("coaching", "A milestone is open again"),
    "step_deleted": lazy_pgettext("coaching", "A milestone was deleted"),
    "from_template": lazy_pgettext("coaching", "Sessions from a template"),
    "added": lazy_pgettext("coaching", "A session was added"),
    "changed": lazy_pgettext("coaching", "A session was changed"),
    "moved": lazy_pgettext("coaching", "A session was moved"),
    "shortened": lazy_pgettext("coaching", "A session was shortened"),
    "skipped": lazy_pgettext("coaching", "A session was skipped"),
    "excused": lazy_pgettext("coaching", "A session was excused"),
    "planned": lazy_pgettext("coaching", "A session was planned again"),
    "deleted": lazy_pgettext("coaching", "A session was deleted"),
    "answered": lazy_pgettext("coaching", "How a session was"),
    "note_shared": lazy_pgettext("coaching", "A note was shared"),
    "summary_shared": lazy_pgettext("coaching", "A summary was shared"),
    "file_added": lazy_pgettext("coaching", "A file was added"),
    "matched": lazy_pgettext("coaching", "Something was done for a session"),
    "unmatched": lazy_pgettext("coaching", "An activity was removed from a session"),
    "race_moved": lazy_pgettext("coaching", "The day of the race"),
    "other_time": lazy_pgettext("coaching", "Other time than usual"),
    "usual_time": lazy_pgettext("coaching", "Back to the usual time"),
}
"""Words of kinds of events; features above add theirs."""
FIELD_WORDS = {
    "day": lazy_pgettext("session", "Day"),
    "kind": lazy_pgettext("session", "Kind"),
    "distance_m": lazy_pgettext("session", "Distance"),
    "duration_s": lazy_pgettext("session", "Duration"),
    "effort": lazy_pgettext("session", "Effort"),
    "text": lazy_pgettext("session", "Description"),
    "state": lazy_pgettext("session", "Standing"),
    "excuse": lazy_pgettext("session", "Excuse"),
    "felt_effort": lazy_pgettext("session", "Effort"),
    "feeling": lazy_pgettext("session", "Feeling"),
    "line": lazy_pgettext("session", "A line"),
    "name": lazy_pgettext("session", "Name"),
    "status": lazy_pgettext("session", "Status"),
    "plan_status": lazy_pgettext("session", "Standing"),
    "rights": lazy_pgettext("session", "May see"),
    "role": lazy_pgettext("session", "Role"),
    "sessions": lazy_pgettext("session", "Sessions"),
    "first": lazy_pgettext("session", "From"),
    "last": lazy_pgettext("session", "To"),
    "minutes": lazy_pgettext("session", "Time"),
}


def standing_words(row: SessionRow) -> str:
    """Return how a session stands in words, with the percentage of what was planned."""
    words = str(STANDING_WORDS[row.standing])
    if row.percent is None:
        return words
    return _("%(words)s · %(percent)s%% done", words=words, percent=number(row.percent))


def amount_words(metres: int, seconds: int) -> str:
    """Return a sum of distances, and that of the durations of sessions without one, in words; one of them is there."""
    words = [measures.distance(metres / 1_000)] if metres else []
    words += [measures.duration(seconds / 60)] if seconds else []
    return _("%(distance)s and %(duration)s", distance=words[0], duration=words[1]) if len(words) > 1 else words[0]


def differences(event: EventRow) -> list[tuple[str, str, str]]:
    """Return what differs before and after an event: a word for each field, and both values in words."""
    return differences_between(event.before, event.after)


def differences_between(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return what differs: a word for each field, and both values in words."""
    rows = []
    for field in [*was, *(name for name in now if name not in was)]:
        if field not in FIELD_WORDS:
            continue
        before, after = (_value(field, side.get(field)) for side in (was, now))
        if before or after:
            rows.append((str(FIELD_WORDS[field]), before if before != after else "", after))
    return rows


def _value(field: str, value: Any) -> str:
    if value in (None, "", []):
        return ""
    if field == "minutes":
        return time_words(value)
    if field in ("day", "first", "last"):
        return dates.date(dt.date.fromisoformat(value))
    if field == "distance_m":
        return measures.distance(value / 1_000)
    if field == "duration_s":
        return measures.duration(value / 60)
    if field == "rights":
        return str(_(", ")).join(str(SHORT_RIGHT_WORDS[one]) for one in value if one in SHORT_RIGHT_WORDS)
    words: Mapping[str, Any] = {
        "kind": KIND_WORDS,
        "feeling": FEELING_WORDS,
        "status": ATHLETE_STATUS_WORDS,
        "plan_status": STATUS_WORDS,
        "role": COACH_ROLE_WORDS,
        "excuse": REASON_WORDS,
        "state": STATE_WORDS,
    }.get(field, {})
    if value in words:
        return str(words[value])
    return number(value) if isinstance(value, int) else str(value)
