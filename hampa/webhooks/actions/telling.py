"""Tell webhooks of what happens in runs and crews of their person: a job for each event, then a message for each call."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from hampa.crews.actions import events as crew_events
from hampa.outbox.actions.writing import send_message
from hampa.outbox.models import OutboxMessage
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import TooFast
from hampa.platform.jobs import enqueue
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _
from hampa.runs.actions.events import Happening, listen
from hampa.runs.models.run import Run
from hampa.webhooks import queries
from hampa.webhooks.models import CREW_RUN, FOLDER, KIND, TEST, Webhook

CALLS_A_DAY: Final = 5_000
"""Calls of one webhook about one kind of event a day; what is past it is not sent."""
TESTS_AN_HOUR: Final = 20
ASKED: Final = "webhooks.told"


@listen
def tell_of_run(run: Run, name: str, happenings: Sequence[Happening]) -> None:
    """Enqueue the calls of the webhooks of a run's owner, and those of the admins of its crew when it is new there."""
    # The caller may be in the midst of a change that it writes itself.
    with db.session.no_autoflush:
        _enqueue(_told(queries.told_of, run.organiser_id, name), name, happenings, run_id=run.id)
        if run.crew_id is not None and _is_new_in_crew(name, happenings):
            told = _told(queries.told_of_crew, run.crew_id, CREW_RUN)
            happening = {"person_id": str(run.organiser_id)}
            _enqueue(told, CREW_RUN, [happening], run_id=run.id, crew_id=run.crew_id)


@crew_events.listen
def tell_of_crew(crew_id: uuid.UUID, name: str, happening: Happening) -> None:
    """Enqueue the calls of the webhooks of a crew's admins, if there are any, in the transaction of the event."""
    with db.session.no_autoflush:
        _enqueue(_told(queries.told_of_crew, crew_id, name), name, [happening], crew_id=crew_id)


def _is_new_in_crew(name: str, happenings: Sequence[Happening]) -> bool:
    return name == "run.published" or any("crew_id" in one.get("changes", ()) for one in happenings)


def _enqueue(
    told: Sequence[uuid.UUID],
    event: str,
    happenings: Sequence[Happening],
    *,
    run_id: uuid.UUID | None = None,
    crew_id: uuid.UUID | None = None,
) -> None:
    if told:
        enqueue(
            "webhooks.call",
            event_id=ids.new_id(),
            webhook_ids=[str(webhook_id) for webhook_id in told],
            run_id=run_id,
            event=event,
            happenings=list(happenings),
            at_time=_moment(clock.now()),
            crew_id=crew_id,
        )


def _told(
    question: Callable[[uuid.UUID, str], list[uuid.UUID]], subject_id: uuid.UUID, event: str
) -> Sequence[uuid.UUID]:
    """Return the webhooks that are told of an event, asked once a transaction: a series has many runs."""
    session = db.session()
    transaction = session.get_transaction()
    of, told = session.info.get(ASKED, (None, {}))
    if transaction is None or of is not transaction:
        told = {}
        session.info[ASKED] = transaction, told
    if (subject_id, event) not in told:
        told[subject_id, event] = question(subject_id, event)
    kept: Sequence[uuid.UUID] = told[subject_id, event]
    return kept


def write_calls(
    event_id: uuid.UUID,
    webhook_ids: Sequence[str],
    event: str,
    happenings: Any,
    at_time: str,
    about: Mapping[str, uuid.UUID | None],
) -> None:
    """Write the messages of an event, one for each webhook and each time that it happened; twice writes them once.

    `about` has the ids of the `run` and the `crew` that it is about.
    """
    subjects = {name: str(subject_id) for name, subject_id in about.items() if subject_id is not None}
    ids_ = [uuid.UUID(text) for text in webhook_ids]
    hooks = db.session.execute(select(Webhook.id, Webhook.person_id).where(Webhook.id.in_(ids_))).all()
    for webhook_id, person_id in hooks:
        for number, happening in enumerate(happenings):
            key = f"webhook:{webhook_id}:{event_id}:{number}"
            _write(webhook_id, person_id, event, key, happening, at_time, subjects)


def send_test(person: Person, webhook: Webhook) -> OutboxMessage:
    """Send a webhook a test, also if it is switched off. Raise TooFast."""
    limit(person, "webhooks.test", TESTS_AN_HOUR, per="hour", error=_too_many)
    key = f"webhook:{webhook.id}:test:{ids.new_id()}"
    call = _write(webhook.id, person.id, TEST, key, {}, _moment(clock.now()))
    if call is None:  # of tests, the hours of a day allow far fewer
        raise _too_many(3_600)
    return call


def _too_many(seconds: int) -> TooFast:
    return TooFast(_("You have sent many tests. Wait a while."), seconds)


def _write(
    webhook_id: uuid.UUID,
    person_id: uuid.UUID,
    event: str,
    key: str,
    data: Mapping[str, Any],
    at_time: str,
    subjects: Mapping[str, str] | None = None,
) -> OutboxMessage | None:
    return send_message(
        KIND,
        str(webhook_id),
        f"{FOLDER}{event}",
        {"webhook": str(webhook_id), "type": event, "timestamp": at_time, "data": dict(data), **(subjects or {})},
        purpose=event,
        key=key,
        locale="en",
        person_id=person_id,
        most_a_day=CALLS_A_DAY,
    )


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
