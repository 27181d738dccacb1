"""Sending: take what is due, ask the gateway, write down each answer.

Between taking and writing down no database connection is held. Each answer has a commit of its own: what a killed
worker leaves undecided are the messages that were at the gateway just then, and no others.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Protocol

from flask import Flask, current_app
from sqlalchemy.exc import OperationalError

from hampa.outbox import actions, delivery
from hampa.outbox.delivery import Taken, Verdict
from hampa.platform import clock, console, i18n, queue, sealing
from hampa.platform.answers import Answer, Outcome
from hampa.platform.db import db
from hampa.platform.mail import gateways as mail_gateways
from hampa.platform.mail.base import MailMessage
from hampa.platform.queue import Stopping
from hampa.platform.sms import gateways as sms_gateways, segments
from hampa.platform.sms.base import SmsMessage

LOOK_AGAIN_SECONDS = 0.5
"""A slow gateway keeps this worker no longer than so from looking for more."""
DATABASE_PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between tries to write an answer down while the database is away; together well within the lease."""
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
class Letter:
    """A message with its text made, and who is to deliver it."""

    message: Taken
    content: SmsMessage | MailMessage
    gateway: Gateway


@queue.on_look
def send_due(name: str, stopping: Stopping) -> int:
    """Send what is due in a queue, as many side by side as the gateway takes; how many were dealt with.

    No more are taken than can begin at once, so that a lease measures one call.
    """
    side_by_side = max(sms_gateways.chosen().parallel, mail_gateways.chosen().parallel)
    ask = _asking(current_app._get_current_object())  # type: ignore[attr-defined]
    asked: dict[Future[Outcome], Letter] = {}
    done = 0
    with _side_by_side(side_by_side) as pool:
        while True:
            taken: list[Taken] = []
            free = side_by_side - len(asked)
            if free * 2 >= side_by_side and not stopping():
                taken = actions.take_due(name, free)
                db.session.commit()
            for message in taken:
                letter = _letter(message)
                if letter is not None:
                    asked[pool.submit(ask, letter)] = letter
                else:
                    done += 1
            if not taken and not asked:
                return done
            for answered in wait(asked, LOOK_AGAIN_SECONDS, FIRST_COMPLETED).done:
                _write_down_answer(asked.pop(answered), answered.result())
                done += 1


class _Here(Executor):
    """Runs what it is given in the caller's thread."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        answered: Future[Any] = Future()
        answered.set_result(fn(*args, **kwargs))
        return answered


def _side_by_side(number: int) -> Executor:
    return ThreadPoolExecutor(number, "gateway") if number > 1 else _Here()


def _asking(app: Flask) -> Callable[[Letter], Outcome]:
    def ask(letter: Letter) -> Outcome:
        with app.app_context():
            try:
                return letter.gateway.send(letter.content)
            except Exception as reason:
                log.exception("the gateway %s failed", letter.gateway.name)
                return Outcome(Answer.UNKNOWN, error=f"{type(reason).__name__} in the gateway")

    return ask


def _letter(message: Taken) -> Letter | None:
    """The message ready to go; None when it is not to be sent, which has been written down then."""
    verdict = delivery.before_sending(message, clock.now())
    if verdict is not None:
        _write_down(message, verdict)
        return None
    try:
        content = _content(message)
    except Exception as reason:
        log.exception("message %s can't be written", message.id)
        _write_down(message, Verdict("failed", "failed", f"it can't be written: {type(reason).__name__}"))
        return None
    gateways = mail_gateways if message.kind == "mail" else sms_gateways
    return Letter(message, content, gateways.console() if message.is_demo else gateways.chosen())


def _content(message: Taken) -> SmsMessage | MailMessage:
    """Render the text as its recipient reads: language, time zone, calendar and units."""
    secret = sealing.unseal(message.secret, actions.SEALED_FOR) if message.secret is not None else None
    with i18n.speaking(message.locale, message.timezone, message.calendar, message.units):
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


def _text(message: Taken, secret: str | None) -> str:
    template = current_app.jinja_env.get_template(message.template)
    seen = {"secret": secret} if secret is not None else {}
    return template.render(data=message.data, to=message.recipient, **seen).strip()


def _mail(message: Taken, text: str, veiled: str) -> MailMessage:
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


def _write_down_answer(letter: Letter, outcome: Outcome) -> None:
    if letter.message.secret is not None and outcome.error:
        # A gateway may quote what it was sent.
        secret = sealing.unseal(letter.message.secret, actions.SEALED_FOR)
        outcome = replace(outcome, error=outcome.error.replace(secret, VEIL * len(secret)))
    verdict = delivery.after_sending(letter.message, outcome, clock.now())
    parts = segments.count(letter.content.text) if isinstance(letter.content, SmsMessage) else None
    _write_down(
        letter.message,
        replace(verdict, provider=letter.gateway.name, provider_id=outcome.provider_id, segments=parts),
    )


def _write_down(message: Taken, verdict: Verdict) -> None:
    """Commit what became of a message; it is worth waiting for a database that is away for a moment."""
    if verdict.status != "sent":
        log.warning("message %s (%s): %s, %s", message.id, message.purpose, verdict.what, verdict.detail)
    for pause in (*DATABASE_PAUSES, None):
        try:
            if not actions.conclude(message, verdict):
                log.warning("message %s: its lease had run out, another worker has it", message.id)
            db.session.commit()
            return
        except OperationalError:
            db.session.rollback()
            if pause is None:
                raise
            log.warning("message %s: its result could not be recorded, trying again", message.id, exc_info=True)
            time.sleep(pause)


@queue.job("outbox.forget_messages", every=timedelta(hours=1))
def forget_messages() -> None:
    """Delete messages that ended some months ago, and what the console delivered some days ago."""
    actions.forget_messages(clock.now() - KEEP, FORGET_AT_ONCE)
    console.forget(clock.now() - KEEP_CONSOLE)
    db.session.commit()
