"""The slow half of changing and cancelling a run: telling everybody."""

from __future__ import annotations

import uuid

from sqlalchemy import Select

from hampa.notifications.actions import notify
from hampa.notifications.queries import told_of
from hampa.people.models.person import Person
from hampa.people.queries.blocks import hidden_from
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.jobs import job
from hampa.runs.actions.notices import message_data, own_links, snapshot
from hampa.runs.models.message import RunMessage
from hampa.runs.models.participation import INTERESTED, WANTS_TO_GO, Participation
from hampa.runs.models.run import Run
from hampa.runs.queries.organisers import organiser_ids
from hampa.runs.queries.people import concerned
from hampa.runs.queries.runs import run_for

MOVED = {"starts_local", "timezone", "place", "latitude", "longitude"}
"""Changes for which those who come get an SMS: they would stand elsewhere, or at another time."""


@job("runs.tell_changed")
def tell_changed(
    run_id: uuid.UUID, sequence: int, changed: list[str], by: uuid.UUID | None = None, beside: str = ""
) -> None:
    """Tell those concerned what an edit changed: by SMS where or when of who comes, else in the app; in the app the
    other organisers too. `by` is who edited it; `beside` tells a change that no edit counts from the edit itself.

    A run that is cancelled by now is told of as cancelled, not as changed.
    """
    run = _run(run_id)
    if run is not None and run.cancelled_at is None:
        moved = not MOVED.isdisjoint(changed)
        for people, sms in _concerned(run.id, moved):
            notify(
                people,
                "run_changed",
                actor_id=by or run.organiser_id,
                subject_id=run.id,
                data={**snapshot(run), "changes": changed},
                event=f"run_changed:{run.id}:{beside or sequence}",
                sms=sms,
                expires_at=run.ends_at,
                own=own_links(run),
            )
    db.session.commit()


@job("runs.tell_cancelled")
def tell_cancelled(run_id: uuid.UUID, by: uuid.UUID | None = None) -> None:
    """Tell all who take part that the run is called off, by SMS who would have come; and the other organisers.
    `by` is who called it off.
    """
    run = _run(run_id)
    if run is not None:
        data = {**snapshot(run), "reason": run.cancel_reason}
        for people, sms in _concerned(run.id, True):
            notify(
                people,
                "run_cancelled",
                actor_id=by or run.organiser_id,
                subject_id=run.id,
                data=data,
                event=f"run_cancelled:{run.id}",
                sms=sms,
                expires_at=run.ends_at,
            )
    db.session.commit()


@job("runs.tell_message")
def tell_message(message_id: uuid.UUID) -> None:
    """Bring an organiser's message to those it is for, and count them: the same few statements for any number.

    From whom the organiser is hidden gets it unsigned: where people meet concerns all who come.
    """
    message = db.session.get(RunMessage, message_id)
    run = _run(message.run_id) if message else None
    if message is not None and run is not None:
        sender = db.session.get_one(Person, message.sender_id)
        event = f"organiser_message:{message.id}"
        people = concerned(run.id, *message.reaches)
        hidden = people.where(Participation.person_id.in_(hidden_from(sender.id)))
        for readers, actor_id, name in ((people, sender.id, sender.name), (hidden, None, "")):
            notify(
                readers,
                "organiser_message",
                actor_id=actor_id,
                subject_id=run.id,
                data=message_data(run, name, message.text),
                event=event,
                sms=message.by_sms,
                expires_at=run.ends_at if run.ends_at > clock.now() else None,
            )
        message.people, message.texted = told_of(event)
    db.session.commit()


def _concerned(run_id: uuid.UUID, urgent: bool) -> list[tuple[Select[uuid.UUID], bool]]:
    """Whom to tell, and whether by SMS: those who come or want to, then who is interested or organises."""
    return [
        (concerned(run_id, *WANTS_TO_GO), urgent),
        (concerned(run_id, INTERESTED), False),
        (organiser_ids(run_id), False),
    ]


def _run(run_id: uuid.UUID) -> Run | None:
    """The run, unless it is gone since."""
    try:
        return run_for(None, run_id)
    except NotFound:
        return None
