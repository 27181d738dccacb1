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
from functools import cache
from typing import Any, cast

from flask import Flask, current_app

from hampa.outbox import queries
from hampa.outbox.actions import claims, operating
from hampa.outbox.actions.gate import Gate
from hampa.outbox.models import (
    REFUSED,
    WITHDRAWN,
    ClaimedMessage,
    DeliveryResult,
    MessageKind,
    check_before_sending,
    get_kind,
    refused,
    register_kind,
    result_of_sending,
)
from hampa.platform import clock, jobs
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.delivery import breaker, console
from hampa.platform.delivery.base import Answer, Fault, Gateway, MailMessage, Outcome, SharedGateway, SmsMessage
from hampa.platform.delivery.console import ConsoleGateway
from hampa.platform.delivery.gateways import all_gateways, create_mail_gateway, create_sms_gateway
from hampa.platform.jobs import Stopping
from hampa.platform.jobs.leases import record
from hampa.platform.locale import i18n, phone
from hampa.platform.mail import addresses
from hampa.platform.sms import segments
from hampa.platform.sms.callbacks import Receipt
from hampa.platform.sms.prices import price_of
from hampa.platform.texts.cleaning import without_surrogates
from hampa.platform.texts.rendering import render_text

CLAIM_AGAIN_SECONDS = 0.5
"""For so long at most a slow gateway keeps this worker from claiming more."""
GATHER_SECONDS = 0.01
"""For so long an answer waits for others, which are recorded with it: a quick gateway gives all of them in that time."""
FIRST_WINDOW = 4
"""The messages that a worker hands over at once before it has an answer: few go to a gateway that turns out to be dead."""
KEEP = timedelta(days=90)
KEEP_CONSOLE = timedelta(days=7)
DELETED_AT_ONCE = 5_000
VEIL = "•"
LONGEST_WORDS = 500
MAIL_LAYOUT = "layouts/mail.html"

log = logging.getLogger(__name__)

Recorded = tuple[ClaimedMessage, DeliveryResult]
"""A message with the result that is to be recorded."""
Heard = tuple[Gateway, Outcome]
"""What a gateway answered."""


@dataclass(frozen=True)
class PreparedMessage:
    """A message with its rendered content, its gateway, and the one that takes over."""

    message: ClaimedMessage
    content: Any
    gateways: Sequence[Gateway]


@jobs.register_poller
def send_due(queue: str, stopping: Stopping) -> int:
    """Send the due messages of a queue, as many side by side as the gateway takes, and return how many were handled.

    No more are claimed than can begin at once, so that a lease measures one call. A worker begins with a few at once, and
    hands over one after the other when one fails.
    """
    parallel = max(gateway.parallel for gateway in all_gateways().values())
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    pending: dict[Future[list[Heard]], PreparedMessage] = {}
    count, window, gate = 0, min(parallel, FIRST_WINDOW), Gate(queue)
    with ThreadPoolExecutor(parallel, "gateway") if parallel > 1 else _CallerExecutor() as executor:
        while True:
            claimed: list[ClaimedMessage] = []
            free = window - len(pending)
            if free * 2 >= window and not stopping():
                claimed = gate.claim(free)
                db.session.commit()
                claimed = _with_data(_wanted(claimed))
            count += len(claimed)
            for message in claimed:
                if (prepared := _prepare(message, gate)) is not None:
                    pending[executor.submit(_send, app, prepared)] = prepared
            if not claimed and not pending:
                return count
            if wait(pending, CLAIM_AGAIN_SECONDS, FIRST_COMPLETED).done:
                answered = wait(pending, GATHER_SECONDS).done
            else:
                answered = set()
            heard = [_cleaned(pending.pop(future), future.result()) for future in answered]
            window = _next_window(window, parallel, heard)
            _record([_result_of(*one) for one in heard], gate, [one for _prepared, found in heard for one in found])


