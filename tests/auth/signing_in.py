"""Going through the door, step by step."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import select

from hampa.outbox.actions.claims import KEY_PURPOSE
from hampa.outbox.models import OutboxMessage
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.security import crypto
from tests.page import Answer, Page


def ask(page: Page, phone: str, next: str | None = None, **more: object) -> Answer:
    """Type a number and press the button."""
    return page.post("/login", {"phone": phone} | ({"next": next} if next else {}), **more)


def codes_sent(phone: str, purpose: str = "sign_in") -> list[str]:
    """Return the codes for a purpose on their way to a number (E.164), oldest first."""
    rows = db.session.scalars(
        select(OutboxMessage.secret)
        .where(OutboxMessage.recipient == phone, OutboxMessage.purpose == f"{purpose}_code")
        .order_by(OutboxMessage.created_at)
    )
    return [crypto.decrypt(secret, KEY_PURPOSE) for secret in rows if secret]


def answer(page: Page, code: str, **more: object) -> Answer:
    """Type a code and press the button."""
    return page.post("/login/code", {"code": code}, **more)


def sign_in(page: Page, phone: str, **more: object) -> Answer:
    """Ask for a code and type it."""
    ask(page, phone, status=303, **more)
    return answer(page, codes_sent(phone)[-1], status=303, **more)


def wrong(code: str) -> str:
    """Six digits that are not these."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


@contextmanager
def ahead(**by: float) -> Iterator[None]:
    """Move the clock ahead."""
    with clock.shifted(timedelta(**by)):
        yield


def assert_too_fast(refused: Answer, seconds: tuple[int, int]) -> None:
    """429, with a wait between two numbers of seconds in the header, and words on the page."""
    assert refused.status == 429, refused.summary
    least, most = seconds
    assert least <= int(refused.response.headers["Retry-After"]) <= most
    assert re.search(r" in \d+ (second|min|h)", refused.words), refused.words
