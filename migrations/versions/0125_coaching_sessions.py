"""Plans of athletes, their sessions, and templates of coaches."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0125_coaching_sessions"
down_revision = "0124_coaching"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
KINDS = "kind IN ('run', 'trail', 'walk', 'hike', 'ride', 'swim', 'strength', 'mobility', 'other')"


def upgrade() -> None:
    op.create_table(
        "coaching_plans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("athlete_id", sa.Uuid(), nullable=True),
        sa.Column("race_on", sa.Date(), nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["training_plans.id"], name=op.f("fk_coaching_plans_plan_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["athlete_id"], ["coaching_athletes.id"], name=op.f("fk_coaching_plans_athlete_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coaching_plans")),
        sa.UniqueConstraint("plan_id", name=op.f("uq_coaching_plans_plan_id")),
    )
    op.create_index("ix_coaching_plans_athlete_id", "coaching_plans", ["athlete_id", "plan_id"])
    op.create_index("ix_coaching_plans_race_on", "coaching_plans", ["race_on"])
    op.create_table(
        "coaching_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("distance_m", sa.Integer(), nullable=True),
        sa.Column("duration_s", sa.Integer(), nullable=True),
        sa.Column("effort", sa.SmallInteger(), nullable=True),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="planned", nullable=False),
        sa.Column("excuse", sa.Text(), server_default="", nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=True),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("done_distance_m", sa.Integer(), nullable=True),
        sa.Column("done_duration_s", sa.Integer(), nullable=True),
        sa.Column("felt_effort", sa.SmallInteger(), nullable=True),
        sa.Column("feeling", sa.Text(), server_default="", nullable=False),
        sa.Column("line", sa.Text(), server_default="", nullable=False),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(KINDS, name=op.f("ck_coaching_sessions_kind")),
        sa.CheckConstraint("distance_m BETWEEN 1 AND 1000000", name=op.f("ck_coaching_sessions_distance")),
        sa.CheckConstraint("duration_s BETWEEN 60 AND 172800", name=op.f("ck_coaching_sessions_duration")),
        sa.CheckConstraint("num_nonnulls(distance_m, duration_s) > 0", name=op.f("ck_coaching_sessions_measured")),
        sa.CheckConstraint("effort BETWEEN 1 AND 10", name=op.f("ck_coaching_sessions_effort")),
        sa.CheckConstraint("char_length(text) <= 500", name=op.f("ck_coaching_sessions_text_length")),
        sa.CheckConstraint("state IN ('planned', 'skipped', 'excused')", name=op.f("ck_coaching_sessions_state")),
        sa.CheckConstraint("(state = 'excused') = (excuse <> '')", name=op.f("ck_coaching_sessions_excused")),
        sa.CheckConstraint("excuse = '' OR excuse IN ('illness', 'travel')", name=op.f("ck_coaching_sessions_excuse")),
        sa.CheckConstraint("felt_effort BETWEEN 1 AND 10", name=op.f("ck_coaching_sessions_felt_effort")),
        sa.CheckConstraint(
            "feeling = '' OR feeling IN ('great', 'good', 'fair', 'heavy', 'bad')",
            name=op.f("ck_coaching_sessions_feeling"),
        ),
        sa.CheckConstraint("char_length(line) <= 300", name=op.f("ck_coaching_sessions_line_length")),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["training_plans.id"], name=op.f("fk_coaching_sessions_plan_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.id"], name=op.f("fk_coaching_sessions_activity_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coaching_sessions")),
    )
    op.create_index("ix_coaching_sessions_plan_id_day", "coaching_sessions", ["plan_id", "day", "id"])
    op.create_index("uq_coaching_sessions_activity_id", "coaching_sessions", ["activity_id"], unique=True)
    op.create_table(
        "coaching_templates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("coach_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sessions", JSONB(), nullable=False),
        sa.Column("milestones", JSONB(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 100", name=op.f("ck_coaching_templates_name_length")),
        sa.ForeignKeyConstraint(
            ["coach_id"], ["people.id"], name=op.f("fk_coaching_templates_coach_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coaching_templates")),
    )
    op.create_index("ix_coaching_templates_coach_id", "coaching_templates", ["coach_id", "created_at", "id"])


def downgrade() -> None:
    for table in ("coaching_templates", "coaching_sessions", "coaching_plans"):
        op.drop_table(table)
