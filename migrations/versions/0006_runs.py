"""Runs, and who takes part in them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006_runs"
down_revision = "0005_cards"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("starts_local", sa.DateTime(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("duration_min", sa.Integer(), server_default="60", nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("distance_km", sa.Numeric(5, 1), nullable=True),
        sa.Column("level", sa.Text(), server_default="all", nullable=False),
        sa.Column("terrain", sa.Text(), server_default="road", nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("visibility", sa.Text(), server_default="public", nullable=False),
        sa.Column("short_code", sa.Text(), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("sequence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("taken", sa.Integer(), server_default="0", nullable=False),
        sa.Column("waiting", sa.Integer(), server_default="0", nullable=False),
        sa.Column("interested", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_rank", sa.Integer(), server_default="1", nullable=False),
        sa.Column("search", postgresql.TSVECTOR(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("char_length(title) BETWEEN 3 AND 120", name=op.f("ck_runs_title_length")),
        sa.CheckConstraint("char_length(description) <= 5000", name=op.f("ck_runs_description_length")),
        sa.CheckConstraint("char_length(place) BETWEEN 2 AND 120", name=op.f("ck_runs_place_length")),
        sa.CheckConstraint("duration_min BETWEEN 10 AND 2880", name=op.f("ck_runs_duration")),
        sa.CheckConstraint("distance_km BETWEEN 0.5 AND 500", name=op.f("ck_runs_distance")),
        sa.CheckConstraint("latitude BETWEEN -90 AND 90", name=op.f("ck_runs_latitude")),
        sa.CheckConstraint("longitude BETWEEN -180 AND 180", name=op.f("ck_runs_longitude")),
        sa.CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name=op.f("ck_runs_whole_pin")),
        sa.CheckConstraint("level IN ('all', 'beginner', 'regular', 'advanced')", name=op.f("ck_runs_level")),
        sa.CheckConstraint("terrain IN ('road', 'trail', 'track', 'mixed')", name=op.f("ck_runs_terrain")),
        sa.CheckConstraint("visibility IN ('public', 'link')", name=op.f("ck_runs_visibility")),
        sa.CheckConstraint("capacity BETWEEN 2 AND 10000", name=op.f("ck_runs_capacity")),
        sa.CheckConstraint(
            "taken BETWEEN 0 AND capacity OR capacity IS NULL AND taken >= 0", name=op.f("ck_runs_room")
        ),
        sa.CheckConstraint("waiting >= 0 AND interested >= 0", name=op.f("ck_runs_counts")),
        sa.ForeignKeyConstraint(["organiser_id"], ["people.id"], name=op.f("fk_runs_organiser_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sa.UniqueConstraint("short_code", name=op.f("uq_runs_short_code")),
    )
    op.create_index(
        "ix_runs_listed",
        "runs",
        ["starts_at", "id"],
        postgresql_where=sa.text("visibility = 'public' AND cancelled_at IS NULL"),
    )
    op.create_index("ix_runs_organiser_id_starts_at", "runs", ["organiser_id", "starts_at", "id"])
    op.create_index("ix_runs_search", "runs", ["search"], postgresql_using="gin")
    op.create_table(
        "participations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("card_id", sa.Uuid(), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "status IN ('INTERESTED', 'REQUESTED', 'WAITLISTED', 'OFFERED', 'GOING', 'COMPLETED', 'NO_SHOW', 'LEFT')",
            name=op.f("ck_participations_status"),
        ),
        sa.CheckConstraint("(status = 'LEFT') = (left_at IS NOT NULL)", name=op.f("ck_participations_left")),
        sa.CheckConstraint("char_length(note) <= 200", name=op.f("ck_participations_note_length")),
        sa.ForeignKeyConstraint(["card_id"], ["cards.id"], name=op.f("fk_participations_card_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_participations_person_id")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_participations_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participations")),
        sa.UniqueConstraint("run_id", "person_id", name=op.f("uq_participations_run_id_person_id")),
        sa.UniqueConstraint("run_id", "rank", name=op.f("uq_participations_run_id_rank")),
    )
    op.create_index("ix_participations_run_id_status_rank", "participations", ["run_id", "status", "rank"])
    op.create_index("ix_participations_person_id_run_id", "participations", ["person_id", "run_id"])
    op.create_index(
        "ix_participations_card_id", "participations", ["card_id"], postgresql_where=sa.text("card_id IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_table("participations")
    op.drop_table("runs")
