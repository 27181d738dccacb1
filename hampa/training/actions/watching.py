"""Timers that were forgotten: asking whether they still run, and stopping them in the end."""

from hampa.notifications.actions.notifying import notify
from hampa.platform import clock
from hampa.platform.live import publish_to_people
from hampa.training.actions.timers import end_timer
from hampa.training.models.timers import STOPPED_AFTER
from hampa.training.queries.timers import timers_to_ask_about, timers_to_stop

BATCH = 100
STILL_RUNNING, STOPPED = "still_running", "stopped"


def ask_about_timers() -> int:
    """Ask people whose timer has run for hours whether it still should, once each; return how many, at most `BATCH`."""
    now = clock.now()
    timers = timers_to_ask_about(now, BATCH)
    for timer in timers:
        timer.asked_at = now
        notify(
            [timer.person_id],
            "timer_forgotten",
            subject_id=timer.id,
            data={"what": STILL_RUNNING, "started_at": timer.started_at.isoformat(), "activity": ""},
            event=f"{timer.id}:{STILL_RUNNING}",
            expires_at=timer.started_at + STOPPED_AFTER,
        )
    return len(timers)


def stop_forgotten_timers() -> int:
    """Stop timers that have run for as long as one may, and tell their people; return how many, at most `BATCH`."""
    timers = timers_to_stop(clock.now(), BATCH)
    for timer in timers:
        timer_id, person_id, started_at = timer.id, timer.person_id, timer.started_at
        activity = end_timer(timer, started_at + STOPPED_AFTER)
        publish_to_people([person_id], "timer")
        notify(
            [person_id],
            "timer_forgotten",
            subject_id=timer_id,
            data={"what": STOPPED, "started_at": started_at.isoformat(), "activity": str(activity.id)},
            event=f"{timer_id}:{STOPPED}",
        )
    return len(timers)
