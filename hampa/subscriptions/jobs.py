"""Asking gateways about payments, and what becomes of subscriptions in time."""

import uuid
from datetime import timedelta

from hampa.platform.db import db
from hampa.platform.jobs import job
from hampa.platform.payments.base import GatewayDown, GatewayRefused
from hampa.platform.payments.gateways import payment_gateway
from hampa.subscriptions.actions import buying, holding, operating, seeds
from hampa.subscriptions.models import REFUNDING, REMINDERS
from hampa.subscriptions.queries.allowances import is_on
from hampa.subscriptions.queries.payments import payment_by_id

AT_ONCE = 10
"""Payments of one round: each takes as long as the gateway may take."""


@job("subscriptions.check", tries=2)
def check(payment_id: uuid.UUID) -> None:
    """Ask the gateway about one payment, or to give it back; the next round does what fails here."""
    payment = payment_by_id(payment_id)
    gateway = payment_gateway()
    gateway_id, amount, currency = payment.gateway_id, payment.amount, payment.currency
    gives_back, reference = payment.state == REFUNDING, payment.reference
    is_ours = payment.gateway == gateway.name
    db.session.commit()  # no connection is held while the gateway is asked
    if gateway_id is None or not is_ours:
        return
    try:
        if gives_back:
            gateway.give_back(gateway_id, reference, f"refund-{payment_id}")
            operating.note_given_back(payment_id)
        else:
            buying.settle(payment_id, gateway.verify(gateway_id, amount, currency))
    except GatewayDown:
        db.session.rollback()
        return
    except GatewayRefused:
        operating.note_not_given_back(payment_id)
    db.session.commit()


@job("subscriptions.reconcile", every=timedelta(minutes=1))
def reconcile() -> None:
    """Ask about payments of which nobody came back, and which the gateway told nothing about."""
    if is_on():
        claimed = buying.claim_due_checks(AT_ONCE)
        db.session.commit()
        for payment_id in claimed:
            check(payment_id)


@job("subscriptions.move_on", every=timedelta(minutes=5))
def move_on() -> None:
    """Send the reminders that are due, and move subscriptions on whose time is over; nothing while they are off."""
    if not is_on():
        return
    for days in sorted(REMINDERS):
        while holding.remind(days):
            db.session.commit()
    while holding.move_on():
        db.session.commit()
    db.session.commit()


@job("subscriptions.seed", every=timedelta(days=1))
def ensure_first_plans() -> None:
    """Make the first plans if there are none."""
    if is_on():
        seeds.ensure_first_plans()
        db.session.commit()
