"""Sending: claim what is due, hand it to the gateway, record each answer.

Between claiming and recording no database connection is held. Answers are recorded as they come, those that came together
by one commit: a killed worker leaves undecided the messages that were at the gateway just then, and no others.
"""

import logging
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from flask import Flask, current_app

from hampa.outbox import actions, queries
from hampa.outbox.models import (
    KINDS,
    REFUSED,
    WITHDRAWN,
    ClaimedMessage,
    DeliveryResult,
    check_before_sending,
    refused,
    result_of_sending,
)
from hampa.platform import clock, jobs
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.delivery import console
from hampa.platform.delivery.base import Answer, Gateway, MailMessage, Outcome, SmsMessage
from hampa.platform.delivery.console import ConsoleGateway
from hampa.platform.delivery.gateways import get_gateway
from hampa.platform.jobs import Stopping
from hampa.platform.jobs.leases import record
from hampa.platform.locale import i18n
from hampa.platform.security import crypto
from hampa.platform.sms import segments
from hampa.platform.texts.cleaning import without_surrogates
from hampa.platform.texts.rendering import render_text

CLAIM_AGAIN_SECONDS = 0.5
"""For so long at most a slow gateway keeps this worker from claiming more."""
KEEP = timedelta(days=90)
KEEP_CONSOLE = timedelta(days=7)
DELETED_AT_ONCE = 5_000
VEIL = "•"
LONGEST_WORDS = 500
MAIL_LAYOUT = "layouts/mail.html"

log = logging.getLogger(__name__)

Recorded = tuple[ClaimedMessage, DeliveryResult]
"""A message with the result that is to be recorded."""


@dataclass(frozen=True)
class PreparedMessage:
    """A message with its rendered content and its gateway."""

    message: ClaimedMessage
    content: SmsMessage | MailMessage
    gateway: Gateway


@jobs.register_poller
def send_due(queue: str, stopping: Stopping) -> int:
    """Send the due messages of a queue, as many side by side as the gateway takes, and return how many were handled.

    No more are claimed than can begin at once, so that a lease measures one call.
    """
    parallel = max(get_gateway(kind).parallel for kind in KINDS)
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    pending: dict[Future[Outcome], PreparedMessage] = {}
    count = 0
    with ThreadPoolExecutor(parallel, "gateway") if parallel > 1 else _CallerExecutor() as executor:
        while True:
            claimed: list[ClaimedMessage] = []
            free = parallel - len(pending)
            if free * 2 >= parallel and not stopping():
                claimed = actions.claim_due(queue, free)
                db.session.commit()
                claimed = _with_data(_wanted(claimed))
            count += len(claimed)
            for message in claimed:
                if (prepared := _prepare(message)) is not None:
                    pending[executor.submit(_send, app, prepared)] = prepared
            if not claimed and not pending:
                return count
            answered = wait(pending, CLAIM_AGAIN_SECONDS, FIRST_COMPLETED).done
            _record([_result_of(pending.pop(future), future.result()) for future in answered])


class _CallerExecutor(Executor):
    """An executor that runs functions in the caller's thread."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call the function, and return its result as a future."""
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def _send(app: Flask, prepared: PreparedMessage) -> Outcome:
    with app.app_context():
        try:
            return prepared.gateway.send(prepared.content)
        except Exception as error:
            log.exception("the gateway %s failed", prepared.gateway.name)
            return Outcome(Answer.UNKNOWN, error=f"{type(error).__name__} in the gateway")


def _wanted(claimed: list[ClaimedMessage]) -> list[ClaimedMessage]:
    """Return the messages without those that their recipients refuse, which are withdrawn."""
    try:
        unwanted = refused(claimed) if claimed else set()
    finally:
        db.session.rollback()
    if unwanted:
        _record([(message, REFUSED) for message in claimed if message.id in unwanted])
    return [message for message in claimed if message.id not in unwanted]


def _with_data(claimed: list[ClaimedMessage]) -> list[ClaimedMessage]:
    """Return the messages with their data read anew; those that tell of what is gone are withdrawn and left out."""
    try:
        data = _data_of(claimed)
    except Exception:
        # One of them can't be read: the others are sent.
        log.exception("the data of %s messages can't be read together", len(claimed))
        data = {}
        for message in claimed:
            try:
                data |= _data_of([message])
            except Exception as error:
                log.exception("the data of message %s can't be read", message.id)
                _record([(message, _unwritable(error))])
    ready = []
    for message in claimed:
        if message.id in data:
            read = data[message.id]
            if read is None:
                _record([(message, WITHDRAWN)])
            else:
                ready.append(replace(message, data=read))
    return ready


