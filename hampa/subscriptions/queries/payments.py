"""Questions about payments."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select

from hampa.people.models import Person
from hampa.people.queries import PersonSummary, summary_columns
from hampa.platform import clock
from hampa.platform.db import db, scalar_or_404
from hampa.platform.statements import built_once
from hampa.platform.web.paging import Page, decode, rows_after, select_page
from hampa.subscriptions.models import NEW, OPEN, TO_REFUND, UNPAID, Payment, Subscription

A_PAGE = 20


def payments_of(person: Person, after: str | None = None, size: int = A_PAGE) -> Page[Payment]:
    """Return a page of what a person has paid or tried to, the newest first."""
    moment, last_id = decode(after, datetime, uuid.UUID) or (None, None)
    rows = _payments(person.id, size + 1, moment, last_id, goes_on=moment is not None).scalars().all()
    return Page.of(rows, size, lambda row: (row.created_at, row.id))


@built_once
def _payments(
    person_id: uuid.UUID, most: int, moment: datetime | None, last_id: uuid.UUID | None, *, goes_on: bool
) -> Any:
    query = select(Payment).where(Payment.person_id == person_id)
    return rows_after(
        query, (Payment.created_at, Payment.id), (moment, last_id), most, goes_on=goes_on, descending=True
    )


def payment_of(person: Person, payment_id: uuid.UUID) -> Payment:
    """Return one of a person's payments. Raise NotFound."""
    return scalar_or_404(select(Payment).where(Payment.id == payment_id, Payment.person_id == person.id))


def payment_by_id(payment_id: uuid.UUID) -> Payment:
    """Return a payment, whoever asks: its id is known to its person, and to the gateway. Raise NotFound."""
    return scalar_or_404(select(Payment).where(Payment.id == payment_id))


def payments_for(subscription: Subscription) -> Sequence[Payment]:
    """Return the payments of a subscription, the newest first."""
    query = select(Payment).where(Payment.subscription_id == subscription.id, Payment.state.not_in(UNPAID))
    return db.session.scalars(query.order_by(Payment.created_at.desc(), Payment.id.desc()).limit(50)).all()


def payments_page(state: str, after: str | None, size: int = A_PAGE) -> Page[Row[*tuple[Any, ...]]]:
    """Return a page of all payments with their people, for operators: those in a state, or all, the newest first."""
    query = select(Payment, summary_columns("payer")).outerjoin(Person, Person.id == Payment.person_id)
    if state:
        query = query.where(Payment.state == state)
    query = select_page(query, after, size, Payment.created_at, Payment.id, descending=True)
    return Page.of(db.session.execute(query).all(), size, lambda row: (row.Payment.created_at, row.Payment.id))


def payment_at(gateway: str, gateway_id: str) -> uuid.UUID | None:
    """Return the id of the payment that a gateway knows by its own id."""
    return db.session.scalar(select(Payment.id).where(Payment.gateway == gateway, Payment.gateway_id == gateway_id))


def payment_referred_to(gateway: str, reference: str) -> uuid.UUID | None:
    """Return the id of the payment that a gateway refers to."""
    query = select(Payment.id).where(Payment.gateway == gateway, Payment.reference == reference)
    return db.session.scalar(query.order_by(Payment.id).limit(1))


def open_payment(person_id: uuid.UUID, plan_id: uuid.UUID) -> Payment | None:
    """Return the payment for a plan that a person has begun."""
    query = select(Payment).where(
        Payment.person_id == person_id, Payment.plan_id == plan_id, Payment.state.in_((NEW, OPEN))
    )
    return db.session.scalar(query)


def due_checks(most: int) -> Sequence[Payment]:
    """Return payments that the gateway is to be asked about, locked; those that another worker has are left out."""
    query = select(Payment).where(Payment.next_check_at <= clock.now()).order_by(Payment.next_check_at).limit(most)
    return db.session.scalars(query.with_for_update(skip_locked=True)).all()


def to_refund() -> Select[Any]:
    """Return a SELECT of the payments that wait for an operator to give them back, to be counted."""
    return select(Payment.id).where(Payment.state == TO_REFUND)


def payer_of(payment: Payment) -> PersonSummary | None:
    """Return the person of a payment, None when they are erased."""
    person = db.session.get(Person, payment.person_id) if payment.person_id else None
    return None if person is None else PersonSummary(person.id, person.name, person.avatar)
