"""What organisers decide about participants: answers to requests, statuses, walk-ins."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from hampa.notifications.actions import notify
from hampa.people.actions import ensure_person
from hampa.people.models.person import Person
from hampa.people.queries.blocks import are_hidden
from hampa.platform import clock, i18n
from hampa.platform.db import db
from hampa.platform.errors import NotFound, Refused
from hampa.platform.i18n import gettext as _
from hampa.runs.actions.attendance import mark
from hampa.runs.actions.notices import own_links, snapshot
from hampa.runs.actions.places import allocate_places, fits, set_status
from hampa.runs.admission import refuse_closed
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
from hampa.runs.queries.attendance import why_shut
from hampa.runs.queries.people import participation_of

MOST_WALK_INS = 100
WALK_INS_FROM = timedelta(hours=3)
"""Before the start: from then on people may be at the meeting point."""


def answer_requests(organiser: Person, run_id: uuid.UUID, people: Iterable[uuid.UUID] | None, yes: bool) -> int:
    """Approve requests to join in their order, or decline them; return how many were answered.

    `people` None means all requests. Approved people get a place, or are waitlisted when none is free. Raise Refused
    when the run has begun or is cancelled, NotFound and Forbidden.
    """
    run = runs.locked_of(organiser, run_id)
    refuse_closed(run)
    all_allocated = allocate_places(run)
    requests = select(Participation).where(Participation.run_id == run.id, Participation.status == REQUESTED)
    if people is not None:
        requests = requests.where(Participation.person_id.in_(list(people)))
    answered = list(db.session.scalars(requests.order_by(Participation.rank)))
    for participation in answered:
        if yes:
            has_place = all_allocated and fits(run, participation.seats)
            set_status(run, participation, GOING if has_place else WAITLISTED)
        else:
            set_status(run, participation, LEFT)
            participation.declined_at = clock.now()
    db.session.flush()
    if yes:
        _notify_approved(run, answered)
    else:
        _notify_participants(run, organiser, answered, "run_declined")
    return len(answered)


def set_participant_status(
    organiser: Person, run_id: uuid.UUID, person_id: uuid.UUID, status: str, note: str = ""
) -> None:
    """Set the status of a person who takes or took part, and notify them with the `note`.

    Raise Refused when no place is free for them or the run has begun or is cancelled, NotFound when they never took
    part, and Forbidden.
    """
    run = runs.locked_of(organiser, run_id)
    refuse_closed(run)
    allocate_places(run)
    participation = db.session.scalar(
        select(Participation).where(Participation.run_id == run.id, Participation.person_id == person_id)
    )
    if participation is None or (participation.status == LEFT and are_hidden(organiser.id, person_id)):
        raise NotFound
    if participation.status == status:
        return
    if status == GOING:
        _refuse_full(run, participation)
    if participation.status in (LEFT, INTERESTED):
        participation.added_by_organiser = True
    set_status(run, participation, status)
    participation.organiser_note = note
    participation.declined_at = None
    allocate_places(run)
    _notify_participants(
        run, organiser, [participation], "run_set", status=status, note=note, sms=status in (GOING, LEFT)
    )


def add_walk_in(organiser: Person, run_id: uuid.UUID, phone: str, name: str) -> Participation:
    """Add a person who is at the meeting point, by their E.164 `phone`. Adding twice is adding once.

    Lists show them under `name` until they say something themselves, so that a number tells nobody whose it is. While
    attendance can be marked, they are marked as present. Allowed from three hours before the start until the end.
    Raise Refused when no place is free or at another time, NotFound and Forbidden.
    """
    run = runs.locked_of(organiser, run_id)
    now = clock.now()
    if run.cancelled_at is not None or not run.starts_at - WALK_INS_FROM <= now < run.ends_at:
        raise Refused(_("People who just turn up are added from three hours before the start until the end."))
    allocate_places(run)
    person, _is_new = ensure_person(phone, locale=i18n.get_locale_code(), timezone=run.timezone)
    if person.state != "active" or are_hidden(organiser.id, person.id):
        # One sentence for all reasons: it tells nobody that they are blocked.
        raise Refused(_("This number can't be added here. Let them join by the link."), "phone")
    participation = participation_of(person, run.id)
    if participation is None:
        participation = Participation(run_id=run.id, person_id=person.id, status=LEFT, guests=0)
    if participation.status != GOING:
        _refuse_full(run, participation)
        _refuse_flood(run)
        if participation.status in (LEFT, INTERESTED):
            participation.added_by_organiser, participation.display_name = True, name
        participation.walked_in = True
        set_status(run, participation, GOING)
        db.session.flush()
        _notify_participants(run, organiser, [participation], "run_set", status=GOING, note="")
    if not why_shut(run):
        mark(organiser, run, {person.id: COMPLETED})
    return participation


def _refuse_full(run: Run, participation: Participation) -> None:
    """Raise Refused when no place is free for a person; one that is offered to them is free."""
    if participation.status != OFFERED and not fits(run, participation.seats):
        raise Refused(_("There is no place left. Raise the number of places first."))


def _refuse_flood(run: Run) -> None:
    walk_ins = select(func.count()).where(Participation.run_id == run.id, Participation.walked_in)
    if (db.session.scalar(walk_ins) or 0) >= MOST_WALK_INS:
        raise Refused(_("That is more than can be added here. Let them join by the link."))


def _notify_approved(run: Run, answered: Iterable[Participation]) -> None:
    """Notify approved people that they have a place or are waitlisted."""
    by_status: dict[str, list[Participation]] = {}
    for participation in answered:
        by_status.setdefault(participation.status, []).append(participation)
    for status, participations in by_status.items():
        notify(
            [participation.person_id for participation in participations],
            "run_approved",
            subject_id=run.id,
            data={**snapshot(run), "status": status},
            event=f"run_approved:{run.id}:{max(participation.rank for participation in participations)}",
            sms=True,
            expires_at=run.ends_at,
            own=own_links(run),
        )


def _notify_participants(
    run: Run, organiser: Person, participations: list[Participation], type: str, *, sms: bool = False, **data: Any
) -> None:
    if not participations:
        return
    rank = max(participation.rank for participation in participations)
    version = max(participation.version for participation in participations)
    notify(
        [participation.person_id for participation in participations],
        type,
        actor_id=organiser.id,
        subject_id=run.id,
        data={**snapshot(run), **data},
        event=f"{type}:{run.id}:{rank}:{version}",
        sms=sms,
        expires_at=run.ends_at,
    )
