"""Limits of templates of plans, and giving them to many athletes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0137_coaching_templates"
down_revision = "0150_subscriptions"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")


def upgrade() -> None:
    op.create_check_constraint(
        op.f("ck_coaching_templates_sessions"), "coaching_templates", "jsonb_array_length(sessions) <= 600"
    )
    op.create_check_constraint(
        op.f("ck_coaching_templates_milestones"), "coaching_templates", "jsonb_array_length(milestones) <= 50"
    )
    op.create_table(
        "coaching_givings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("coach_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("has_race", sa.Boolean(), nullable=False),
        sa.Column("sessions", JSONB(), nullable=False),
        sa.Column("milestones", JSONB(), nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 100", name=op.f("ck_coaching_givings_name_length")),
        sa.ForeignKeyConstraint(
            ["coach_id"], ["people.id"], name=op.f("fk_coaching_givings_coach_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coaching_givings")),
    )
    op.create_index("ix_coaching_givings_coach_id", "coaching_givings", ["coach_id", "created_at", "id"])
    op.create_table(
        "coaching_giving_results",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("giving_id", sa.Uuid(), nullable=False),
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.Column("left_out", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.CheckConstraint(
            "outcome IN ('waiting', 'given', 'not_yours', 'not_allowed', 'not_active', 'too_many')",
            name=op.f("ck_coaching_giving_results_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["giving_id"],
            ["coaching_givings.id"],
            name=op.f("fk_coaching_giving_results_giving_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["athlete_id"],
            ["coaching_athletes.id"],
            name=op.f("fk_coaching_giving_results_athlete_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["training_plans.id"], name=op.f("fk_coaching_giving_results_plan_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coaching_giving_results")),
        sa.UniqueConstraint("giving_id", "athlete_id", name=op.f("uq_coaching_giving_results_giving_id_athlete_id")),
    )
    op.create_index("ix_coaching_giving_results_athlete_id", "coaching_giving_results", ["athlete_id"])
    op.create_index("ix_coaching_giving_results_plan_id", "coaching_giving_results", ["plan_id"])


def downgrade() -> None:
    op.drop_table("coaching_giving_results")
    op.drop_table("coaching_givings")
    for name in ("milestones", "sessions"):
        op.drop_constraint(op.f(f"ck_coaching_templates_{name}"), "coaching_templates")
