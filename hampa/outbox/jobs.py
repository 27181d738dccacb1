"""Sending: claim what is due, ask the gateway, record each answer.

Between claiming and recording no database connection is held. Each answer has a commit of its own: what a killed
worker leaves undecided are the messages that were at the gateway just then, and no others.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Protocol

from flask import Flask, current_app

from hampa.outbox import actions, delivery
from hampa.outbox.delivery import ClaimedMessage, DeliveryResult
from hampa.platform import clock, jobs
from hampa.platform.db import db
from hampa.platform.delivery import console
from hampa.platform.delivery.outcomes import Answer, Outcome
from hampa.platform.jobs import Stopping
from hampa.platform.jobs.leases import record
from hampa.platform.locale import i18n
from hampa.platform.mail import gateways as mail_gateways
from hampa.platform.mail.base import MailMessage
from hampa.platform.security import encryption
from hampa.platform.sms import gateways as sms_gateways, segments
from hampa.platform.sms.base import SmsMessage

LOOK_AGAIN_SECONDS = 0.5
"""A slow gateway keeps this worker no longer than so from looking for more."""
KEEP = timedelta(days=90)
KEEP_CONSOLE = timedelta(days=7)
FORGET_AT_ONCE = 5_000
VEIL = "•"
MAIL_LAYOUT = "layouts/mail.html"

log = logging.getLogger(__name__)


class Gateway(Protocol):
    """Whoever delivers a content."""

    name: str

    def send(self, message: Any, /) -> Outcome: ...


@dataclass(frozen=True)
class PreparedMessage:
    """A message with its text made, and who is to deliver it."""

    message: ClaimedMessage
    content: SmsMessage | MailMessage
    gateway: Gateway


@jobs.register_poller
def send_due(name: str, stopping: Stopping) -> int:
    """Send what is due in a queue, as many side by side as the gateway takes; how many were dealt with.

    No more are taken than can begin at once, so that a lease measures one call.
    """
    side_by_side = max(sms_gateways.chosen().parallel, mail_gateways.chosen().parallel)
    send = _sender(current_app._get_current_object())  # type: ignore[attr-defined]
    pending: dict[Future[Outcome], PreparedMessage] = {}
    done = 0
    with _executor(side_by_side) as pool:
        while True:
            claimed: list[ClaimedMessage] = []
            free = side_by_side - len(pending)
            if free * 2 >= side_by_side and not stopping():
                claimed = actions.claim_due(name, free)
                db.session.commit()
            for message in claimed:
                prepared = _prepare(message)
                if prepared is not None:
                    pending[pool.submit(send, prepared)] = prepared
                else:
                    done += 1
            if not claimed and not pending:
                return done
            for answered in wait(pending, LOOK_AGAIN_SECONDS, FIRST_COMPLETED).done:
                _record_answer(pending.pop(answered), answered.result())
                done += 1


class _Here(Executor):
    """Runs what it is given in the caller's thread."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        answered: Future[Any] = Future()
        answered.set_result(fn(*args, **kwargs))
        return answered


def _executor(number: int) -> Executor:
    return ThreadPoolExecutor(number, "gateway") if number > 1 else _Here()


def _sender(app: Flask) -> Callable[[PreparedMessage], Outcome]:
    def send(prepared: PreparedMessage) -> Outcome:
        with app.app_context():
            try:
                return prepared.gateway.send(prepared.content)
            except Exception as reason:
                log.exception("the gateway %s failed", prepared.gateway.name)
                return Outcome(Answer.UNKNOWN, error=f"{type(reason).__name__} in the gateway")

    return send


def _prepare(message: ClaimedMessage) -> PreparedMessage | None:
    """The message ready to go; None when it is not to be sent, which has been written down then."""
    result = delivery.check_before_sending(message, clock.now())
    if result is not None:
        _record(message, result)
        return None
    try:
        content = _content(message)
    except Exception as reason:
        log.exception("message %s can't be written", message.id)
        _record(message, DeliveryResult("failed", "failed", f"it can't be written: {type(reason).__name__}"))
        return None
    gateways = mail_gateways if message.kind == "mail" else sms_gateways
    return PreparedMessage(message, content, gateways.console() if message.is_demo else gateways.chosen())


def _content(message: ClaimedMessage) -> SmsMessage | MailMessage:
    """Render the text as its recipient reads: language, time zone, calendar and units."""
    secret = encryption.unseal(message.secret, actions.SEALED_FOR) if message.secret is not None else None
    with i18n.use_locale(message.locale, message.timezone, message.calendar, message.units):
        text, veiled = _text(message, secret), _text(message, VEIL * len(secret) if secret else None)
        if message.kind == "mail":
            return _mail(message, text, veiled)
    return SmsMessage(
        to=message.recipient,
        text=text,
        template=message.template,
        params=message.data if secret is None else {**message.data, "secret": secret},
        purpose=message.purpose,
        idempotency_key=str(message.id),
        veiled=veiled,
    )


def _text(message: ClaimedMessage, secret: str | None) -> str:
    template = current_app.jinja_env.get_template(message.template)
    seen = {"secret": secret} if secret is not None else {}
    return template.render(data=message.data, to=message.recipient, **seen).strip()


def _mail(message: ClaimedMessage, text: str, veiled: str) -> MailMessage:
    subject, _line, body = text.partition("\n")
    html = current_app.jinja_env.get_template(MAIL_LAYOUT).render(subject=subject, body=body)
    return MailMessage(
        to=message.recipient,
        subject=subject.strip(),
        text=body.strip() + "\n",
        html=html,
        purpose=message.purpose,
        idempotency_key=str(message.id),
        veiled=veiled.partition("\n")[2].strip() + "\n",
    )


def _record_answer(prepared: PreparedMessage, outcome: Outcome) -> None:
    if prepared.message.secret is not None and outcome.error:
        # A gateway may quote what it was sent.
        secret = encryption.unseal(prepared.message.secret, actions.SEALED_FOR)
        outcome = replace(outcome, error=outcome.error.replace(secret, VEIL * len(secret)))
    result = delivery.result_of_sending(prepared.message, outcome, clock.now())
    parts = segments.count(prepared.content.text) if isinstance(prepared.content, SmsMessage) else None
    _record(
        prepared.message,
        replace(result, provider=prepared.gateway.name, provider_id=outcome.provider_id, segments=parts),
    )


def _record(message: ClaimedMessage, result: DeliveryResult) -> None:
    if result.status != "sent":
        log.warning("message %s (%s): %s, %s", message.id, message.purpose, result.what, result.detail)
    if not record(lambda: actions.record_result(message, result)):
        log.warning("message %s: its lease had run out, another worker has it", message.id)


@jobs.job("outbox.forget_messages", every=timedelta(hours=1))
def forget_messages() -> None:
    """Delete messages that ended some months ago, and what the console delivered some days ago."""
    actions.forget_messages(clock.now() - KEEP, FORGET_AT_ONCE)
    console.forget(clock.now() - KEEP_CONSOLE)
    db.session.commit()