def _data_of(messages: list[ClaimedMessage]) -> dict[uuid.UUID, dict[str, Any] | None]:
    """Return the data of messages (`queries.data_of`), and give the connection back."""
    try:
        return queries.data_of(messages)
    finally:
        db.session.rollback()


def _prepare(message: ClaimedMessage) -> PreparedMessage | None:
    """Return the message ready to send, or record why it is not to be sent and return None."""
    result = check_before_sending(message, clock.now())
    if result is None:
        try:
            content = _content(message)
            return PreparedMessage(message, content, ConsoleGateway() if message.is_demo else get_gateway(message.kind))
        except Exception as error:
            log.exception("message %s can't be written", message.id)
            result = _unwritable(error)
    _record([(message, result)])
    return None


def _unwritable(error: Exception) -> DeliveryResult:
    return DeliveryResult("failed", "failed", f"it can't be written: {type(error).__name__}")


def _content(message: ClaimedMessage) -> SmsMessage | MailMessage:
    """Render the message in the language, time zone, calendar and units of its recipient."""
    secret = crypto.decrypt(message.secret, actions.KEY_PURPOSE) if message.secret is not None else None
    shared = {"to": message.recipient, "purpose": message.purpose, "idempotency_key": str(message.id)}
    with i18n.use_locale(message.locale, message.timezone, message.calendar, message.units):
        text = _text(message, secret)
        veiled = _text(message, VEIL * len(secret)) if secret else text
        if message.kind == "mail":
            subject, _newline, body = text.partition("\n")
            html = current_app.jinja_env.get_template(MAIL_LAYOUT).render(subject=subject, body=body)
            veiled_body = veiled.partition("\n")[2]
            return MailMessage(
                subject=subject.strip(),
                text=body.strip() + "\n",
                html=html,
                veiled=veiled_body.strip() + "\n",
                unsubscribe=_unsubscribe_address(message),
                **shared,
            )
    params = message.data if secret is None else {**message.data, "secret": secret}
    return SmsMessage(text=text, template=message.template, params=params, veiled=veiled, **shared)


def _unsubscribe_address(message: ClaimedMessage) -> str:
    path = message.data.get("unsubscribe")
    return settings().base_url.rstrip("/") + path if path else ""


def _text(message: ClaimedMessage, secret: str | None) -> str:
    values = {"secret": secret} if secret is not None else {}
    return render_text(message.template, data=message.data, to=message.recipient, **values)


def _result_of(prepared: PreparedMessage, outcome: Outcome) -> Recorded:
    outcome = replace(outcome, error=_storable(outcome.error), provider_id=_storable(outcome.provider_id))
    if prepared.message.secret is not None and outcome.error:
        # A gateway may quote what it was sent.
        secret = crypto.decrypt(prepared.message.secret, actions.KEY_PURPOSE)
        outcome = replace(outcome, error=outcome.error.replace(secret, VEIL * len(secret)))
    result = result_of_sending(prepared.message, outcome, clock.now())
    parts = segments.count(prepared.content.text) if isinstance(prepared.content, SmsMessage) else None
    result = replace(result, provider=prepared.gateway.name, provider_id=outcome.provider_id, segments=parts)
    return prepared.message, result


def _storable(words: str | None) -> str | None:
    """Return words of a gateway as the database can keep them: what it refuses would lose the answers beside them."""
    return None if words is None else without_surrogates(words[:LONGEST_WORDS])


def _record(results: Sequence[Recorded]) -> None:
    """Record the results of messages, by one commit."""
    for message, result in results:
        if result.status != "sent":
            log.warning("message %s (%s): %s, %s", message.id, message.purpose, result.what, result.detail)
    recorded = record(lambda: [actions.record_result(message, result) for message, result in results])
    for (message, _result), was_held in zip(results, recorded, strict=True):
        if not was_held:
            log.warning("message %s: its lease had run out, another worker has it", message.id)


@jobs.job("outbox.forget_messages", every=timedelta(hours=1))
def delete_old_messages() -> None:
    """Delete messages that ended some months ago, and console deliveries that are some days old."""
    actions.delete_old_messages(clock.now() - KEEP, DELETED_AT_ONCE)
    console.delete_before(clock.now() - KEEP_CONSOLE)
    db.session.commit()
