"""What language models were asked on a day, and what it cost."""

import sqlalchemy as sa
from alembic import op

revision = "0157_model_days"
down_revision = "0161_coaching_on_timelines"
branch_labels = None
depends_on = None

FAILURES = ("quota", "busy", "away", "unusable", "rejected")


def upgrade() -> None:
    known = ", ".join(f"'{name}'" for name in FAILURES)
    op.create_table(
        "model_days",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("failure", sa.Text(), server_default="", nullable=False),
        sa.Column("currency", sa.Text(), server_default="", nullable=False),
        sa.Column("calls", sa.Integer(), server_default="0", nullable=False),
        sa.Column("input_tokens", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("cost", sa.Numeric(20, 8), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(f"failure = '' OR failure IN ({known})", name=op.f("ck_model_days_failure")),
        sa.CheckConstraint("calls >= 0", name=op.f("ck_model_days_calls")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_days")),
        sa.UniqueConstraint(
            "day", "model", "failure", "currency", name=op.f("uq_model_days_day_model_failure_currency")
        ),
    )
    # What was asked before is known by month and person alone: it is counted on the first day of its month.
    op.execute(
        """
        INSERT INTO model_days (id, day, model, calls, input_tokens, output_tokens)
        SELECT gen_random_uuid(), month, 'unknown', sum(calls), sum(input_tokens), sum(output_tokens)
        FROM coach_summary_uses GROUP BY month HAVING sum(calls) > 0
        """
    )


def downgrade() -> None:
    op.drop_table("model_days")