def _cleaned(prepared: PreparedMessage, heard: Sequence[Heard]) -> tuple[PreparedMessage, list[Heard]]:
    """Return what gateways answered as it can be stored: they may quote a secret that they were sent."""
    secret = claims.secret_of(prepared.message)
    found = []
    for gateway, outcome in heard:
        error, provider_id = _storable(outcome.error), _storable(outcome.provider_id)
        if secret and error:
            error = error.replace(secret, VEIL * len(secret))
        is_same = (error, provider_id) == (outcome.error, outcome.provider_id)
        found.append((gateway, outcome if is_same else replace(outcome, error=error, provider_id=provider_id)))
    return prepared, found


def _next_window(window: int, parallel: int, heard: Sequence[tuple[PreparedMessage, list[Heard]]]) -> int:
    """Return how many messages to hand over at once: one more for each answer, one alone after a failure."""
    if any(outcome.cause is not Fault.MESSAGE for _prepared, found in heard for _gateway, outcome in found):
        return 1
    return min(parallel, window + len(heard))


class _CallerExecutor(Executor):
    """An executor that runs functions in the caller's thread."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call the function, and return its result as a future."""
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def _send(app: Flask, prepared: PreparedMessage) -> list[Heard]:
    """Hand a message over, to the second gateway too if the first refuses the account, and return the answers."""
    heard: list[Heard] = []
    with app.app_context():
        for gateway in prepared.gateways:
            try:
                outcome = gateway.send(prepared.content)
            except Exception as error:
                log.exception("the gateway %s failed", gateway.name)
                outcome = Outcome(Answer.UNKNOWN, error=f"{type(error).__name__} in the gateway")
            heard.append((gateway, outcome))
            if outcome.answer is not Answer.RETRY or outcome.cause is not Fault.ACCOUNT:
                break
    return heard


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
                ready.append(message if read is message.data else replace(message, data=read))
    return ready


def _data_of(messages: list[ClaimedMessage]) -> dict[uuid.UUID, dict[str, Any] | None]:
    """Return the data of messages (`queries.data_of`), and give the connection back."""
    try:
        return queries.data_of(messages)
    finally:
        db.session.rollback()


def _prepare(message: ClaimedMessage, gate: Gate) -> PreparedMessage | None:
    """Return the message ready to send, or record why it is not to be sent, or not yet, and return None."""
    result = check_before_sending(message, clock.now())
    if result is None:
        try:
            if (put_off := gate.put_off(message)) is not None:
                record(lambda: claims.put_back(message, *put_off))
                return None
            with i18n.use_locale(message.locale, message.timezone, message.calendar, message.units):
                content = get_kind(message.kind).compose(message)
            if content is not None:
                gateways = (ConsoleGateway(),) if message.is_demo else gate.gateways_of(message)
                if (seconds := _seconds_to_wait(gateways[0], content)) > 0:
                    until = clock.now() + timedelta(seconds=seconds)
                    record(lambda: claims.put_back_all(message, until, "others have their turn"))
                    return None
                return PreparedMessage(message, content, gateways)
            result = WITHDRAWN
        except Exception as error:
            log.exception("message %s can't be written", message.id)
            result = _unwritable(error)
    _record([(message, result)])
    return None


def _seconds_to_wait(gateway: Gateway, content: Any) -> float:
    """Return the seconds that a message waits for a place at a gateway that shares them out; 0 once it has one."""
    return cast(SharedGateway, gateway).begin(content) if _is_shared(type(gateway)) else 0.0


@cache
def _is_shared(kind: type[Gateway]) -> bool:
    """Return whether gateways of a class share out places: to ask it of a protocol takes as long as writing a message."""
    return issubclass(kind, SharedGateway)


def _unwritable(error: Exception) -> DeliveryResult:
    return DeliveryResult("failed", "failed", f"it can't be written: {type(error).__name__}")


def compose_sms(message: ClaimedMessage) -> SmsMessage:
    """Render an SMS."""
    secret = claims.secret_of(message)
    text = _text(message, secret)
    left = message.expires_at - clock.now() if message.expires_at is not None else None
    return SmsMessage(
        to=message.recipient,
        text=text,
        template=message.template,
        params=message.data if secret is None else {**message.data, "secret": secret},
        purpose=message.purpose,
        idempotency_key=str(message.id),
        veiled=_text(message, VEIL * len(secret)) if secret else text,
        valid_seconds=None if left is None else int(left.total_seconds()),
    )


