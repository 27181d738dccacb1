"""Writing messages to people of the site, sending them in chunks, pausing and stopping them."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import select

from hampa.audit.actions import record_audit
from hampa.audit.models import AuditedAction, Subject, register_action, register_thing
from hampa.notifications.actions.notifying import notify
from hampa.notifications.models import Channel
from hampa.notifications.queries.listing import count_notified
from hampa.outbox.actions.writing import cancel_where
from hampa.outbox.models import OutboxMessage
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Conflict, Refused
from hampa.platform.jobs import enqueue
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.site_messages import queries
from hampa.site_messages.models import (
    CHOSEN_CHANNELS,
    DRAFT,
    PAUSED,
    SCHEDULED,
    SENDING,
    SENT,
    STOPPED,
    TO_BE_SENT,
    SiteMessage,
)

CHUNK = 200
"""The people who are told in one transaction; a pause or a stop comes before the next one."""
LATEST = timedelta(days=60)

FIELDS = {"state": _l("State"), "people": _l("People"), "sends_at": _l("Goes out")}
STATES = {
    "draft": _l("Draft"),
    "scheduled": _l("Scheduled"),
    "sending": _l("Goes out"),
    "paused": _l("Paused"),
    "sent": _l("Sent"),
    "stopped": _l("Called off"),
}
register_thing("site_message", _l("Message to people"), endpoint="site_messages.show", argument="site_message_id")
DRAFTED, APPROVED, PAUSED_IT, RESUMED, STOPPED_IT = (
    register_action(f"site_messages.{name}", label, thing="site_message", fields=FIELDS, values=STATES)
    for name, label in (
        ("drafted", _l("Drafted a message to people")),
        ("approved", _l("Approved a message to people")),
        ("paused", _l("Paused a message to people")),
        ("resumed", _l("Let a message to people go on")),
        ("stopped", _l("Stopped a message to people")),
    )
)


def draft(operator: Person, message: SiteMessage) -> SiteMessage:
    """Store a message until an operator has seen whom it reaches. Raise Refused for a time that is past or far off."""
    now = clock.now()
    if message.send_at is not None and message.send_at <= now:
        raise Refused(_("That is in the past. Choose a time to come, or none."), "send_on")
    if message.send_at is not None and message.send_at > now + LATEST:
        raise Refused(_("That is more than two months off."), "send_on")
    message.sender_id = operator.id
    db.session.add(message)
    db.session.flush()
    _record(operator, DRAFTED, message, DRAFT)
    return message


def approve(operator: Person, message_id: uuid.UUID) -> SiteMessage:
    """Have the worker send a draft, at once or at its time. Approving twice is approving once. Raise NotFound."""
    message = queries.message_by_id(message_id, lock=True)
    if message.state == DRAFT:
        now = clock.now()
        message.state, message.approved_at = SCHEDULED, now
        _start(message, now)
        _record(operator, APPROVED, message, DRAFT)
    return message


def pause(operator: Person, message_id: uuid.UUID) -> SiteMessage:
    """Tell nobody else until it goes on. Raise Conflict for one that does not go out, and NotFound."""
    message = queries.message_by_id(message_id, lock=True)
    if message.state not in (*TO_BE_SENT, PAUSED):
        raise Conflict(_("It has gone out already."))
    if message.state != PAUSED:
        before, message.state = message.state, PAUSED
        _record(operator, PAUSED_IT, message, before)
    return message


def resume(operator: Person, message_id: uuid.UUID) -> SiteMessage:
    """Let a paused message go on where it was. Raise Conflict for one that was stopped or sent, and NotFound."""
    message = queries.message_by_id(message_id, lock=True)
    if message.state not in (*TO_BE_SENT, PAUSED):
        raise Conflict(_("It has gone out already."))
    if message.state == PAUSED:
        message.state = SCHEDULED
        _start(message, clock.now())
        _record(operator, RESUMED, message, PAUSED)
    return message


def stop(operator: Person, message_id: uuid.UUID) -> SiteMessage:
    """Keep a message from all who were not told yet, and withdraw its SMS, mails and pushes that wait.

    Raise Conflict when it has gone out or was not sent, and NotFound. Stopping twice is stopping once.
    """
    message = queries.message_by_id(message_id, lock=True)
    if message.state not in (*TO_BE_SENT, PAUSED, STOPPED):
        raise Conflict(_("It has gone out already."))
    if message.state != STOPPED:
        before = message.state
        _end(message, STOPPED)
        _record(operator, STOPPED_IT, message, before)
    return message


def send_chunk(message_id: uuid.UUID, most: int = CHUNK) -> bool:
    """Tell the next people of a message, and return whether there may be more. The lock of its row is held.

    One whose writer is no operator any more is stopped.
    """
    query = select(SiteMessage).where(SiteMessage.id == message_id).with_for_update()
    message = db.session.scalar(query.execution_options(populate_existing=True))
    now = clock.now()
    if message is None or message.state not in TO_BE_SENT or message.send_at is None or message.send_at > now:
        return False
    sender = db.session.get(Person, message.sender_id)
    if sender is None or sender.state != "active" or not sender.is_operator:
        _end(message, STOPPED)
        return False
    people = queries.next_recipients(message, most)
    if not people:
        _end(message, SENT)
        return False
    channels: list[Channel] = ["app"]
    channels += [name for name in ("push", "sms", "mail") if name in message.channels and name in CHOSEN_CHANNELS]
    notify(people, "site_message", subject_id=message.id, data={}, event=message.id, channels=channels)
    message.state, message.last_id = SENDING, people[-1]
    db.session.flush()
    return True


def _start(message: SiteMessage, now: datetime) -> None:
    if message.send_at is None or message.send_at <= now:
        message.send_at = now
        enqueue("site_messages.send", message_id=message.id)
    db.session.flush()


def _end(message: SiteMessage, state: str) -> None:
    message.state, message.finished_at = state, clock.now()
    if state == STOPPED:
        cancel_where(OutboxMessage.purpose == queries.KIND, OutboxMessage.data["subject"].astext == str(message.id))
    db.session.flush()
    message.people, _texted = count_notified(queries.KIND, message.id)
    db.session.flush()


def _record(operator: Person, action: AuditedAction, message: SiteMessage, before: str) -> None:
    after: dict[str, object] = {"state": message.state}
    if message.send_at is not None:
        after["sends_at"] = message.send_at
    record_audit(operator, action, Subject(message.id, message.text[:80]), {"state": before}, after)
