"""Being waited for: setting it, giving word, and the steps that are taken when no word comes.

Whoever changes a watch holds its row's lock, the runner as well as the worker: word that comes at the same instant as
a step comes before it or after it, and never in the middle.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert

from hampa.notifications.actions import notify
from hampa.outbox.actions import cancel_by_key, send_sms
from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _, ngettext
from hampa.platform.texts.cleaning import unlinked
from hampa.runs.actions.snapshots import run_snapshot
from hampa.runs.models.run import Run
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
MOST_TELLINGS = 3
"""Who asks for more time when the contact has been told so often is asked to say that they are home instead."""
STALE = timedelta(hours=12)
"""What could not be sent for so long frightens more than it helps."""


@dataclass(frozen=True, kw_only=True)
class WatchPlan:
    """What a runner says before going out: when they expect to be home, and who is told when they are not.

    Without a run they go alone, from `place`.
    """

    expected_at: datetime
    contact_name: str
    contact_phone: str
    run: Run | None = None
    place: str = ""


def set_watch(person: Person, plan: WatchPlan) -> Watch:
    """Wait for a runner.

    Raises Refused for a time that is past or more than a day after now (or the run's start), for one's own number,
    when one runs already, and when a limit is reached.
    """
    now = clock.now()
    _refuse_time(plan, now)
    _refuse_numbers(person, plan)
    status, next_at = _from_the_beginning(plan.expected_at, now)
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
        raise Refused(_("Somebody waits for you already. Say that you are home first."))
    return watch


def confirm_home(watch_id: uuid.UUID) -> Watch:
    """The runner is home. Whoever was told otherwise hears of it. Twice is once."""
    watch = queries.locked(watch_id)
    if watch.running:
        _take_back(watch)
        if watch.tellings:
            _text_contact(watch, "safe", _key(watch, "safe"))
        _end(watch, HOME)
    return watch


def extend_watch(watch_id: uuid.UUID, minutes: int) -> Watch:
    """Expect the runner so many minutes later: after the time that was set or, once that is past, from now on.

    Whoever was told that they are late hears of the new time. Raises Refused when it has ended, or that is too far.
    """
    watch = queries.locked(watch_id)
    now = clock.now()
    expected_at = max(watch.expected_at, now) + timedelta(minutes=minutes)
    if not watch.running:
        raise Refused(_("Nobody waits for you any more."))
    if expected_at > max(watch.created_at, now) + LONGEST or watch.tellings >= MOST_TELLINGS:
        raise Refused(_("That is enough waiting for one run. When you are home, say so."))
    _take_back(watch)
    watch.expected_at, watch.heard_at = expected_at, now
    if watch.status == TOLD and watch.tellings:
        _text_contact(watch, "later", _key(watch, "later"))
    watch.status, watch.next_at = _from_the_beginning(expected_at, now)
    return watch


def cancel_watch(watch_id: uuid.UUID) -> Watch:
    """The runner does not go out after all, and nobody waits. Raises Refused once the contact was told."""
    watch = queries.locked(watch_id)
    if watch.running:
        if watch.tellings:
            raise Refused(_("%(name)s was told already. Say that you are home.", name=watch.contact_name))
        _take_back(watch)
        _end(watch, CANCELLED)
    return watch


def advance_watch(watch: Watch) -> None:
    """Take the step that is due: nudge or ask the runner, or tell the contact. The caller holds the row's lock.

    A step whose time is long past since no worker was there gives way to the next, but nobody's contact is told before
    the runner was asked.
    """
    now = clock.now()
    if watch.status == WAITING and now < watch.expected_at:
        _text_runner(watch, "nudge", expires_at=watch.expected_at)
        watch.status, watch.next_at = NUDGED, watch.expected_at
    elif watch.status in (WAITING, NUDGED):
        _text_runner(watch, "ask", expires_at=now + STALE)
        watch.status, watch.next_at = ASKED, watch.tell_at
    elif watch.status == ASKED:
        watch.tellings += 1
        watch.told_at = now
        _text_contact(watch, "late", _key(watch, "late"))
        _notify(watch, "told")
        watch.status, watch.next_at = TOLD, None


def forget_watches(ended_before: datetime) -> None:
    """Delete those that ended before some time, and with them the numbers of people who may not even know of us."""
    db.session.execute(
        Watch.__table__.delete().where(Watch.ended_at < ended_before), execution_options={"synchronize_session": False}
    )


def _from_the_beginning(expected_at: datetime, now: datetime) -> tuple[str, datetime]:
    """The first status and step of who is expected then; who is home sooner than a nudge would come needs none."""
    nudge_at = expected_at - NUDGE_BEFORE
    return (WAITING, nudge_at) if nudge_at > now else (NUDGED, expected_at)


def _refuse_time(plan: WatchPlan, now: datetime) -> None:
    begins = max(now, plan.run.starts_at) if plan.run else now
    if plan.expected_at <= now:
        raise Refused(_("This time is past. When do you expect to be home?"), "expected_at")
    if plan.expected_at > begins + LONGEST or begins > now + LONGEST:
        raise Refused(_("That is too far away: this is for the next 24 hours."), "expected_at")


def _refuse_numbers(person: Person, plan: WatchPlan) -> None:
    if plan.contact_phone == person.phone:
        raise Refused(_("This is your own number. Who should know when you don't come home?"), "contact_phone")
    limit(person, "safety.watch", settings().watches_per_person_day, per="day", error=_too_many)
    # One after the other, so that of many accounts at one instant no more name a number than may.
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(plan.contact_phone, 0))))
    if queries.alerts_sent(plan.contact_phone) >= settings().watches_per_contact_day:
        raise Refused(_("This number has been told often today. Name somebody else."), "contact_phone")


def _too_many(_seconds: int) -> Refused:
    most = settings().watches_per_person_day
    return Refused(ngettext("You can set this %(num)d time a day.", "You can set this %(num)d times a day.", most))


def _end(watch: Watch, status: str) -> None:
    watch.status, watch.next_at = status, None
    watch.ended_at = watch.heard_at = clock.now()


def _take_back(watch: Watch) -> None:
    """What was not sent yet is not true any more; a contact whom nothing has reached was not told."""
    cancel_by_key([_key(watch, what) for what in ("nudge", "ask", "later")])
    if cancel_by_key([_key(watch, "late")]):
        watch.tellings -= 1


def _key(watch: Watch, what: str) -> str:
    """Return the key of the message of one step towards one time: written twice, it is one message."""
    return f"home_safe:{_event(watch, what)}"


def _event(watch: Watch, what: str) -> str:
    return f"{watch.id}:{what}:{watch.expected_at.timestamp():.0f}"


def _text_runner(watch: Watch, what: str, expires_at: datetime) -> None:
    _notify(watch, what)
    _text(watch, watch.person.phone, what, _key(watch, what), expires_at, {"link": str(watch.id)})


def _text_contact(watch: Watch, what: str, key: str) -> None:
    """Nothing that somebody typed is a link in it: whoever names a number could else have us send theirs to anybody."""
    run = watch.run
    told = {
        "name": unlinked(watch.person.name),
        "run": unlinked(run.title) if run else "",
        "starts_at": run.starts_at.isoformat() if run else "",
        "place": unlinked(watch.where),
        "heard_at": watch.heard_at.isoformat(),
    }
    _text(watch, watch.contact_phone, what, key, clock.now() + STALE, told)


def _text(watch: Watch, to: str, what: str, key: str, expires_at: datetime, more: dict[str, Any]) -> None:
    """An SMS about this, in the runner's language and zone, that goes before all others but codes."""
    send_sms(
        to,
        f"safety/sms/{what}.txt",
        {"expected_at": watch.expected_at.isoformat(), "tell_at": watch.tell_at.isoformat(), **more},
        purpose="home_safe",
        key=key,
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
        data={"what": what, "expected_at": watch.expected_at.isoformat(), "contact": watch.contact_name},
        event=_event(watch, what),
    )


def record_contact_look(organiser: Person, run_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Write down that an organiser looks at somebody's emergency contact, and tell that person; once an hour.

    Raises what `person_to_call_for` raises.
    """
    run, person = queries.contact_for_organiser(organiser, run_id, person_id)
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
    notify(
        [person.id],
        "contact_seen",
        actor_id=organiser.id,
        subject_id=run.id,
        data={**run_snapshot(run), "name": organiser.name},
        event=look_id,
    )
