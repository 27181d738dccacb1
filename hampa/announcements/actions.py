"""Messages to all who take part: drafted first, and sent once their cost is seen."""

import uuid
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete

from hampa.announcements.models import RunMessage
from hampa.announcements.queries import bill_of, message_by
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.jobs import enqueue
from hampa.platform.limits import count_within, limit
from hampa.platform.locale.i18n import gettext as _, ngettext, number
from hampa.runs.queries import runs
from hampa.subscriptions.models import PlanLimit
from hampa.subscriptions.queries.allowances import allowance

MESSAGE = "runs.message"
"""The limit of messages of a run, which keeps participants from being flooded."""
SMS, SMS_WINDOW = "subscriptions.sms", timedelta(days=30)
"""The limit of SMS to participants that the plan of their organiser has."""


def draft_message(organiser: Person, run_id: uuid.UUID, text: str, statuses: Sequence[str], by_sms: bool) -> RunMessage:
    """Store a message until its organiser has seen its recipients; an older draft of theirs is deleted.

    Raise Refused past a run's messages of one day, NotFound and Forbidden.
    """
    run = runs.locked_organised_run(organiser, run_id)
    if count_within(run, MESSAGE, per="day") >= settings().messages_per_run_day:
        raise _too_many(0)
    drafts = delete(RunMessage).where(
        RunMessage.run_id == run.id, RunMessage.sender_id == organiser.id, RunMessage.sent_at.is_(None)
    )
    db.session.execute(drafts.execution_options(synchronize_session=False))
    message = RunMessage(run_id=run.id, sender_id=organiser.id, text=text, statuses=list(statuses), by_sms=by_sms)
    db.session.add(message)
    db.session.flush()
    return message


def send_message(organiser: Person, run_id: uuid.UUID, message_id: uuid.UUID) -> RunMessage:
    """Have the worker send a draft of one's own. Sending twice is sending once.

    Raise Refused past a run's messages of one day, PlanLimit past the SMS of one's plan, NotFound and Forbidden.
    """
    run = runs.locked_organised_run(organiser, run_id)
    message = message_by(organiser, run.id, message_id)
    if message.sent_at is None:
        limit(run, MESSAGE, settings().messages_per_run_day, per="day", error=_too_many)
        if message.by_sms:
            _limit_sms(organiser, bill_of(run, message, organiser.name).phones)
        message.sent_at = run.announced_at = clock.now()
        db.session.flush()
        enqueue("runs.tell_message", key=f"runs.tell_message:{message.id}", message_id=message.id)
    return message


def take_back(organiser: Person, run_id: uuid.UUID, message_id: uuid.UUID) -> None:
    """Delete a message of the run, sent or not: it is on no page and in no notification from now on.

    SMS that have been sent stay on phones. Taking back twice is taking back once. Raise NotFound and Forbidden.
    """
    run = runs.locked_organised_run(organiser, run_id)
    message = delete(RunMessage).where(RunMessage.id == message_id, RunMessage.run_id == run.id)
    db.session.execute(message.execution_options(synchronize_session=False))


def _limit_sms(organiser: Person, phones: int) -> None:
    """Count the SMS of a message against the plan of its organiser, over 30 days."""
    most = allowance(organiser, "sms_a_month")
    if most is None or not phones:
        return
    sent = count_within(organiser, SMS, per=SMS_WINDOW)
    refusal = PlanLimit(
        _(
            "This would be %(phones)s SMS, and your plan has %(left)s of %(most)s left for these 30 days. Send it without "
            "SMS: everybody reads it in the app.",
            phones=number(phones),
            left=number(max(0, most - sent)),
            most=number(most),
        )
    )
    limit(organiser, SMS, most, per=SMS_WINDOW, amount=phones, error=lambda _seconds: refusal)


def _too_many(_seconds: int) -> Refused:
    text = ngettext(
        "A run can send %(num)d message a day. Say the rest tomorrow, or change the description.",
        "A run can send %(num)d messages a day. Say the rest tomorrow, or change the description.",
        settings().messages_per_run_day,
    )
    return Refused(text, "text")
