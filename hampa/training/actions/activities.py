"""Writing down what one did, changing it, cutting its end off, and deleting it."""

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import NotFound, Refused, TooFast
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _
from hampa.timeline.actions import forget, record
from hampa.training.models.activities import AHEAD, EARLIEST, LONGEST, MOST_A_DAY, Activity
from hampa.training.models.gear import USUAL
from hampa.training.queries.activities import own_activity, own_run
from hampa.training.queries.gear import own_gear, usual_gear
from hampa.training.queries.plans import logs_on
from hampa.training.queries.timeline import ACTIVITY
from hampa.training.queries.visibility import choices_of

Listener = Callable[[Activity], None]
_listeners: list[Listener] = []


def when_logged(listener: Listener) -> Listener:
    """Have a higher feature told, in the same transaction, of each new or changed activity."""
    _listeners.append(listener)
    return listener


def create_activity(person: Person, values: Mapping[str, Any]) -> Activity:
    """Write down what a person did; `values` are columns. Raise Refused for impossible times, and for another's run."""
    limit(person, "activities.create", MOST_A_DAY, per="day", error=too_many)
    activity = Activity(person_id=person.id, timezone=person.timezone, **choices_of(person.id))
    _set(person, activity, values)
    db.session.add(activity)
    log_activity(activity)
    return activity


def log_activity(activity: Activity) -> None:
    """Put a new or changed activity into the timelines of its person and its plan."""
    db.session.flush()
    record(ACTIVITY, activity.person_id, activity.id, at=activity.started_at, plan_id=activity.plan_id)
    for listener in _listeners:
        listener(activity)


def change_activity(person: Person, activity_id: uuid.UUID, values: Mapping[str, Any]) -> Activity:
    """Change what one wrote down. Raise NotFound and Forbidden, and Refused as `create_activity` does."""
    activity = own_activity(person, activity_id, lock=True)
    _set(person, activity, values)
    log_activity(activity)
    return activity


def trim_activity(person: Person, activity_id: uuid.UUID, duration_s: int) -> Activity:
    """End an activity sooner, so that it lasted so many seconds beside its breaks. Raise Refused for more than it has.

    Raise NotFound and Forbidden.
    """
    activity = own_activity(person, activity_id, lock=True)
    if not 1 <= duration_s <= activity.duration_s:
        raise Refused(_("It wasn't that long. To make it longer, edit it."), "duration")
    breaks = activity.breaks_s
    activity.duration_s = duration_s
    activity.ended_at = activity.started_at + timedelta(seconds=duration_s + breaks)
    db.session.flush()
    return activity


def delete_activity(person: Person, activity_id: uuid.UUID) -> None:
    """Delete what one wrote down. Raise NotFound and Forbidden."""
    db.session.delete(own_activity(person, activity_id, lock=True))
    forget(ACTIVITY, activity_id)
    db.session.flush()


def _set(person: Person, activity: Activity, values: Mapping[str, Any]) -> None:
    if (run_id := values.get("run_id")) is not None and run_id != activity.run_id:
        try:
            own_run(person, run_id)
        except NotFound:
            raise Refused(_("Choose a run at which you were."), "run_id") from None
    if (plan_id := values.get("plan_id")) is not None and plan_id != activity.plan_id and not logs_on(person, plan_id):
        raise Refused(_("Choose a plan of yours that goes on."), "plan_id")
    for name, value in values.items():
        setattr(activity, name, value)
    _set_gear(person, activity, values)
    check_times(activity.started_at, activity.ended_at, activity.duration_s)
    activity.day = activity.started_at.astimezone(ZoneInfo(activity.timezone)).date()


def _set_gear(person: Person, activity: Activity, values: Mapping[str, Any]) -> None:
    """Set gear of the person; USUAL, and for a new activity none in the values, is what they use for its kind."""
    gear_id = values.get("gear_id", activity.gear_id if activity.id is not None else USUAL)
    if gear_id == USUAL:
        activity.gear_id = usual_gear(person.id, activity.kind)
    elif gear_id is not None and "gear_id" in values:
        try:
            own_gear(person, gear_id)
        except NotFound:
            raise Refused(_("Choose gear of yours."), "gear_id") from None


def check_times(started_at: datetime, ended_at: datetime, duration_s: int) -> None:
    """Raise Refused if something can't have been at these times."""
    if ended_at <= started_at:
        raise Refused(_("It ended before it began. Look at the times again."), "duration")
    if ended_at - started_at > LONGEST:
        raise Refused(_("An activity lasts 48 hours at most. Log it as two."), "duration")
    if started_at < EARLIEST:
        raise Refused(_("This is longer ago than anybody lives. Look at the year again."), "day")
    if ended_at > clock.now() + AHEAD:
        if started_at <= clock.now():
            raise Refused(_("That much time hasn't passed since it began."), "duration")
        raise Refused(_("This is in the future. Log it when it's over."), "day")
    if not 1 <= duration_s <= (ended_at - started_at).total_seconds() + 1:
        raise Refused(_("It can't have lasted longer than the time between its start and its end."), "duration")


def too_many(seconds: int) -> TooFast:
    """Return the refusal of who writes down more in a day than anybody does."""
    return TooFast(_("That is enough activities for one day. Try again tomorrow."), seconds)
