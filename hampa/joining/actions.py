"""Joining and leaving a run, and answers to offers."""

import uuid
from typing import TypedDict

from sqlalchemy import func, select

from hampa.cards.models import Card
from hampa.cards.queries.interests import are_companions
from hampa.notifications.actions.notifying import notify
from hampa.notifications.actions.reading import read_about
from hampa.notifications.models import APP_ONLY, CHANNELS
from hampa.people.models import Person
from hampa.people.queries import hidden_ids
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import NotFound, Refused
from hampa.platform.locale.i18n import gettext as _, ngettext
from hampa.runs.actions.listing import invalidate_listing
from hampa.runs.actions.places import allocate_places, change_guests, fits, set_status
from hampa.runs.admission import admission_status, refuse_closed, status_on_joining
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
)
from hampa.runs.models.run import PaceGroup, Run
from hampa.runs.queries import runs
from hampa.runs.queries.organisers import is_sole_organiser, organisers_to_tell
from hampa.runs.queries.pace_groups import led_group_id
from hampa.runs.queries.people import may_be_late, participation_of
from hampa.runs.queries.snapshots import run_snapshot


class JoinDetails(TypedDict, total=False):
    """The details that a person joins with.

    `take_at_once` says whether a free place is given to them while they wait; `together_with_id` is a companion who
    waits too.
    """

    note: str
    card_id: uuid.UUID | None
    guests: int
    pace_group_id: uuid.UUID | None
    take_at_once: bool
    together_with_id: uuid.UUID | None
    answers: dict[str, str]


def join_run(
    person: Person,
    run_id: uuid.UUID,
    status: str = GOING,
    details: JoinDetails | None = None,
    *,
    announced: bool = True,
) -> Participation:
    """Join a run as GOING or INTERESTED and return the participation.

    A person who wants to go is WAITLISTED when no place is free and REQUESTED where the organiser approves people, or
    took this one off the list; a person who is offered a place takes it. Joining again only updates the `details`;
    turning from going to interested frees the place. Unless `announced`, because a series joins for the person, the
    organisers are notified only of requests, and the person has not agreed to the present start. Raise Refused when the
    run is closed to this person or a detail is not allowed, and NotFound.
    """
    run = runs.locked_run(run_id, person)
    refuse_closed(run)
    all_allocated = allocate_places(run)
    participation = participation_of(person, run.id)
    if participation is None:
        participation = Participation(run_id=run.id, person_id=person.id, status=LEFT, guests=0)
    if announced:
        participation.agree(run.starts_at)
    else:
        participation.claim_name()
    details = details or {}
    if status == GOING and participation.status == OFFERED:
        read_about([person.id], run.id)
        apply_details(person, run, participation, details)
        _take_offer(run, participation)
        return participation
    joins_anew = participation.status not in (WANTS_TO_GO if status == GOING else (INTERESTED,))
    if joins_anew and run.organiser_id in hidden_ids(person):
        raise NotFound  # whom a block hides from the owner keeps a place, and takes no new one
    if joins_anew:
        going_status = status_on_joining(person, run, participation, 1 + details.get("guests", 0), status)
        _reset_details(run, participation)
    apply_details(person, run, participation, details)
    if joins_anew:
        if status == GOING:
            status = going_status if all_allocated or going_status != GOING else WAITLISTED
        set_status(run, participation, status)
    allocate_places(run)
    if announced:
        read_about([person.id], run.id)
    if joins_anew and (announced or status == REQUESTED):
        _notify_organisers(run, person, status)
    return participation


def answer_offer(person: Person, run_id: uuid.UUID, take: bool) -> Participation | None:
    """Take the offered place, or pass it on to the next and stay interested.

    Raise Refused when the offer is over or the run has begun, and NotFound.
    """
    run = runs.locked_run(run_id, person)
    refuse_closed(run)
    read_about([person.id], run.id)
    allocate_places(run)
    participation = participation_of(person, run.id)
    if participation is None or participation.status != OFFERED:
        # Answered twice, or passed too late: the status is the wanted one already.
        if participation is not None and participation.status == (GOING if take else INTERESTED):
            return participation
        raise Refused(_("This offer is over. The place has gone to the next in line."))
    participation.agree(run.starts_at)
    if take:
        _take_offer(run, participation)
    else:
        set_status(run, participation, INTERESTED)
        allocate_places(run)
    return participation


def leave_run(person: Person, run_id: uuid.UUID) -> Run:
    """Leave a run, if the person takes part; the place goes to the next in line.

    Raise Refused when the run is cancelled or has begun and when the person organises it alone, and NotFound.
    """
    run = runs.locked_run(run_id, person)
    if is_sole_organiser(person, run):
        raise Refused(_("You organise this run alone: hand it over or cancel it first."))
    participation = participation_of(person, run.id)
    if participation is not None and participation.status in TAKING_PART:
        refuse_closed(run)
        read_about([person.id], run.id)
        set_status(run, participation, LEFT)
        allocate_places(run)
    return run


def report_late(person: Person, run_id: uuid.UUID, minutes: int) -> None:
    """Set by how many minutes the person is late; 0 takes it back.

    Raise Refused when the person does not go or when it is too early or too late to say so, and NotFound.
    """
    run = runs.locked_run(run_id, person)
    participation = participation_of(person, run.id)
    if participation is None or participation.status != GOING or not may_be_late(run):
        raise Refused(_("Only people who are going can say they are late, and only around the start."))
    participation.agree(run.starts_at)
    participation.late_min = minutes or None


