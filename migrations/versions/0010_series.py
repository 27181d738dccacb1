"""Series of runs, and who comes every time."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010_series"
down_revision = "0009_run_organisers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "series",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("first_local", sa.DateTime(), nullable=False),
        sa.Column("skipped", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("plan", postgresql.JSONB(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("ended_at IS NULL OR next_on IS NULL", name=op.f("ck_series_ended")),
        sa.ForeignKeyConstraint(["organiser_id"], ["people.id"], name=op.f("fk_series_organiser_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
    )
    op.create_index("ix_series_organiser_id", "series", ["organiser_id"])
    op.create_index("ix_series_next_on", "series", ["next_on", "id"], postgresql_where="next_on IS NOT NULL")
    op.create_table(
        "series_memberships",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_series_memberships_series_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_series_memberships_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series_memberships")),
        sa.UniqueConstraint("series_id", "person_id", name=op.f("uq_series_memberships_series_id_person_id")),
    )
    op.create_index(
        "ix_series_memberships_series_id_created_at", "series_memberships", ["series_id", "created_at", "id"]
    )
    op.create_index("ix_series_memberships_person_id", "series_memberships", ["person_id"])
    op.add_column("runs", sa.Column("series_id", sa.Uuid(), nullable=True))
    op.add_column("runs", sa.Column("occurrence_on", sa.Date(), nullable=True))
    op.create_foreign_key(op.f("fk_runs_series_id"), "runs", "series", ["series_id"], ["id"])
    op.create_check_constraint(op.f("ck_runs_occurrence"), "runs", "(series_id IS NULL) = (occurrence_on IS NULL)")
    op.create_unique_constraint(op.f("uq_runs_series_id_occurrence_on"), "runs", ["series_id", "occurrence_on"])
    op.create_index(
        "ix_runs_series_id_starts_at", "runs", ["series_id", "starts_at"], postgresql_where="series_id IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_index("ix_runs_series_id_starts_at", "runs")
    op.drop_column("runs", "occurrence_on")
    op.drop_column("runs", "series_id")
    op.drop_table("series_memberships")
    op.drop_table("series")
