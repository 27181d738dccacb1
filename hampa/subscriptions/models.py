"""Tables of plans, subscriptions with their history, and payments."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Sequence, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db, one_of
from hampa.platform.errors import Refused
from hampa.platform.locale.i18n import get_locale_code, lazy_gettext as _l
from hampa.platform.row_versions import changes_with

PLANS: Final = "subscription_plans"
"""The name of the version of the plans (`platform.versions`)."""
FREE: Final = "free"
"""The code of the plan of all who have no other. Without it nobody is limited."""
ALLOWANCES: Final[Mapping[str, Any]] = {
    "cards_in_full": _l("Cards seen in full, the newest first"),
    "pending_interests": _l("Requests that may wait for an answer"),
    "own_cards": _l("Cards of your own"),
    "sms_a_month": _l("SMS in 30 days to people in your runs"),
    "summaries_a_month": _l("Summaries by a language model in a month"),
}
"""What a plan allows, by the names of the columns, with words; None in a row is without a limit."""
STATES = ACTIVE, CANCELED, PAST_DUE, EXPIRED = ("ACTIVE", "CANCELED", "PAST_DUE", "EXPIRED")
RUNNING: Final = (ACTIVE, CANCELED, PAST_DUE)
GRACE: Final = timedelta(days=3)
REMINDERS: Final = (7, 1)
"""How many days before the end a reminder is sent."""
CHANGES = STARTED, RENEWED, SWITCHED, CANCELLED, RESUMED, LATE, ENDED, GIVEN, EXTENDED, REFUNDED = (
    "started",
    "renewed",
    "switched",
    "cancelled",
    "resumed",
    "late",
    "ended",
    "given",
    "extended",
    "refunded",
)
"""What happened to a subscription."""
PAYMENT_STATES = NEW, OPEN, PAID, FAILED, TO_REFUND, REFUNDING, PAYMENT_REFUNDED = (
    "NEW",
    "OPEN",
    "PAID",
    "FAILED",
    "TO_REFUND",
    "REFUNDING",
    "REFUNDED",
)
"""NEW: no gateway has it yet; OPEN: at the gateway; TO_REFUND: paid, and good for nothing; REFUNDING: being given back."""
UNPAID: Final = (NEW, OPEN, FAILED)
"""States in which the gateway may still say that it was paid: people pay late, and after they went away."""
REASONS = GATEWAY_DOWN, GATEWAY_REFUSED, NOT_PAID, OTHER_AMOUNT, PERSON_GONE, NOTHING_TO_BUY = (
    "gateway_down",
    "gateway_refused",
    "not_paid",
    "other_amount",
    "person_gone",
    "nothing_to_buy",
)
"""Why a payment failed, or is to be given back."""
MOST_MONTHS: Final = 36
LONGEST_NAME, LONGEST_REASON = 60, 300
RECEIPT_NUMBERS: Final = Sequence("subscription_receipts")


class PlanLimit(Refused):
    """The plan does not allow it; the page with its words leads to where one reads what plans allow."""

    leads_to = "subscriptions.overview"


class SubscriptionPlan(Record, Changing, db.Model):
    """A plan that the operator sells; the one with the code `FREE` is that of everybody else.

    `price` is in the smallest unit of the currency (ISO 4217). What is None has no limit. A plan that is retired is sold
    no more, and goes on for those who have it.
    """

    __tablename__ = "subscription_plans"
    __table_args__ = (
        CheckConstraint("code ~ '^[a-z][a-z0-9-]{1,29}$'", name="code"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        CheckConstraint(
            f"char_length(name_fa) BETWEEN 1 AND {LONGEST_NAME} AND char_length(name_en) BETWEEN 1 AND {LONGEST_NAME}",
            name="names",
        ),
        CheckConstraint(
            f"CASE WHEN code = '{FREE}' THEN months IS NULL AND price = 0 AND retired_at IS NULL "
            f"ELSE months BETWEEN 1 AND {MOST_MONTHS} AND price > 0 END",
            name="price",
        ),
        CheckConstraint(" AND ".join(f"{name} >= 0" for name in ALLOWANCES), name="allowances"),
    )

    code: Mapped[str] = mapped_column(unique=True)
    name_fa: Mapped[str]
    name_en: Mapped[str]
    price: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    months: Mapped[int | None]
    cards_in_full: Mapped[int | None]
    pending_interests: Mapped[int | None]
    own_cards: Mapped[int | None]
    sms_a_month: Mapped[int | None]
    summaries_a_month: Mapped[int | None]
    retired_at: Mapped[datetime | None]

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return self.name_fa if get_locale_code() == "fa" else self.name_en

    @property
    def allowances(self) -> dict[str, int | None]:
        """What it allows, by the names of `ALLOWANCES`."""
        return {name: getattr(self, name) for name in ALLOWANCES}


changes_with(SubscriptionPlan, lambda _plan: PLANS, for_all=PLANS)


class Subscription(Record, Changing, db.Model):
    """A person's subscription to a plan, of which at most one is running.

    `ends_at` is None until it is cancelled. `price`, `currency`, `months` and `allowances` are those of the plan when it was
    last paid: what was paid for is kept when operators change the plan. `reminded` is the last reminder of this end, in
    days before it.
    """

    __tablename__ = "subscriptions"
    __table_args__ = (
        CheckConstraint(one_of("state", STATES), name="state"),
        CheckConstraint("(gateway IS NULL) = (gateway_id IS NULL)", name="gateway"),
        CheckConstraint("ends_at > starts_at OR state = 'EXPIRED'", name="times"),
        CheckConstraint("state = 'ACTIVE' OR ends_at IS NOT NULL", name="open_ended"),
        Index("uq_subscriptions_running", "person_id", unique=True, postgresql_where="state <> 'EXPIRED'"),
        Index("uq_subscriptions_gateway", "gateway", "gateway_id", unique=True, postgresql_where="gateway IS NOT NULL"),
        Index("ix_subscriptions_ends_at", "ends_at", postgresql_where="state <> 'EXPIRED'"),
        Index("ix_subscriptions_created_at", "created_at", "id"),
        Index("ix_subscriptions_person_id", "person_id"),
        Index("ix_subscriptions_plan_id", "plan_id"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    plan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscription_plans.id", ondelete="RESTRICT"))
    state: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    price: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    months: Mapped[int]
    allowances: Mapped[dict[str, Any]]
    gateway: Mapped[str | None]
    gateway_id: Mapped[str | None]
    reminded: Mapped[int | None] = mapped_column(SmallInteger)

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.state in RUNNING

    @property
    def is_late(self) -> bool:
        """Whether its end has passed, and the days of grace run."""
        return self.state == PAST_DUE

    @property
    def is_cancelled(self) -> bool:
        """Whether it was cancelled, and is kept until its end."""
        return self.state == CANCELED

    @property
    def grace_ends_at(self) -> datetime | None:
        """When the days of grace are over."""
        return self.ends_at + GRACE if self.ends_at else None


class SubscriptionChange(Record, db.Model):
    """A change in the history of a subscription: what it was, what it became, who did it and why."""

    __tablename__ = "subscription_changes"
    __table_args__ = (
        CheckConstraint(one_of("change", CHANGES), name="change"),
        CheckConstraint(one_of("state", STATES), name="state"),
        CheckConstraint(one_of("state_before", STATES), name="state_before"),
        CheckConstraint(f"char_length(reason) <= {LONGEST_REASON}", name="reason_length"),
        Index("ix_subscription_changes_subscription_id", "subscription_id", "created_at", "id"),
        Index("ix_subscription_changes_actor_id", "actor_id", postgresql_where="actor_id IS NOT NULL"),
        Index("ix_subscription_changes_payment_id", "payment_id", postgresql_where="payment_id IS NOT NULL"),
    )

    subscription_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriptions.id", ondelete="CASCADE"))
    change: Mapped[str]
    state_before: Mapped[str | None]
    state: Mapped[str]
    ends_at_before: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    actor_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    payment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("subscription_payments.id", ondelete="SET NULL"))
    reason: Mapped[str] = mapped_column(default="", server_default="")


class Payment(Record, Changing, db.Model):
    """A payment for a plan. It is kept for the books when its person is erased, without them.

    The names of the plan are those of when it was bought. `number` is that of the receipt, `granted_seconds` the time that
    it has added to the subscription, `next_check_at` when the worker asks the gateway about it again, after `checks`.
    """

    __tablename__ = "subscription_payments"
    __table_args__ = (
        CheckConstraint(one_of("state", PAYMENT_STATES), name="state"),
        CheckConstraint(one_of("reason", REASONS), name="reason"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("state = 'NEW' OR state = 'FAILED' OR gateway_id IS NOT NULL", name="gateway_id"),
        CheckConstraint("(number IS NULL) = (paid_at IS NULL)", name="number"),
        CheckConstraint(f"char_length(refund_reason) <= {LONGEST_REASON}", name="refund_reason_length"),
        Index(
            "uq_subscription_payments_gateway",
            "gateway",
            "gateway_id",
            unique=True,
            postgresql_where="gateway_id IS NOT NULL",
        ),
        Index(
            "uq_subscription_payments_open",
            "person_id",
            "plan_id",
            unique=True,
            postgresql_where="state IN ('NEW', 'OPEN')",
        ),
        Index("ix_subscription_payments_person_id", "person_id", "created_at", "id"),
        Index("ix_subscription_payments_plan_id", "plan_id"),
        Index("ix_subscription_payments_subscription_id", "subscription_id"),
        Index("ix_subscription_payments_created_at", "created_at", "id"),
        Index("ix_subscription_payments_reference", "gateway", "reference", postgresql_where="reference <> ''"),
        Index("ix_subscription_payments_next_check_at", "next_check_at", postgresql_where="next_check_at IS NOT NULL"),
        Index(
            "ix_subscription_payments_refunded_by_id", "refunded_by_id", postgresql_where="refunded_by_id IS NOT NULL"
        ),
    )

    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    plan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscription_plans.id", ondelete="RESTRICT"))
    subscription_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("subscriptions.id", ondelete="SET NULL"))
    plan_name_fa: Mapped[str]
    plan_name_en: Mapped[str]
    months: Mapped[int]
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    state: Mapped[str] = mapped_column(default=NEW, server_default=NEW)
    reason: Mapped[str | None]
    gateway: Mapped[str]
    gateway_id: Mapped[str | None]
    checkout_url: Mapped[str | None]
    reference: Mapped[str] = mapped_column(default="", server_default="")
    number: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    paid_at: Mapped[datetime | None]
    granted_seconds: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    refunded_at: Mapped[datetime | None]
    refunded_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    refund_reason: Mapped[str] = mapped_column(default="", server_default="")
    next_check_at: Mapped[datetime | None]
    checks: Mapped[int] = mapped_column(default=0, server_default="0")

    @property
    def plan_name(self) -> str:
        """The name of the plan in the reader's language."""
        return self.plan_name_fa if get_locale_code() == "fa" else self.plan_name_en

    @property
    def is_good(self) -> bool:
        """Whether it was paid, and bought what it was for."""
        return self.state == PAID

    @property
    def was_given_back(self) -> bool:
        """Whether its person has the money again."""
        return self.state == PAYMENT_REFUNDED

    @property
    def has_failed(self) -> bool:
        """Whether nothing was paid."""
        return self.state == FAILED

    @property
    def is_of_another_amount(self) -> bool:
        """Whether another amount came than the plan costs."""
        return self.reason == OTHER_AMOUNT

    @property
    def was_paid(self) -> bool:
        """Whether money was taken for it, given back or not."""
        return self.state not in UNPAID
