"""Taking part and leaving."""

from __future__ import annotations

import uuid
from typing import TypedDict

from sqlalchemy import select

from hampa.cards.models import Card
from hampa.notifications.actions import notify
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.i18n import gettext as _
from hampa.runs.actions.notices import snapshot
from hampa.runs.actions.organisers import refuse_alone
from hampa.runs.actions.places import COUNTS, put, refuse_closed
from hampa.runs.models.participation import GOING, INTERESTED, LEFT, WAITLISTED, Participation, door_of
from hampa.runs.models.run import Run
from hampa.runs.queries import runs
from hampa.runs.queries.organisers import organiser_ids
from hampa.runs.queries.people import participation_of


class Brought(TypedDict, total=False):
    """What somebody brings along: a line to the organiser, a runner card."""

    note: str
    card_id: uuid.UUID | None


def join_run(person: Person, run_id: uuid.UUID, status: str = GOING, brought: Brought | None = None) -> Participation:
    """Take part as GOING or INTERESTED. Who wants to go and finds no place waits (WAITLISTED).

    Joining twice is joining once, though what is `brought` later is kept. Who turns from going to
    interested gives the place free. Raises Refused when the run is cancelled or has begun, or the
    card is somebody else's, and NotFound.
    """
    run = runs.locked(run_id)
    refuse_closed(run)
    brought = brought or {}
    _refuse_card_of_others(person, brought.get("card_id"))
    mine = participation_of(person, run.id)
    if mine is None:
        mine = Participation(run_id=run.id, person_id=person.id, status=LEFT)
    for name, value in brought.items():
        setattr(mine, name, value)
    there = (GOING, WAITLISTED) if status == GOING else (INTERESTED,)
    if mine.status not in there:
        if status == GOING and door_of(run, clock.now()) == "queue":
            status = WAITLISTED
        put(run, mine, status)
        db.session.flush()
        _tell_organiser(run, person, status)
    return mine


def leave_run(person: Person, run_id: uuid.UUID) -> Run:
    """Take part no more; the place goes to the next in line. Leaving twice is leaving once.

    Raises Refused when the run is cancelled or has begun, and for who organises it alone; and NotFound.
    """
    run = runs.locked(run_id)
    refuse_alone(person, run)
    mine = participation_of(person, run.id)
    if mine is not None and mine.status in COUNTS:
        refuse_closed(run)
        put(run, mine, LEFT)
        db.session.flush()
    return run


def _refuse_card_of_others(person: Person, card_id: uuid.UUID | None) -> None:
    own = select(Card.id).where(Card.id == card_id, Card.owner_id == person.id)
    if card_id is not None and db.session.scalar(own) is None:
        raise Refused(_("Choose one of your own cards."), "card_id")


def _tell_organiser(run: Run, person: Person, status: str) -> None:
    """The organisers hear of each who comes, once for each way of coming; by SMS of who has a place."""
    notify(
        organiser_ids(run.id),
        "run_joined",
        actor_id=person.id,
        subject_id=run.id,
        data={**snapshot(run), "name": person.name, "status": status},
        event=f"run_joined:{run.id}:{person.id}:{status}",
        sms=status == GOING,
        expires_at=run.ends_at,
    )
