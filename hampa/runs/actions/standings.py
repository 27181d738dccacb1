"""What organisers decide about who takes part: requests, somebody's state, walk-ins."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import func, select

from hampa.attendance.actions import mark
from hampa.attendance.queries import why_shut
from hampa.notifications.actions import notify
from hampa.notifications.models import APP_AND_SMS, APP_ONLY
from hampa.people.actions import ensure_person
from hampa.people.models.person import Person
from hampa.people.queries.blocks import are_hidden
from hampa.platform import clock, i18n
from hampa.platform.db import db
from hampa.platform.errors import NotFound, Refused
from hampa.platform.i18n import gettext as _
from hampa.runs.actions.notices import personal_links, snapshot
from hampa.runs.actions.places import fits, put, refuse_closed, settle
from hampa.runs.models.participation import (
    COMPLETED,
    GOING,
    INTERESTED,
    LEFT,
    OFFERED,
    REQUESTED,
    WAITLISTED,
    Participation,
)
from hampa.runs.models.run import Run
from hampa.runs.queries import runs
from hampa.runs.queries.people import participation_of

MOST_WALK_INS = 100
WALK_INS_FROM = timedelta(hours=3)
"""Before the start, when people may stand at the meeting point already."""


def answer_requests(organiser: Person, run_id: uuid.UUID, people: Iterable[uuid.UUID] | None, yes: bool) -> int:
    """Let those in who asked to join, in the order of asking, or tell them no; how many that were.

    `people` None means all who ask. Who is let in has a place, or stands in the queue when there is
    none. Raises Refused when the run has begun or is cancelled, NotFound and Forbidden.
    """
    run = runs.locked_of(organiser, run_id)
    refuse_closed(run)
    through = settle(run)
    asking = select(Participation).where(Participation.run_id == run.id, Participation.status == REQUESTED)
    if people is not None:
        asking = asking.where(Participation.person_id.in_(list(people)))
    answered = list(db.session.scalars(asking.order_by(Participation.rank)))
    for who in answered:
        if yes:
            put(run, who, GOING if through and fits(run, who.seats) else WAITLISTED)
        else:
            put(run, who, LEFT)
            who.declined_at = clock.now()
    db.session.flush()
    if yes:
        _tell_approved(run, answered)
    else:
        _notify_declined(run, organiser, answered)
    return len(answered)


def set_standing(organiser: Person, run_id: uuid.UUID, person_id: uuid.UUID, status: str, note: str = "") -> None:
    """Put somebody who takes part, or took part, into another state; they are told, with the `note`.

    Raises Refused when there is no place for them, or the run has begun or is cancelled, NotFound
    when they never took part, and Forbidden.
    """
    run = runs.locked_of(organiser, run_id)
    refuse_closed(run)
    settle(run)
    who = db.session.scalar(
        select(Participation).where(Participation.run_id == run.id, Participation.person_id == person_id)
    )
    if who is None or (who.status == LEFT and are_hidden(organiser.id, person_id)):
        raise NotFound
    if who.status == status:
        return
    if status == GOING:
        _refuse_full(run, who)
    if who.status in (LEFT, INTERESTED):
        who.put_in = True
    put(run, who, status)
    who.organiser_note = note
    who.declined_at = None
    settle(run)
    _notify_set(run, organiser, who, status, note=note, by_sms=status in (GOING, LEFT))


def add_walk_in(organiser: Person, run_id: uuid.UUID, phone: str, name: str) -> Participation:
    """Let somebody run along who stands at the meeting point: E.164 `phone`, and the `name` by which they stand on the
    lists until they say something themselves, so that a number tells nobody whose it is. Adding twice is adding once.
    Once people are marked, they are marked as there.

    From three hours before the start until the end. Raises Refused when there is no place or it is too
    early or too late, NotFound and Forbidden.
    """
    run = runs.locked_of(organiser, run_id)
    now = clock.now()
    if run.cancelled_at is not None or not run.starts_at - WALK_INS_FROM <= now < run.ends_at:
        raise Refused(_("People who just turn up are added from three hours before the start until the end."))
    settle(run)
    person, _is_new = ensure_person(phone, locale=i18n.get_locale_code(), timezone=run.timezone)
    if person.state != "active" or are_hidden(organiser.id, person.id):
        # One sentence for all reasons: it tells nobody that they are blocked.
        raise Refused(_("This number can't be added here. Let them join by the link."), "phone")
    who = participation_of(person, run.id) or Participation(run_id=run.id, person_id=person.id, status=LEFT, guests=0)
    if who.status != GOING:
        _refuse_full(run, who)
        _refuse_flood(run)
        if who.status in (LEFT, INTERESTED):
            who.put_in, who.called = True, name
        who.walked_in = True
        put(run, who, GOING)
        db.session.flush()
        _notify_set(run, organiser, who, GOING)
    if not why_shut(run):
        mark(organiser, run, {person.id: COMPLETED})
    return who


def _refuse_full(run: Run, who: Participation) -> None:
    """Whoever is offered a place has it already."""
    if who.status != OFFERED and not fits(run, who.seats):
        raise Refused(_("There is no place left. Raise the number of places first."))


def _refuse_flood(run: Run) -> None:
    walked_in = select(func.count()).where(Participation.run_id == run.id, Participation.walked_in)
    if (db.session.scalar(walked_in) or 0) >= MOST_WALK_INS:
        raise Refused(_("That is more than can be added here. Let them join by the link."))


def _tell_approved(run: Run, answered: Iterable[Participation]) -> None:
    """Who was let in hears that they have a place, or that they stand in line."""
    by_status: dict[str, list[Participation]] = {}
    for who in answered:
        by_status.setdefault(who.status, []).append(who)
    for status, these in by_status.items():
        notify(
            [who.person_id for who in these],
            "run_approved",
            subject_id=run.id,
            data={**snapshot(run), "status": status},
            event=f"{run.id}:{max(who.rank for who in these)}",
            expires_at=run.ends_at,
            personal_sms_data=personal_links(run),
        )


def _notify_declined(run: Run, organiser: Person, declined: Sequence[Participation]) -> None:
    """Notify those whose request was declined."""
    if declined:
        notify(
            [who.person_id for who in declined],
            "run_declined",
            actor_id=organiser.id,
            subject_id=run.id,
            data=snapshot(run),
            event=_event(run, declined),
            expires_at=run.ends_at,
        )


def _notify_set(
    run: Run, organiser: Person, who: Participation, status: str, *, note: str = "", by_sms: bool = False
) -> None:
    """Notify somebody whom the organiser put into another state."""
    notify(
        [who.person_id],
        "run_set",
        actor_id=organiser.id,
        subject_id=run.id,
        data={**snapshot(run), "status": status, "note": note},
        event=_event(run, [who]),
        channels=APP_AND_SMS if by_sms else APP_ONLY,
        expires_at=run.ends_at,
    )


def _event(run: Run, changed: Sequence[Participation]) -> str:
    """Return a key that is another one the next time these participations change."""
    return f"{run.id}:{max(who.rank for who in changed)}:{max(who.version for who in changed)}"