def apply_details(person: Person, run: Run, participation: Participation, details: JoinDetails) -> None:
    """Set the given details. Raise Refused with the field that is not allowed."""
    card_id, companion_id = details.get("card_id"), details.get("together_with_id")
    own_card = select(Card.id).where(Card.id == card_id, Card.owner_id == person.id)
    if card_id is not None and db.session.scalar(own_card) is None:
        raise Refused(_("Choose one of your own cards."), "card_id")
    if companion_id is not None and not are_companions(person.id, companion_id):
        raise Refused(_("Choose one of your companions."), "together_with_id")
    for name in ("note", "card_id", "take_at_once", "together_with_id"):
        if name in details:
            setattr(participation, name, details[name])
    if "answers" in details:
        _set_answers(run, participation, details["answers"])
    guests = details.get("guests", participation.guests)
    group_id = led_group_id(person.id, run) or details.get("pace_group_id", participation.pace_group_id)
    more_guests = guests > participation.guests
    if guests != participation.guests:
        _set_guests(run, participation, guests)
    if group_id != participation.pace_group_id or more_guests:
        _set_pace_group(run, participation, group_id)


def answer_questions(person: Person, run_id: uuid.UUID, answers: dict[str, str]) -> None:
    """Set the answers of a person who goes, or wants to, to the questions of the run; the place stays as it is.

    Raise Refused when the person does not take part or the run has begun, and NotFound.
    """
    run = runs.locked_run(run_id, person)
    refuse_closed(run)
    participation = participation_of(person, run.id)
    if participation is None or participation.status not in WANTS_TO_GO:
        raise Refused(_("You no longer have a place in this run."))
    _set_answers(run, participation, answers)


def _set_answers(run: Run, participation: Participation, answers: dict[str, str]) -> None:
    """Set the answers to those questions that the run asks; an empty one is none."""
    asked = {question.id for question in run.questions}
    given = {**(participation.answers or {}), **answers}
    participation.answers = {key: text for key, text in given.items() if key in asked and text}


def _take_offer(run: Run, participation: Participation) -> None:
    set_status(run, participation, GOING, keep_rank=True)
    allocate_places(run)


def _reset_details(run: Run, participation: Participation) -> None:
    """Reset the details that a person who joins anew has to choose anew."""
    if participation.guests:
        change_guests(run, participation, 0)
    participation.pace_group_id = None
    participation.together_with_id = None
    participation.late_min = None
    participation.answers = {}


def _set_guests(run: Run, participation: Participation, guests: int) -> None:
    if guests > run.guests_allowed:
        raise Refused(
            ngettext(
                "You may bring %(num)d guest at most.", "You may bring %(num)d guests at most.", run.guests_allowed
            )
            if run.guests_allowed
            else _("This run has no room for guests."),
            "guests",
        )
    more_guests = guests > participation.guests
    if more_guests and participation.status in WANTS_TO_GO and admission_status(run) == "closed":
        raise Refused(_("Joining is closed."), "guests")
    if participation.status in (GOING, OFFERED) and not fits(run, guests - participation.guests):
        raise Refused(_("There aren't as many places left."), "guests")
    if run.capacity is not None and 1 + guests > run.capacity:
        raise Refused(_("There aren't as many places left."), "guests")
    change_guests(run, participation, guests)


def _set_pace_group(run: Run, participation: Participation, group_id: uuid.UUID | None) -> None:
    """Set the group. Raise Refused if it is full, unless the person leads it."""
    group = db.session.get(PaceGroup, group_id) if group_id else None
    if group_id and (group is None or group.run_id != run.id):
        raise Refused(_("Choose one of the groups of this run."), "pace_group")
    leads = group is not None and group.leader_agreed_at is not None and group.leader_id == participation.person_id
    if group is not None and group.size is not None and not leads:
        taken = db.session.scalar(
            select(func.coalesce(func.sum(1 + Participation.guests), 0)).where(
                Participation.run_id == run.id,
                Participation.pace_group_id == group.id,
                Participation.status.in_(WANTS_TO_GO),
                Participation.person_id != participation.person_id,
            )
        )
        if (taken or 0) + participation.seats > group.size:
            raise Refused(_("This group is full. Choose another one."), "pace_group")
    participation.pace_group_id = group.id if group else None
    invalidate_listing()


def _notify_organisers(run: Run, person: Person, status: str) -> None:
    """Notify the organisers once for each status that a person joins with, by SMS too of places and requests.

    The SMS about a run are gathered, and an organiser may turn them off for it.
    """
    wanting_sms = {row.id: row.wants_sms for row in organisers_to_tell(run.id)}
    notify(
        list(wanting_sms),
        "run_requested" if status == REQUESTED else "run_joined",
        actor_id=person.id,
        subject_id=run.id,
        data={**run_snapshot(run), "status": status},
        event=f"{run.id}:{person.id}:{status}",
        channels=CHANNELS if status in (GOING, REQUESTED) else APP_ONLY,
        expires_at=run.ends_at,
        without_sms={person_id for person_id, wanted in wanting_sms.items() if not wanted},
    )


def confirm_going(person: Person, run_id: uuid.UUID) -> None:
    """Confirm that the person comes. Raise Refused when they have no place, and NotFound."""
    run = runs.locked_run(run_id, person)
    refuse_closed(run)
    participation = participation_of(person, run.id)
    if participation is None or participation.status != GOING:
        raise Refused(_("You no longer have a place in this run."))
    read_about([person.id], run.id)
    participation.agree(run.starts_at)
    participation.still_in_at = participation.still_in_at or clock.now()
