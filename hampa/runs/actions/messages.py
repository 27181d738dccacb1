"""Writing to all who take part: first a draft, then, once its cost is seen, sent."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, func, select

from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.i18n import ngettext
from hampa.platform.jobs import enqueue
from hampa.runs.models.message import RunMessage
from hampa.runs.queries import messages, runs

DAY = timedelta(days=1)


def draft_message(organiser: Person, run_id: uuid.UUID, text: str, statuses: Sequence[str], by_sms: bool) -> RunMessage:
    """Keep what an organiser wrote until they have seen whom it goes to; an older draft of theirs is dropped.

    Raises Refused past a run's messages of one day, NotFound and Forbidden.
    """
    run = runs.locked_of(organiser, run_id)
    _refuse_too_many(run.id)
    own_drafts = (RunMessage.run_id == run.id, RunMessage.sender_id == organiser.id, RunMessage.sent_at.is_(None))
    db.session.execute(delete(RunMessage).where(*own_drafts).execution_options(synchronize_session=False))
    message = RunMessage(run_id=run.id, sender_id=organiser.id, text=text, statuses=list(statuses), by_sms=by_sms)
    db.session.add(message)
    db.session.flush()
    return message


def send_message(organiser: Person, run_id: uuid.UUID, message_id: uuid.UUID) -> RunMessage:
    """Have a draft of one's own sent by the worker. Sending twice is sending once.

    Raises Refused past a run's messages of one day, NotFound and Forbidden.
    """
    run = runs.locked_of(organiser, run_id)
    message = messages.message_of(organiser, run.id, message_id)
    if message.sent_at is None:
        _refuse_too_many(run.id)
        message.sent_at = clock.now()
        db.session.flush()
        enqueue("runs.tell_message", key=f"runs.tell_message:{message.id}", message_id=message.id)
    return message


def _refuse_too_many(run_id: uuid.UUID) -> None:
    """Who comes to a run is not to be flooded by it. Asked under the run's lock."""
    most = settings().messages_per_run_day
    sent = select(func.count()).where(RunMessage.run_id == run_id, RunMessage.sent_at > clock.now() - DAY)
    if (db.session.scalar(sent) or 0) >= most:
        raise Refused(
            ngettext(
                "A run has %(num)d message a day. Say the rest tomorrow, or change the description.",
                "A run has %(num)d messages a day. Say the rest tomorrow, or change the description.",
                most,
            ),
            "text",
        )
