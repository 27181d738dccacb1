"""Start, extend and end watches, and take their steps when the runner says nothing.

The runner's answers and the worker's steps hold the lock of the row: an answer at the same instant as a step comes
before or after it, never in the middle.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert

from hampa.notifications.actions.notifying import notify
from hampa.notifications.actions.reading import read_about
from hampa.outbox.actions import writing as outbox
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _, ngettext
from hampa.runs.models.run import Run
from hampa.runs.queries.snapshots import run_snapshot
from hampa.safety import queries
from hampa.safety.models import (
    ASKED,
    CANCELLED,
    HOME,
    IS_RUNNING,
    NUDGE_BEFORE,
    NUDGED,
    TOLD,
    WAITING,
    ContactLook,
    Watch,
)

LONGEST = timedelta(hours=24)
MAX_ALERTS = 3
"""After so many alerts to the contact a watch can't be extended any more."""
STALE = timedelta(hours=12)
"""A message that could not be sent for so long would frighten more than help."""


@dataclass(frozen=True, kw_only=True)
class WatchPlan:
    """A watch to be started: when the runner expects to be home, and the contact to alert otherwise.

    Without a run the runner is alone and starts at `place`.
    """

    expected_at: datetime
    contact_name: str
    contact_phone: str
    run: Run | None = None
    place: str = ""


def start_watch(person: Person, plan: WatchPlan) -> Watch:
    """Start a watch.

    Raise Refused for a time that is past or more than a day after now (or the run's start), for the runner's own
    number, when a watch is running, and when a limit is reached.
    """
    now = clock.now()
    _check_time(plan, now)
    _check_contact(person, plan)
    status, next_at = _first_step(plan.expected_at, now)
    watch = db.session.scalar(
        insert(Watch)
        .values(
            person_id=person.id,
            run_id=plan.run.id if plan.run else None,
            place=plan.place,
            contact_name=plan.contact_name,
            contact_phone=plan.contact_phone,
            expected_at=plan.expected_at,
            status=status,
            next_at=next_at,
            heard_at=now,
        )
        .on_conflict_do_nothing(index_elements=[Watch.person_id], index_where=text(IS_RUNNING))
        .returning(Watch)
    )
    if watch is None:
        raise Refused(_("Somebody is already waiting for you. First say that you're home."))
    return watch


def confirm_home(watch_id: uuid.UUID) -> Watch:
    """End a watch because the runner is home, and tell the contact if they were alerted; do nothing if it has ended."""
    watch = queries.lock_watch(watch_id)
    read_about([watch.person_id], watch.id)
    if watch.running:
        _cancel_unsent(watch)
        if watch.alerts_sent:
            _text_contact(watch, "safe")  # room was kept for it
        _end(watch, HOME)
    return watch


def extend_watch(watch_id: uuid.UUID, minutes: int) -> Watch:
    """Expect the runner so many minutes after the present time of the watch or, if that is past, after now.

    An alerted contact is told the new time if there is room for that SMS. Raise Refused if the watch has ended, the new
    time is too far away, or no room is left for another alert: then the contact stays alerted, and nothing is silent.
    """
    watch = queries.lock_watch(watch_id)
    now = clock.now()
    expected_at = max(watch.expected_at, now) + timedelta(minutes=minutes)
    if not watch.running:
        raise Refused(_("Nobody is waiting for you any more."))
    if expected_at > max(watch.created_at, now) + LONGEST or watch.alerts_sent >= MAX_ALERTS:
        raise Refused(_("That is enough waiting for one run. When you are home, say so."))
    _cancel_unsent(watch)
    tell_later = watch.status == TOLD and bool(watch.alerts_sent)
    outbox.lock_recipient(watch.contact_phone)
    if tell_later and queries.room_for_contact(watch.contact_phone, watch.person_id) < 1:
        name = watch.contact_name
        raise Refused(_("%(name)s can't be texted again today. Call them, and say here when you are home.", name=name))
    # `later` is written towards the new time, once room is kept for the alert that may follow it.
    read_about([watch.person_id], watch.id)
    watch.expected_at, watch.heard_at = expected_at, now
    watch.status, watch.next_at = _first_step(expected_at, now)
    db.session.flush()
    if tell_later and queries.room_for_contact(watch.contact_phone, watch.person_id) >= 1:
        _text_contact(watch, "later")
    return watch


def cancel_watch(watch_id: uuid.UUID) -> Watch:
    """End a watch because the runner does not go out; raise Refused if the contact was alerted."""
    watch = queries.lock_watch(watch_id)
    if watch.running:
        if watch.alerts_sent:
            raise Refused(_("%(name)s has already been told. Say that you're home.", name=watch.contact_name))
        _cancel_unsent(watch)
        _end(watch, CANCELLED)
    return watch


def advance_watch(watch: Watch) -> None:
    """Take the step that is due: nudge or ask the runner, or alert the contact. The caller holds the row's lock.

    A nudge that is overdue is left out, but no contact is alerted before the runner was asked.
    """
    now = clock.now()
    if watch.status == WAITING and now < watch.expected_at:
        _text_runner(watch, "nudge", expires_at=watch.expected_at)
        watch.status, watch.next_at = NUDGED, watch.expected_at
    elif watch.status in (WAITING, NUDGED):
        _text_runner(watch, "ask", expires_at=now + STALE)
        watch.status, watch.next_at = ASKED, watch.tell_at
    elif watch.status == ASKED:
        watch.alerts_sent += 1
        watch.told_at = now
        _text_contact(watch, "late")
        _notify(watch, "told")
        watch.status, watch.next_at = TOLD, None


