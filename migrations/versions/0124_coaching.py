"""Athletes of coaches, what coaches may, invitations, and what happened."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0124_coaching"
down_revision = "0119_challenges"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
RIGHTS = ("activities", "map", "heart", "checkins", "plans", "availability")


def upgrade() -> None:
    op.create_table(
        "coaching_athletes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("birth_year", sa.SmallInteger(), nullable=True),
        sa.Column("goal_race", sa.Text(), server_default="", nullable=False),
        sa.Column("goal_race_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("archived_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 80", name=op.f("ck_coaching_athletes_name_length")),
        sa.CheckConstraint("char_length(goal_race) <= 100", name=op.f("ck_coaching_athletes_goal_race_length")),
        sa.CheckConstraint("char_length(note) <= 2000", name=op.f("ck_coaching_athletes_note_length")),
        sa.CheckConstraint("birth_year BETWEEN 1900 AND 2200", name=op.f("ck_coaching_athletes_birth_year")),
        sa.CheckConstraint("status IN ('active', 'paused', 'completed')", name=op.f("ck_coaching_athletes_status")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_coaching_athletes_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coaching_athletes")),
    )
    op.create_index("ix_coaching_athletes_person_id", "coaching_athletes", ["person_id"])
    op.create_table(
        "coaching_coaches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("coach_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("role", sa.Text(), server_default="head", nullable=False),
        *(sa.Column(right, sa.Boolean(), server_default=sa.false(), nullable=False) for right in RIGHTS),
        sa.Column("seen_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("role IN ('head', 'assistant', 'follower')", name=op.f("ck_coaching_coaches_role")),
        sa.CheckConstraint("coach_id <> person_id", name=op.f("ck_coaching_coaches_themself")),
        sa.CheckConstraint(
            "person_id IS NOT NULL OR NOT (activities OR map OR heart OR checkins OR plans OR availability)",
            name=op.f("ck_coaching_coaches_agreed"),
        ),
        sa.ForeignKeyConstraint(
            ["athlete_id"], ["coaching_athletes.id"], name=op.f("fk_coaching_coaches_athlete_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["coach_id"], ["people.id"], name=op.f("fk_coaching_coaches_coach_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_coaching_coaches_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coaching_coaches")),
        sa.UniqueConstraint("athlete_id", "coach_id", name=op.f("uq_coaching_coaches_athlete_id_coach_id")),
        sa.UniqueConstraint("coach_id", "person_id", name=op.f("uq_coaching_coaches_coach_id_person_id")),
    )
    op.create_index(
        "uq_coaching_coaches_head",
        "coaching_coaches",
        ["athlete_id"],
        unique=True,
        postgresql_where=sa.text("role = 'head'"),
    )
    op.create_index("ix_coaching_coaches_person_id", "coaching_coaches", ["person_id", "coach_id"])
    op.create_index("ix_coaching_coaches_coach_id", "coaching_coaches", ["coach_id", "athlete_id"])
    op.create_table(
        "coaching_invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("coach_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("number_hash", sa.Text(), nullable=True),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("accepted_at", MOMENT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.CheckConstraint("accepted_at IS NULL OR revoked_at IS NULL", name=op.f("ck_coaching_invitations_one_end")),
        sa.ForeignKeyConstraint(
            ["athlete_id"],
            ["coaching_athletes.id"],
            name=op.f("fk_coaching_invitations_athlete_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["coach_id"], ["people.id"], name=op.f("fk_coaching_invitations_coach_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coaching_invitations")),
    )
    op.create_index(
        "uq_coaching_invitations_open",
        "coaching_invitations",
        ["athlete_id"],
        unique=True,
        postgresql_where=sa.text("accepted_at IS NULL AND revoked_at IS NULL"),
    )
    op.create_index("ix_coaching_invitations_athlete_id", "coaching_invitations", ["athlete_id"])
    op.create_index("ix_coaching_invitations_coach_id", "coaching_invitations", ["coach_id", "created_at"])
    op.create_index("ix_coaching_invitations_number_hash", "coaching_invitations", ["number_hash", "created_at"])
    op.create_index("ix_coaching_invitations_expires_at", "coaching_invitations", ["expires_at"])
    op.create_table(
        "coaching_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("athlete_id", sa.Uuid(), nullable=True),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("before", JSONB(), server_default="{}", nullable=False),
        sa.Column("after", JSONB(), server_default="{}", nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.CheckConstraint("char_length(why) <= 500", name=op.f("ck_coaching_events_why_length")),
        sa.CheckConstraint("num_nonnulls(athlete_id, plan_id) > 0", name=op.f("ck_coaching_events_about")),
        sa.ForeignKeyConstraint(
            ["athlete_id"], ["coaching_athletes.id"], name=op.f("fk_coaching_events_athlete_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["training_plans.id"], name=op.f("fk_coaching_events_plan_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_coaching_events_person_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coaching_events")),
    )
    for column in ("athlete_id", "plan_id", "person_id"):
        op.create_index(f"ix_coaching_events_{column}", "coaching_events", [column, "created_at", "id"])


def downgrade() -> None:
    for table in ("coaching_events", "coaching_invitations", "coaching_coaches", "coaching_athletes"):
        op.drop_table(table)
