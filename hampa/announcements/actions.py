"""Writing to all who take part: first a draft, then, once its cost is seen, sent."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import delete

from hampa.announcements.models import RunMessage
from hampa.announcements.queries import messages
from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.jobs import enqueue
from hampa.platform.limits import count_within, limit
from hampa.platform.locale.i18n import ngettext
from hampa.runs.queries import runs

MESSAGE = "runs.message"
"""The limit of messages of a run: whoever comes is not to be flooded by it."""


def draft_message(organiser: Person, run_id: uuid.UUID, text: str, statuses: Sequence[str], by_sms: bool) -> RunMessage:
    """Keep what an organiser wrote until they have seen whom it goes to; an older draft of theirs is dropped.

    Raises Refused past a run's messages of one day, NotFound and Forbidden.
    """
    run = runs.locked_organised_run(organiser, run_id)
    if count_within(run, MESSAGE, per="day") >= settings().messages_per_run_day:
        raise _too_many(0)
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
    run = runs.locked_organised_run(organiser, run_id)
    message = messages.message_of(organiser, run.id, message_id)
    if message.sent_at is None:
        limit(run, MESSAGE, settings().messages_per_run_day, per="day", error=_too_many)
        message.sent_at = clock.now()
        db.session.flush()
        enqueue("runs.tell_message", key=f"runs.tell_message:{message.id}", message_id=message.id)
    return message


def _too_many(_seconds: int) -> Refused:
    most = settings().messages_per_run_day
    text = ngettext(
        "A run has %(num)d message a day. Say the rest tomorrow, or change the description.",
        "A run has %(num)d messages a day. Say the rest tomorrow, or change the description.",
        most,
    )
    return Refused(text, "text")
