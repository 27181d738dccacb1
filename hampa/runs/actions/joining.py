"""Taking part, answering an offer, leaving."""

from __future__ import annotations

import uuid
from typing import TypedDict

from sqlalchemy import func, select

from hampa.cards.models.card import Card
from hampa.cards.queries.companions import are_companions
from hampa.notifications.actions import notify
from hampa.notifications.models import APP_AND_SMS, APP_ONLY
from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.i18n import gettext as _, ngettext
from hampa.runs.actions.notices import snapshot, touch_listing
from hampa.runs.actions.organisers import refuse_alone
from hampa.runs.actions.places import change_guests, fits, put, refuse_closed, settle
from hampa.runs.models.participation import (
    GOING,
    INTERESTED,
    LEFT,
    OFFERED,
    REQUESTED,
    TAKING_PART,
    WAITLISTED,
    WANTS_TO_GO,
    Participation,
    door_of,
)
from hampa.runs.models.run import PaceGroup, Run
from hampa.runs.queries import runs
from hampa.runs.queries.organisers import organiser_ids
from hampa.runs.queries.people import may_be_late, participation_of, why_barred

STATUS_BEHIND = {"open": GOING, "queue": WAITLISTED, "ask": REQUESTED}
"""What who wants to go becomes, by what they find."""


class Brought(TypedDict, total=False):
    """What somebody brings along: a line to the organiser, a runner card, guests, the pace group they
    run with, whether a place is to be taken for them when it comes free, and a companion who waits too.
    """

    note: str
    card_id: uuid.UUID | None
    guests: int
    pace_group_id: uuid.UUID | None
    take_at_once: bool
    together_with_id: uuid.UUID | None


def join_run(
    person: Person,
    run_id: uuid.UUID,
    status: str = GOING,
    brought: Brought | None = None,
    *,
    announced: bool = True,
) -> Participation:
    """Take part as GOING or INTERESTED. Who wants to go and finds no place waits (WAITLISTED); where the
    organiser decides, they ask (REQUESTED). Who is offered a place takes it.

    Joining twice is joining once, though what is `brought` later counts. Who turns from going to
    interested gives the place free. Not `announced`, the organisers hear of it only where they have to
    answer. Raises Refused when the run is closed to this person, or when they
    bring what they can't, and NotFound.
    """
    run = runs.locked(run_id, person)
    refuse_closed(run)
    through = settle(run)
    mine = participation_of(person, run.id)
    if mine is None:
        mine = Participation(run_id=run.id, person_id=person.id, status=LEFT, guests=0)
    mine.speak()
    if status == GOING and mine.status == OFFERED:
        _bring(person, run, mine, brought or {})
        _take(run, mine)
        return mine
    wanted = WANTS_TO_GO if status == GOING else (INTERESTED,)
    anew = mine.status not in wanted
    if anew:
        _refuse_barred(person, run, mine)
        _forget_what_was_brought(run, mine)
    _bring(person, run, mine, brought or {})
    if anew:
        if status == GOING:
            status = STATUS_BEHIND[door_of(run, clock.now(), mine.seats)]
            status = status if through or status != GOING else WAITLISTED
        put(run, mine, status)
    settle(run)
    if anew and (announced or status == REQUESTED):
        _tell_organiser(run, person, status)
    return mine


def answer_offer(person: Person, run_id: uuid.UUID, take: bool) -> Participation | None:
    """Take the place that is offered, or pass it on to the next; who passes stays interested.

    Raises Refused when the offer is over or the run has begun, and NotFound. Answering twice is
    answering once.
    """
    run = runs.locked(run_id, person)
    refuse_closed(run)
    settle(run)
    mine = participation_of(person, run.id)
    if mine is None or mine.status != OFFERED:
        # Answered twice, or passed too late: that is how things stand anyway.
        if mine is not None and mine.status == (GOING if take else INTERESTED):
            return mine
        raise Refused(_("This offer is over. The place has gone to the next in line."))
    mine.speak()
    if take:
        _take(run, mine)
    else:
        put(run, mine, INTERESTED)
        settle(run)
    return mine


def leave_run(person: Person, run_id: uuid.UUID) -> Run:
    """Take part no more; the place goes to the next in line. Leaving twice is leaving once.

    Raises Refused when the run is cancelled or has begun, and for who organises it alone; and NotFound.
    """
    run = runs.locked(run_id, person)
    refuse_alone(person, run)
    mine = participation_of(person, run.id)
    if mine is not None and mine.status in TAKING_PART:
        refuse_closed(run)
        put(run, mine, LEFT)
        settle(run)
    return run


