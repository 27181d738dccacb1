"""Gateways that rest, receipts of messages, what they cost, and two more kinds of messages."""

import sqlalchemy as sa
from alembic import op

revision = "0060_gateways"
down_revision = "0056_messages"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
MESSAGES = "outbox_messages"
PHONE = r"recipient ~ '^\+[1-9][0-9]{6,14}$'"
ADDRESS = "recipient ~ '^[^@[:space:][:cntrl:]]+@[^@[:space:][:cntrl:]]+$'"
CHECKS = {
    "kind": "kind IN ('sms', 'mail', 'push', 'webhook')",
    "recipient": f"CASE kind WHEN 'sms' THEN {PHONE} WHEN 'mail' THEN {ADDRESS} ELSE recipient <> '' END",
    "receipt": "receipt IN ('delivered', 'undelivered')",
    "price": "(price IS NULL) = (currency IS NULL)",
}


def upgrade() -> None:
    op.create_table(
        "gateway_states",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failed_at", MOMENT, nullable=True),
        sa.Column("rests_until", MOMENT, nullable=True),
        sa.Column("rest_seconds", sa.Integer(), nullable=True),
        sa.Column("probe_until", MOMENT, nullable=True),
        sa.Column("opened_at", MOMENT, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_states")),
        sa.UniqueConstraint("name", name=op.f("uq_gateway_states_name")),
    )
    for column in (
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("receipt_at", MOMENT, nullable=True),
        sa.Column("price", sa.Numeric(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
    ):
        op.add_column(MESSAGES, column)
    for name in ("kind", "recipient"):
        op.drop_constraint(f"ck_{MESSAGES}_{name}", MESSAGES)
    for name, check in CHECKS.items():
        # Rows that are there meet the wider rules already; their validation below keeps no writer waiting.
        op.execute(f"ALTER TABLE {MESSAGES} ADD CONSTRAINT ck_{MESSAGES}_{name} CHECK ({check}) NOT VALID")


def downgrade() -> None:
    op.execute("DELETE FROM outbox_messages WHERE kind NOT IN ('sms', 'mail')")
    for name in CHECKS:
        op.drop_constraint(f"ck_{MESSAGES}_{name}", MESSAGES)
    op.create_check_constraint(op.f(f"ck_{MESSAGES}_kind"), MESSAGES, "kind IN ('sms', 'mail')")
    op.create_check_constraint(
        op.f(f"ck_{MESSAGES}_recipient"), MESSAGES, f"CASE kind WHEN 'sms' THEN {PHONE} ELSE {ADDRESS} END"
    )
    for column in ("receipt", "receipt_at", "price", "currency"):
        op.drop_column(MESSAGES, column)
    op.drop_table("gateway_states")
