"""What the tests of subscriptions share."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.payments.base import GatewayDown
from hampa.platform.payments.gateways import payment_gateway
from hampa.subscriptions.models import Payment, Subscription
from tests.page import Answer, Page

HOME = "/subscription"


def subscription_of(person: Person) -> Subscription | None:
    """Return the subscription of a person that has begun last."""
    db.session.expire_all()
    query = select(Subscription).where(Subscription.person_id == person.id)
    return db.session.scalars(query.order_by(Subscription.created_at.desc(), Subscription.id.desc())).first()


def payments_of(person: Person) -> list[Payment]:
    """Return the payments of a person, the first first."""
    db.session.expire_all()
    query = select(Payment).where(Payment.person_id == person.id)
    return list(db.session.scalars(query.order_by(Payment.created_at, Payment.id)))


def begin(page: Page, code: str) -> Answer:
    """Buy a plan as far as the gateway; return its page."""
    bought = page.get(f"{HOME}/buy/{code}", 200).form().submit()
    leading = bought.follow()
    return page.get(
        next(link for link in leading.links if "/dev/pay/" in link).removeprefix("http://localhost:5000"), 200
    )


def do(gateway: Answer, act: str) -> Answer:
    """Do something on the page of the sandbox, and come back from there."""
    left = gateway.page.post(gateway.url, {"act": act}, 303)
    return left if act == "vanish" else left.follow()


@pytest.fixture
def gateway_is_down(app: Flask, db_session: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that lets the gateway answer nothing, or answer again."""

    def refuse(*_args: Any) -> Any:
        raise GatewayDown("a test wants it so")

    def switch(*, down: bool) -> None:
        monkeypatch.undo()
        if down:
            for method in ("start", "verify", "give_back"):
                monkeypatch.setattr(type(payment_gateway()), method, refuse)

    return switch


def unknown() -> uuid.UUID:
    """Return an id that nothing has."""
    return uuid.uuid4()