def compose_mail(message: ClaimedMessage) -> MailMessage:
    """Render a mail."""
    secret = claims.secret_of(message)
    text = _text(message, secret)
    subject, _newline, body = text.partition("\n")
    veiled_body = (_text(message, VEIL * len(secret)) if secret else text).partition("\n")[2]
    return MailMessage(
        to=message.recipient,
        subject=subject.strip(),
        text=body.strip() + "\n",
        html=current_app.jinja_env.get_template(MAIL_LAYOUT).render(subject=subject, body=body),
        purpose=message.purpose,
        idempotency_key=str(message.id),
        veiled=veiled_body.strip() + "\n",
        unsubscribe=_unsubscribe_address(message),
    )


def _unsubscribe_address(message: ClaimedMessage) -> str:
    path = message.data.get("unsubscribe")
    return settings().base_url.rstrip("/") + path if path else ""


register_kind(MessageKind("sms", create_sms_gateway, compose_sms, phone.mask))
register_kind(MessageKind("mail", create_mail_gateway, compose_mail, addresses.mask))


def _text(message: ClaimedMessage, secret: str | None) -> str:
    values = {"secret": secret} if secret is not None else {}
    return render_text(message.template, data=message.data, to=message.recipient, **values)


def _result_of(prepared: PreparedMessage, heard: Sequence[Heard]) -> Recorded:
    message = prepared.message
    gateway, outcome = heard[-1]
    result = result_of_sending(message, outcome, clock.now())
    more: dict[str, Any] = {"provider": gateway.name, "provider_id": outcome.provider_id}
    if len(heard) > 1 and result.status == "sent":
        more["detail"] = f"{heard[0][0].name} had refused: {heard[0][1].error}"
    if isinstance(prepared.content, SmsMessage):
        parts = more["segments"] = segments.count(prepared.content.text)
        price = price_of(gateway.name, message.recipient, parts) if outcome.answer is Answer.TAKEN else None
        if price is not None:
            more |= {"price": price.amount, "currency": price.currency}
    return message, replace(result, **more)


def _storable(words: str | None) -> str | None:
    """Return words of a gateway as the database can keep them: what it refuses would lose the answers beside them."""
    return None if words is None else without_surrogates(words[:LONGEST_WORDS])


def _record(results: Sequence[Recorded], gate: Gate | None = None, heard: Sequence[Heard] = ()) -> None:
    """Record the results of messages, and what the gateways answered, by one commit."""
    for message, result in results:
        if result.status != "sent":
            log.warning("message %s (%s): %s, %s", message.id, message.purpose, result.what, result.detail)

    def write() -> set[uuid.UUID]:
        if gate is not None:
            gate.record(heard)
        return claims.record_results(results)

    held = record(write)
    for message, _result in results:
        if message.id not in held:
            log.warning("message %s: its lease had run out, another worker has it", message.id)


@jobs.job("outbox.hurry", every=timedelta(seconds=15))
def hurry_after_recovery() -> None:
    """Send at once what gateways had failed to take that work again."""
    for state in breaker.gateway_states():
        if state.failures == 0 and state.failed_at is not None and not state.is_open:
            claims.hurry(state.name, state.failed_at)
    db.session.commit()


@jobs.job("outbox.late_receipt")
def record_late_receipt(gateway: str, provider_id: str, state: str, error: str | None, message: str) -> None:
    """Record a receipt that came before its message was recorded as sent."""
    receipt = Receipt(provider_id, "delivered" if state == "delivered" else "undelivered", error, message)
    if not operating.record_receipt(gateway, receipt):
        log.warning("a receipt of %s is of no message that we know", gateway)
    db.session.commit()


@jobs.job("outbox.forget_messages", every=timedelta(hours=1))
def delete_old_messages() -> None:
    """Delete messages that ended some months ago, and console deliveries that are some days old."""
    operating.delete_old_messages(clock.now() - KEEP, DELETED_AT_ONCE)
    console.delete_before(clock.now() - KEEP_CONSOLE)
    db.session.commit()
