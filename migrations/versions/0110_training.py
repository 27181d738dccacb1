"""Training: activities, and the timers that become activities."""

import sqlalchemy as sa
from alembic import op

revision = "0110_training"
down_revision = "0096_incidents"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
KINDS = "kind IN ('run', 'trail', 'walk', 'hike', 'ride', 'swim', 'strength', 'mobility', 'other')"


def upgrade() -> None:
    op.create_table(
        "activities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("duration_s", sa.Integer(), nullable=False),
        sa.Column("distance_m", sa.Integer(), nullable=True),
        sa.Column("climb_m", sa.Integer(), nullable=True),
        sa.Column("effort", sa.SmallInteger(), nullable=True),
        sa.Column("feeling", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("visibility", sa.Text(), server_default="me", nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(KINDS, name=op.f("ck_activities_kind")),
        sa.CheckConstraint(
            "ended_at > started_at AND ended_at <= started_at + interval '48 hours'", name=op.f("ck_activities_times")
        ),
        sa.CheckConstraint(
            "duration_s >= 1 AND duration_s <= ceil(extract(epoch from ended_at - started_at))",
            name=op.f("ck_activities_duration"),
        ),
        sa.CheckConstraint("distance_m BETWEEN 1 AND 1000000", name=op.f("ck_activities_distance")),
        sa.CheckConstraint("climb_m BETWEEN 0 AND 30000", name=op.f("ck_activities_climb")),
        sa.CheckConstraint("effort BETWEEN 1 AND 10", name=op.f("ck_activities_effort")),
        sa.CheckConstraint(
            "feeling = '' OR feeling IN ('great', 'good', 'fair', 'heavy', 'bad')", name=op.f("ck_activities_feeling")
        ),
        sa.CheckConstraint("char_length(note) <= 2000", name=op.f("ck_activities_note_length")),
        sa.CheckConstraint(
            "visibility IN ('me', 'companions', 'crew', 'everyone')", name=op.f("ck_activities_visibility")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_activities_person_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_activities_run_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activities")),
    )
    op.create_index("ix_activities_person_id_started_at", "activities", ["person_id", "started_at", "id"])
    op.create_index("ix_activities_person_id_day", "activities", ["person_id", "day"])
    op.create_index("ix_activities_run_id", "activities", ["run_id"])
    op.create_index(
        "ix_activities_everyone", "activities", ["person_id"], postgresql_where=sa.text("visibility = 'everyone'")
    )
    op.create_table(
        "activity_timers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("paused_at", MOMENT, nullable=True),
        sa.Column("paused_s", sa.Integer(), server_default="0", nullable=False),
        sa.Column("asked_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(KINDS, name=op.f("ck_activity_timers_kind")),
        sa.CheckConstraint("paused_s >= 0", name=op.f("ck_activity_timers_paused_s")),
        sa.CheckConstraint("paused_at >= started_at", name=op.f("ck_activity_timers_paused_at")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_activity_timers_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_timers")),
        sa.UniqueConstraint("person_id", name=op.f("uq_activity_timers_person_id")),
    )
    op.create_index("ix_activity_timers_started_at", "activity_timers", ["started_at"])


def downgrade() -> None:
    op.drop_table("activity_timers")
    op.drop_table("activities")
