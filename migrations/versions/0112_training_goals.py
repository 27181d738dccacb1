"""Goals of training."""

import sqlalchemy as sa
from alembic import op

revision = "0112_training_goals"
down_revision = "0101_appeals"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
KINDS = "kind IN ('run', 'trail', 'walk', 'hike', 'ride', 'swim', 'strength', 'mobility', 'other')"


def upgrade() -> None:
    op.create_table(
        "training_goals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("target", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("metric IN ('distance', 'time', 'climb', 'times')", name=op.f("ck_training_goals_metric")),
        sa.CheckConstraint("period IN ('week', 'month', 'until')", name=op.f("ck_training_goals_period")),
        sa.CheckConstraint("target BETWEEN 1 AND 100000000", name=op.f("ck_training_goals_target")),
        sa.CheckConstraint(f"kind = '' OR {KINDS}", name=op.f("ck_training_goals_kind")),
        sa.CheckConstraint("(period = 'until') = (ends_on IS NOT NULL)", name=op.f("ck_training_goals_ends")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_training_goals_dates")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_training_goals_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["training_plans.id"], name=op.f("fk_training_goals_plan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_goals")),
    )
    op.create_index("ix_training_goals_person_id", "training_goals", ["person_id", "created_at", "id"])
    op.create_index("ix_training_goals_plan_id", "training_goals", ["plan_id"])


def downgrade() -> None:
    op.drop_table("training_goals")