def say_late(person: Person, run_id: uuid.UUID, minutes: int) -> None:
    """Tell the organisers on the way that one comes so many minutes after the others; 0 takes it back.

    Raises Refused for who does not come, or when it is too early to know, or too late; and NotFound.
    """
    run = runs.locked(run_id, person)
    mine = participation_of(person, run.id)
    if mine is None or mine.status != GOING or not may_be_late(run):
        raise Refused(_("Only who comes can be late, and only around the start."))
    mine.speak()
    mine.late_min = minutes or None


def _take(run: Run, mine: Participation) -> None:
    put(run, mine, GOING, keep_rank=True)
    settle(run)


def _refuse_barred(person: Person, run: Run, mine: Participation) -> None:
    """Raises Refused when this person can't come in, with the reason."""
    reason = why_barred(person, run)
    if not reason and mine.declined_at is not None:
        reason = _("The organiser has answered: not this time.")
    if not reason and door_of(run, clock.now()) == "closed":
        reason = _("Joining is closed.")
    if reason:
        raise Refused(reason)


def _forget_what_was_brought(run: Run, mine: Participation) -> None:
    """Who comes anew says anew what takes places."""
    change_guests(run, mine, 0)
    mine.pace_group_id = None
    mine.together_with_id = None
    mine.late_min = None


def _bring(person: Person, run: Run, mine: Participation, brought: Brought) -> None:
    """Let somebody bring this along. Raises Refused with the field that can't be as it is."""
    _refuse_card_of_others(person, brought.get("card_id"))
    _refuse_stranger(person, brought.get("together_with_id"))
    for name in ("note", "card_id", "take_at_once", "together_with_id"):
        if name in brought:
            setattr(mine, name, brought[name])
    guests, group_id = brought.get("guests", mine.guests), brought.get("pace_group_id", mine.pace_group_id)
    more = guests > mine.guests
    if guests != mine.guests:
        _bring_guests(run, mine, guests)
    if group_id != mine.pace_group_id or more:
        _choose_pace_group(run, mine, group_id)


def _bring_guests(run: Run, mine: Participation, guests: int) -> None:
    if guests > run.guests_allowed:
        raise Refused(
            ngettext(
                "You may bring %(num)d guest at most.",
                "You may bring %(num)d guests at most.",
                run.guests_allowed,
            )
            if run.guests_allowed
            else _("This run is without guests."),
            "guests",
        )
    if guests > mine.guests and mine.status in WANTS_TO_GO and door_of(run, clock.now()) == "closed":
        raise Refused(_("Joining is closed."), "guests")
    if mine.status in (GOING, OFFERED) and not fits(run, guests - mine.guests):
        raise Refused(_("There aren't as many places left."), "guests")
    if run.capacity is not None and 1 + guests > run.capacity:
        raise Refused(_("There aren't as many places left."), "guests")
    change_guests(run, mine, guests)


def _choose_pace_group(run: Run, mine: Participation, group_id: uuid.UUID | None) -> None:
    group = db.session.get(PaceGroup, group_id) if group_id else None
    if group_id and (group is None or group.run_id != run.id):
        raise Refused(_("Choose one of the groups of this run."), "pace_group")
    if group is not None and group.size is not None:
        taken = db.session.scalar(
            select(func.coalesce(func.sum(1 + Participation.guests), 0)).where(
                Participation.run_id == run.id,
                Participation.pace_group_id == group.id,
                Participation.status.in_(WANTS_TO_GO),
                Participation.person_id != mine.person_id,
            )
        )
        if (taken or 0) + mine.seats > group.size:
            raise Refused(_("This group is full. Choose another one."), "pace_group")
    mine.pace_group_id = group.id if group else None
    touch_listing()


def _refuse_card_of_others(person: Person, card_id: uuid.UUID | None) -> None:
    own = select(Card.id).where(Card.id == card_id, Card.owner_id == person.id)
    if card_id is not None and db.session.scalar(own) is None:
        raise Refused(_("Choose one of your own cards."), "card_id")


def _refuse_stranger(person: Person, other_id: uuid.UUID | None) -> None:
    if other_id is not None and not are_companions(person.id, other_id):
        raise Refused(_("Choose one of your companions."), "together_with_id")


def _tell_organiser(run: Run, person: Person, status: str) -> None:
    """The organisers hear of each who comes, once for each way of coming; by SMS of who has a place."""
    notify(
        organiser_ids(run.id),
        "run_requested" if status == REQUESTED else "run_joined",
        actor_id=person.id,
        subject_id=run.id,
        data={**snapshot(run), "name": person.name, "status": status},
        event=f"{run.id}:{person.id}:{status}",
        channels=APP_AND_SMS if status in (GOING, REQUESTED) else APP_ONLY,
        expires_at=run.ends_at,
    )
