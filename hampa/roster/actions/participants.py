"""Decisions of organisers about participants: answers to requests, and statuses."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from hampa.notifications.actions.notifying import notify
from hampa.notifications.actions.reading import read_about
from hampa.notifications.models import APP_ONLY, CHANNELS, WITHOUT_SMS
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import Refused, TooFast
from hampa.platform.limits import limit, subject_named
from hampa.platform.locale.i18n import gettext as _
from hampa.roster.queries.roster import named_participation
from hampa.runs.actions.places import allocate_places, fits, set_status
from hampa.runs.admission import refuse_closed
from hampa.runs.models.participation import GOING, INTERESTED, LEFT, OFFERED, REQUESTED, WAITLISTED, Participation
from hampa.runs.models.run import JoinSmsOff, Run
from hampa.runs.queries import runs
from hampa.runs.queries.organisers import organiser_ids
from hampa.runs.queries.snapshots import personal_link_ids, run_snapshot

MOST_RINGS = 3
"""How often a day what one organiser does to one person's place reaches them beyond the app."""


def answer_requests(organiser: Person, run_id: uuid.UUID, chosen: Iterable[uuid.UUID] | None, yes: bool) -> int:
    """Approve requests to join in their order, or decline them; return how many were answered.

    `chosen` are ids of participations; None means all requests. Approved people get a place, or are waitlisted when none is free. Raise Refused
    when the run has begun or is cancelled, NotFound and Forbidden.
    """
    run = runs.locked_organised_run(organiser, run_id)
    refuse_closed(run)
    all_allocated = allocate_places(run)
    requests = select(Participation).where(Participation.run_id == run.id, Participation.status == REQUESTED)
    if chosen is not None:
        requests = requests.where(Participation.id.in_(list(chosen)))
    answered = list(db.session.scalars(requests.order_by(Participation.rank)))
    for participation in answered:
        if yes:
            has_place = all_allocated and fits(run, participation.seats)
            set_status(run, participation, GOING if has_place else WAITLISTED)
        else:
            set_status(run, participation, LEFT)
            participation.declined_at = clock.now()
    db.session.flush()
    _read_requests(run, answered)
    if yes:
        _notify_approved(run, answered)
    elif answered:
        people, details = _recipients(run, answered)
        notify(people, "run_declined", actor_id=organiser.id, data=run_snapshot(run), **details)
    return len(answered)


def set_participant_status(
    organiser: Person,
    run_id: uuid.UUID,
    participation_id: uuid.UUID,
    status: str,
    note: str = "",
    *,
    beyond: bool = False,
    seen: str = "",
) -> None:
    """Set the status of a person who takes or took part, and notify them with the `note`.

    A person who is taken off the list (LEFT) by somebody else can only ask to join again.
    `beyond` lets them in even if no place is free. Raise Refused when no place is free for them otherwise, when they
    left by themselves, or when the run has begun or is cancelled; NotFound when they never took part, and Forbidden.
    """
    run = runs.locked_organised_run(organiser, run_id)
    refuse_closed(run)
    allocate_places(run)
    participation, _name = named_participation(organiser, run, participation_id)
    if (
        status == LEFT
        and seen != LEFT
        and participation.person_id not in db.session.scalars(organiser_ids(run.id)).all()
    ):
        participation.removed_at = clock.now()  # also when they have left a moment ago
    if participation.status == status:
        return
    if participation.left_by_themselves:
        raise Refused(_("They left on their own. Send them the link: they can join again if they want to."))
    if status == GOING and not beyond:
        _refuse_full(run, participation)
    if participation.status in (LEFT, INTERESTED):
        participation.added_by_organiser = True
    set_status(run, participation, status, beyond=beyond and status == GOING)
    if participation.removed_at is not None and status == LEFT:
        participation.removed_at = participation.left_at
    participation.organiser_note = note
    participation.declined_at = None
    allocate_places(run)
    _read_requests(run, [participation])
    notify_status_set(run, organiser, participation, by_sms=status in (GOING, LEFT))


def set_join_sms(organiser: Person, run_id: uuid.UUID, by_sms: bool) -> None:
    """Set whether an organiser gets SMS of people who join the run, or ask to. Raise NotFound and Forbidden."""
    run = runs.organised_run(organiser, run_id)
    if by_sms:
        of_organiser = JoinSmsOff.run_id == run.id, JoinSmsOff.person_id == organiser.id
        db.session.execute(delete(JoinSmsOff).where(*of_organiser).execution_options(synchronize_session=False))
    else:
        values = {"id": ids.new_id(), "run_id": run.id, "person_id": organiser.id, "created_at": clock.now()}
        db.session.execute(insert(JoinSmsOff).values(**values).on_conflict_do_nothing())


def _read_requests(run: Run, answered: Sequence[Participation]) -> None:
    """Mark the requests of people as read for all organisers: one of them has answered."""
    actors = [participation.person_id for participation in answered]
    read_about(organiser_ids(run.id), run.id, kinds=("run_requested",), actor_ids=actors)


def _refuse_full(run: Run, participation: Participation) -> None:
    if participation.status != OFFERED and not fits(run, participation.seats):  # an offered place is free for them
        raise Refused(_("There is no place left. Tick this to let them in anyway."), "beyond")


def _notify_approved(run: Run, answered: Sequence[Participation]) -> None:
    """Notify approved people that they have a place or are waitlisted."""
    for status in (GOING, WAITLISTED):
        approved = [participation for participation in answered if participation.status == status]
        if approved:
            people, details = _recipients(run, approved)
            links = personal_link_ids(run)
            notify(
                people, "run_approved", data={**run_snapshot(run), "status": status}, personal_sms_data=links, **details
            )


def notify_status_set(run: Run, organiser: Person, participation: Participation, *, by_sms: bool = False) -> None:
    """Notify a person of the status, and the note, that an organiser gave them.

    What the same organiser does to them again and again rings a few times a day, and is read in the app after that.
    """
    people, details = _recipients(run, [participation])
    channels = CHANNELS if by_sms else WITHOUT_SMS
    try:
        pair = subject_named("run_set", str(organiser.id), str(participation.person_id))
        limit(pair, "run_set", MOST_RINGS, per="day", error=lambda seconds: TooFast("", seconds))
    except TooFast:
        channels = APP_ONLY
    notify(
        people,
        "run_set",
        actor_id=organiser.id,
        data={**run_snapshot(run), "status": participation.status, "participation": str(participation.id)},
        channels=channels,
        **details,
    )


def _recipients(run: Run, participations: Sequence[Participation]) -> tuple[list[uuid.UUID], dict[str, Any]]:
    """Return the people and what all notifications to them share; the event is another after each change of theirs."""
    rank = max(participation.rank for participation in participations)
    version = max(participation.version for participation in participations)
    people = [participation.person_id for participation in participations]
    return people, {"subject_id": run.id, "event": f"{run.id}:{rank}:{version}", "expires_at": run.ends_at}