def forget_watches(ended_before: datetime) -> None:
    """Delete old watches, and with them the numbers of contacts, who may not even know of us."""
    old = delete(Watch).where(Watch.ended_at < ended_before)
    db.session.execute(old.execution_options(synchronize_session=False))


def _first_step(expected_at: datetime, now: datetime) -> tuple[str, datetime]:
    """Return the first status and the time of the first step; the nudge is left out if its time is past."""
    nudge_at = expected_at - NUDGE_BEFORE
    return (WAITING, nudge_at) if nudge_at > now else (NUDGED, expected_at)


def _check_time(plan: WatchPlan, now: datetime) -> None:
    begins = max(now, plan.run.starts_at) if plan.run else now
    if plan.expected_at <= now:
        raise Refused(_("This time is in the past. When do you expect to be home?"), "expected_at")
    if plan.expected_at > begins + LONGEST or begins > now + LONGEST:
        raise Refused(_("That is too far away: this is for the next 24 hours."), "expected_at")


def _check_contact(person: Person, plan: WatchPlan) -> None:
    if plan.contact_phone == person.phone:
        raise Refused(_("This is your own number. Who should know when you don't come home?"), "contact_phone")
    limit(person, "safety.watch", settings().watches_per_person_day, per="day", error=_too_many)
    # One after the other, so that many accounts at one instant can't pass the limit of a number.
    outbox.lock_recipient(plan.contact_phone)
    is_full = queries.alerts_sent(plan.contact_phone) >= settings().watches_per_contact_day
    if is_full or queries.room_for_contact(plan.contact_phone, person.id) < queries.KEPT_FOR_WATCH:
        raise Refused(_("This number has been alerted often today. Name somebody else."), "contact_phone")


def _too_many(_seconds: int) -> Refused:
    most = settings().watches_per_person_day
    return Refused(ngettext("You can set this %(num)d time a day.", "You can set this %(num)d times a day.", most))


def _end(watch: Watch, status: str) -> None:
    watch.status, watch.next_at = status, None
    watch.ended_at = watch.heard_at = clock.now()


def _cancel_unsent(watch: Watch) -> None:
    """Cancel messages that were not sent yet; an alert that has not reached the contact does not count."""
    outbox.cancel_by_key([_key(watch, template) for template in ("nudge", "ask", "later")])
    if outbox.cancel_by_key([_key(watch, "late")]):
        watch.alerts_sent -= 1


def _key(watch: Watch, template: str) -> str:
    return f"home_safe:{_event(watch, template)}"


def _event(watch: Watch, template: str) -> str:
    """Return the identity of one step towards one time: written twice, it is one message."""
    return f"{watch.id}:{template}:{watch.expected_at.timestamp():.0f}"


def _text_runner(watch: Watch, template: str, expires_at: datetime) -> None:
    _notify(watch, template)
    _text(watch, template, watch.person.phone, {"link": str(watch.id)}, expires_at)


def _text_contact(watch: Watch, template: str) -> None:
    """Send the contact an SMS; the template has nothing that the runner typed be a link.

    Otherwise anybody could have us send their links to any number. Its data is not read when it is sent, as that of
    others is: an alert depends on as little as possible, and a runner with a watch can't leave.
    """
    run = watch.run
    data = {
        "name": watch.person.name,
        "run": run.title if run else "",
        "starts_at": run.starts_at.isoformat() if run else "",
        "place": watch.where,
        "heard_at": watch.heard_at.isoformat(),
    }
    _text(watch, template, watch.contact_phone, data, clock.now() + STALE, purpose=queries.CONTACT_PURPOSE)


def _text(
    watch: Watch, template: str, phone: str, data: dict[str, str], expires_at: datetime, *, purpose: str = "home_safe"
) -> None:
    """Send an SMS in the runner's language, with times in the zone of the watch, before all others but codes."""
    outbox.send_sms(
        phone,
        f"safety/sms/{template}.txt",
        {
            "expected_at": watch.expected_at.isoformat(),
            "tell_at": watch.tell_at.isoformat(),
            "zone": watch.zone or watch.person.timezone,
            **data,
        },
        purpose=purpose,
        key=_key(watch, template),
        locale=watch.person.locale,
        person_id=watch.person_id,
        priority="safety",
        expires_at=expires_at,
    )


def _notify(watch: Watch, what: str) -> None:
    notify(
        [watch.person_id],
        "home_safe",
        subject_id=watch.id,
        data={"what": what, "expected_at": watch.expected_at.isoformat(), "zone": watch.zone},
        event=_event(watch, what),
    )


def record_contact_look(organiser: Person, run_id: uuid.UUID, participation_id: uuid.UUID) -> None:
    """Record that an organiser looks at a participant's emergency contact, once an hour, and notify that person.

    Raise Forbidden and NotFound as `contact_for_organiser` does.
    """
    run, person = queries.contact_for_organiser(organiser, run_id, participation_id)
    now = clock.now()
    look_id = db.session.execute(
        insert(ContactLook)
        .values(
            person_id=person.id,
            organiser_id=organiser.id,
            run_id=run.id,
            run_title=run.title,
            hour=now.replace(minute=0, second=0, microsecond=0),
            created_at=now,
        )
        .on_conflict_do_update(index_elements=["run_id", "organiser_id", "person_id", "hour"], set_={"created_at": now})
        .returning(ContactLook.id)
    ).scalar_one()
    notify([person.id], "contact_seen", actor_id=organiser.id, subject_id=run.id, data=run_snapshot(run), event=look_id)
