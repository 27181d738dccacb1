"""Tell webhooks of what happens in runs of their person: a job for each event, then a message for each call."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

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
from hampa.webhooks.models import FOLDER, KIND, TEST, Webhook

CALLS_A_DAY: Final = 5_000
"""Calls of one webhook about one kind of event a day; what is past it is not sent."""
TESTS_AN_HOUR: Final = 20
ASKED: Final = "webhooks.told"


@listen
def tell_webhooks(run: Run, name: str, happenings: Sequence[Happening]) -> None:
    """Enqueue the calls of the webhooks of a run's owner, if there are any, in the transaction of the event."""
    # The caller may be in the midst of a change that it writes itself.
    with db.session.no_autoflush:
        told = _told_of(run.organiser_id, name)
        if told:
            enqueue(
                "webhooks.call",
                event_id=ids.new_id(),
                webhook_ids=[str(webhook_id) for webhook_id in told],
                run_id=run.id,
                event=name,
                happenings=list(happenings),
                at_time=_moment(clock.now()),
            )


def _told_of(owner_id: uuid.UUID, event: str) -> Sequence[uuid.UUID]:
    """Return the webhooks of an owner that are told of an event, asked once a transaction: a series has many runs."""
    session = db.session()
    transaction = session.get_transaction()
    of, told = session.info.get(ASKED, (None, {}))
    if transaction is None or of is not transaction:
        told = {}
        session.info[ASKED] = transaction, told
    if (owner_id, event) not in told:
        told[owner_id, event] = queries.told_of(owner_id, event)
    return told[owner_id, event]


def write_calls(
    event_id: uuid.UUID, webhook_ids: Sequence[str], run_id: uuid.UUID, event: str, happenings: Any, at_time: str
) -> None:
    """Write the messages of an event, one for each webhook and each time that it happened; twice writes them once."""
    ids_ = [uuid.UUID(text) for text in webhook_ids]
    hooks = db.session.execute(select(Webhook.id, Webhook.person_id).where(Webhook.id.in_(ids_))).all()
    for webhook_id, person_id in hooks:
        for number, happening in enumerate(happenings):
            key = f"webhook:{webhook_id}:{event_id}:{number}"
            _write(webhook_id, person_id, event, key, happening, at_time, run_id)


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
    run_id: uuid.UUID | None = None,
) -> OutboxMessage | None:
    about = {"run": str(run_id)} if run_id is not None else {}
    return send_message(
        KIND,
        str(webhook_id),
        f"{FOLDER}{event}",
        {"webhook": str(webhook_id), "type": event, "timestamp": at_time, "data": dict(data), **about},
        purpose=event,
        key=key,
        locale="en",
        person_id=person_id,
        most_a_day=CALLS_A_DAY,
    )


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
