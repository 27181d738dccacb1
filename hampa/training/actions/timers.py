"""The timer: starting, pausing, going on, stopping, and dropping it.

The moments are those of the server's clock. Of what was tapped without network a device says only how long ago that
was; it counts if nothing has happened to the timer since.
"""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.dialects.postgresql import insert

from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import Conflict, NotFound, Refused
from hampa.platform.limits import limit
from hampa.platform.live import publish
from hampa.platform.locale.i18n import gettext as _
from hampa.training.actions.activities import log_activity, too_many
from hampa.training.models.activities import MOST_A_DAY, Activity
from hampa.training.models.timers import MOST_PAUSES, STOPPED_AFTER, Timer
from hampa.training.queries.gear import usual_gear
from hampa.training.queries.timers import timer_of
from hampa.training.queries.visibility import choices_of


class TimerRuns(Conflict):
    """A timer of the person runs already, on this device or another one."""


class NoTimer(NotFound):
    """No timer of the person runs, or another one has been started since."""


def start_timer(person: Person, kind: str, *, ago: timedelta = timedelta(), **values: Any) -> Timer:
    """Start the timer of a person. Raise TimerRuns when one runs: of two starts at one instant one is first.

    Raise TooFast when they started as many today as they may write down.
    """
    now = clock.now()
    row = {"id": ids.new_id(), "person_id": person.id, "kind": kind, "timezone": person.timezone, **values}
    times = {"started_at": now - ago, "created_at": now, "updated_at": now}
    made = insert(Timer).values(**row, **times).on_conflict_do_nothing(index_elements=["person_id"])
    timer = db.session.scalar(made.returning(Timer))
    if timer is None:
        raise TimerRuns(_("Your timer runs already. Stop it first."))
    limit(person, "timers.start", MOST_A_DAY, per="day", error=too_many)
    _tell(person)
    return timer


def pause_timer(person: Person, *, ago: timedelta = timedelta()) -> Timer:
    """Let the timer stand still; one that does stays as it is. Raise NoTimer."""
    timer, moment = _running(person, ago)
    if timer.paused_at is None:
        timer.paused_at = moment
        _tell(person)
    return timer


def resume_timer(person: Person, *, ago: timedelta = timedelta()) -> Timer:
    """Let the timer go on; one that does stays as it is. Raise NoTimer."""
    timer, moment = _running(person, ago)
    if timer.paused_at is not None:
        paused_s = max(0, round((moment - timer.paused_at).total_seconds()))
        timer.paused_s += paused_s
        begin = round((timer.paused_at - timer.started_at).total_seconds())
        timer.pauses = [*timer.pauses, [begin, paused_s]][-MOST_PAUSES:]
        timer.paused_at = None
        _tell(person)
    return timer


def stop_timer(person: Person, *, after: timedelta | None = None, ago: timedelta = timedelta()) -> Activity:
    """Stop the timer, and write down what it measured, of which details can be told later.

    With `after`, it was over so long after its start. Raise NoTimer, and Refused for an end that is still to come.
    """
    timer, moment = _running(person, ago)
    if after is not None:
        if timer.started_at + after > moment:
            raise Refused(_("That has not come yet."), "after")
        moment = timer.started_at + after
    activity = end_timer(timer, moment)
    _tell(person)
    return activity


def end_timer(timer: Timer, moment: datetime) -> Activity:
    """Turn a timer, which is locked, into an activity that ended at a moment; not later than it began to stand still."""
    ended_at = min(moment, timer.paused_at or moment, timer.started_at + STOPPED_AFTER)
    ended_at = max(ended_at, timer.started_at + timedelta(seconds=1))
    seconds = round((ended_at - timer.started_at).total_seconds())
    duration_s = max(1, seconds - timer.paused_s_until(ended_at))
    activity = Activity(
        id=timer.id,  # ids tell when they were made: one that is made at the end would tell when somebody is home
        person_id=timer.person_id,
        kind=timer.kind,
        started_at=timer.started_at,
        ended_at=ended_at,
        timezone=timer.timezone,
        day=timer.started_at.astimezone(ZoneInfo(timer.timezone)).date(),
        duration_s=duration_s,
        gear_id=usual_gear(timer.person_id, timer.kind),
        **choices_of(timer.person_id),
    )
    db.session.add(activity)
    db.session.delete(timer)
    log_activity(activity)
    return activity


def drop_timer(person: Person) -> None:
    """End the timer without writing anything down. Raise NoTimer."""
    timer, _moment = _running(person, timedelta())
    db.session.delete(timer)
    db.session.flush()
    _tell(person)


def _running(person: Person, ago: timedelta) -> tuple[Timer, datetime]:
    """Return the locked timer of a person, and the moment at which something was tapped. Raise NoTimer.

    A tap that is older than the start of this timer was about another one. One that is older than its pause counts as
    if it came right after that.
    """
    timer = timer_of(person, lock=True)
    moment = clock.now() - ago
    if timer is None or moment < timer.started_at:
        raise NoTimer(_("No timer is running. It may have been stopped on another device."))
    return timer, max(moment, timer.paused_at or moment)


def _tell(person: Person) -> None:
    """Tell the other open pages of a person that their timer is another one."""
    db.session.flush()
    publish(f"person:{person.id}", "timer")
