"""Plans, subscriptions with their history, and payments."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0150_subscriptions"
down_revision = "0143_coach_summaries"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
ALLOWANCES = ("cards_in_full", "pending_interests", "own_cards", "sms_a_month", "summaries_a_month")
STATES = "('ACTIVE', 'CANCELED', 'PAST_DUE', 'EXPIRED')"
PAYMENT_STATES = "('NEW', 'OPEN', 'PAID', 'FAILED', 'TO_REFUND', 'REFUNDING', 'REFUNDED')"
REASONS = "('gateway_down', 'gateway_refused', 'not_paid', 'other_amount', 'person_gone', 'nothing_to_buy')"
CHANGES = "('started', 'renewed', 'switched', 'cancelled', 'resumed', 'late', 'ended', 'given', 'extended', 'refunded')"


def _record(changes: bool = True) -> list[sa.Column]:
    columns = [sa.Column("created_at", MOMENT, server_default=NOW, nullable=False)]
    if changes:
        columns += [
            sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
            sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        ]
    return columns


def _refers(table: str, column: str, target: str, fate: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), ondelete=fate)


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _create_plans() -> None:
    table = "subscription_plans"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_fa", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in ALLOWANCES),
        sa.Column("retired_at", MOMENT, nullable=True),
        *_record(),
        _check(table, "code", "code ~ '^[a-z][a-z0-9-]{1,29}$'"),
        _check(table, "currency", "currency ~ '^[A-Z]{3}$'"),
        _check(table, "names", "char_length(name_fa) BETWEEN 1 AND 60 AND char_length(name_en) BETWEEN 1 AND 60"),
        _check(
            table,
            "price",
            "CASE WHEN code = 'free' THEN months IS NULL AND price = 0 AND retired_at IS NULL "
            "ELSE months BETWEEN 1 AND 36 AND price > 0 END",
        ),
        _check(table, "allowances", " AND ".join(f"{name} >= 0" for name in ALLOWANCES)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription_plans")),
        sa.UniqueConstraint("code", name=op.f("uq_subscription_plans_code")),
    )


def _create_subscriptions() -> None:
    table = "subscriptions"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=True),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("allowances", JSONB(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=True),
        sa.Column("gateway_id", sa.Text(), nullable=True),
        sa.Column("reminded", sa.SmallInteger(), nullable=True),
        *_record(),
        _check(table, "state", f"state IN {STATES}"),
        _check(table, "gateway", "(gateway IS NULL) = (gateway_id IS NULL)"),
        _check(table, "times", "ends_at > starts_at OR state = 'EXPIRED'"),
        _check(table, "open_ended", "state = 'ACTIVE' OR ends_at IS NOT NULL"),
        _refers(table, "person_id", "people", "CASCADE"),
        _refers(table, "plan_id", "subscription_plans", "RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
    )
    running = sa.text("state <> 'EXPIRED'")
    op.create_index("uq_subscriptions_running", table, ["person_id"], unique=True, postgresql_where=running)
    op.create_index(
        "uq_subscriptions_gateway",
        table,
        ["gateway", "gateway_id"],
        unique=True,
        postgresql_where=sa.text("gateway IS NOT NULL"),
    )
    op.create_index("ix_subscriptions_ends_at", table, ["ends_at"], postgresql_where=running)
    op.create_index("ix_subscriptions_created_at", table, ["created_at", "id"])
    op.create_index("ix_subscriptions_person_id", table, ["person_id"])
    op.create_index("ix_subscriptions_plan_id", table, ["plan_id"])


def _create_payments() -> None:
    table = "subscription_payments"
    op.execute(sa.schema.CreateSequence(sa.Sequence("subscription_receipts")))
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=True),
        sa.Column("plan_name_fa", sa.Text(), nullable=False),
        sa.Column("plan_name_en", sa.Text(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="NEW", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("gateway_id", sa.Text(), nullable=True),
        sa.Column("checkout_url", sa.Text(), nullable=True),
        sa.Column("reference", sa.Text(), server_default="", nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("paid_at", MOMENT, nullable=True),
        sa.Column("granted_seconds", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refunded_at", MOMENT, nullable=True),
        sa.Column("refunded_by_id", sa.Uuid(), nullable=True),
        sa.Column("refund_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("next_check_at", MOMENT, nullable=True),
        sa.Column("checks", sa.Integer(), server_default="0", nullable=False),
        *_record(),
        _check(table, "state", f"state IN {PAYMENT_STATES}"),
        _check(table, "reason", f"reason IN {REASONS}"),
        _check(table, "amount", "amount > 0"),
        _check(table, "gateway_id", "state = 'NEW' OR state = 'FAILED' OR gateway_id IS NOT NULL"),
        _check(table, "number", "(number IS NULL) = (paid_at IS NULL)"),
        _check(table, "refund_reason_length", "char_length(refund_reason) <= 300"),
        _refers(table, "person_id", "people", "SET NULL"),
        _refers(table, "plan_id", "subscription_plans", "RESTRICT"),
        _refers(table, "subscription_id", "subscriptions", "SET NULL"),
        _refers(table, "refunded_by_id", "people", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription_payments")),
        sa.UniqueConstraint("number", name=op.f("uq_subscription_payments_number")),
    )
    for name, columns, where, unique in (
        ("uq_subscription_payments_gateway", ["gateway", "gateway_id"], "gateway_id IS NOT NULL", True),
        ("uq_subscription_payments_open", ["person_id", "plan_id"], "state IN ('NEW', 'OPEN')", True),
        ("ix_subscription_payments_reference", ["gateway", "reference"], "reference <> ''", False),
        ("ix_subscription_payments_next_check_at", ["next_check_at"], "next_check_at IS NOT NULL", False),
        ("ix_subscription_payments_refunded_by_id", ["refunded_by_id"], "refunded_by_id IS NOT NULL", False),
    ):
        op.create_index(name, table, columns, unique=unique, postgresql_where=sa.text(where))
    op.create_index("ix_subscription_payments_person_id", table, ["person_id", "created_at", "id"])
    op.create_index("ix_subscription_payments_plan_id", table, ["plan_id"])
    op.create_index("ix_subscription_payments_subscription_id", table, ["subscription_id"])
    op.create_index("ix_subscription_payments_created_at", table, ["created_at", "id"])


def _create_changes() -> None:
    table = "subscription_changes"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("state_before", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ends_at_before", MOMENT, nullable=True),
        sa.Column("ends_at", MOMENT, nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        *_record(changes=False),
        _check(table, "change", f"change IN {CHANGES}"),
        _check(table, "state", f"state IN {STATES}"),
        _check(table, "state_before", f"state_before IN {STATES}"),
        _check(table, "reason_length", "char_length(reason) <= 300"),
        _refers(table, "subscription_id", "subscriptions", "CASCADE"),
        _refers(table, "actor_id", "people", "SET NULL"),
        _refers(table, "payment_id", "subscription_payments", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription_changes")),
    )
    op.create_index("ix_subscription_changes_subscription_id", table, ["subscription_id", "created_at", "id"])
    for column in ("actor_id", "payment_id"):
        where = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"ix_subscription_changes_{column}", table, [column], postgresql_where=where)


def upgrade() -> None:
    _create_plans()
    _create_subscriptions()
    _create_payments()
    _create_changes()


def downgrade() -> None:
    for table in ("subscription_changes", "subscription_payments", "subscriptions", "subscription_plans"):
        op.drop_table(table)
    op.execute(sa.schema.DropSequence(sa.Sequence("subscription_receipts")))
