"""People follow organisers, series and places, and hear of new runs."""

import sqlalchemy as sa
from alembic import op

revision = "0052b_follows"
down_revision = "0052_calendar_feeds"
branch_labels = None
depends_on = None

LISTED = "visibility = 'public' AND cancelled_at IS NULL"


def upgrade() -> None:
    op.add_column("people", sa.Column("new_run_notices", sa.Boolean(), server_default="true", nullable=False))
    # Nobody hears of the runs that exist: the default fills their rows without writing them, and then goes.
    op.execute("ALTER TABLE runs ADD COLUMN followers_told_at timestamptz DEFAULT now()")
    op.execute("ALTER TABLE runs ALTER COLUMN followers_told_at DROP DEFAULT")
    op.create_index(
        "ix_runs_unheard",
        "runs",
        ["created_at", "id"],
        postgresql_where=sa.text(f"{LISTED} AND followers_told_at IS NULL"),
    )
    op.create_table(
        "follows",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=True),
        sa.Column("series_id", sa.Uuid(), nullable=True),
        sa.Column("place", sa.Text(), server_default="", nullable=False),
        sa.Column("spot_latitude", sa.Float(), nullable=True),
        sa.Column("spot_longitude", sa.Float(), nullable=True),
        sa.Column("radius_km", sa.SmallInteger(), nullable=True),
        sa.Column("widest_cell", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("num_nonnulls(organiser_id, series_id, radius_km) = 1", name=op.f("ck_follows_one_thing")),
        sa.CheckConstraint(
            "num_nonnulls(radius_km, spot_latitude, spot_longitude, widest_cell) IN (0, 4)",
            name=op.f("ck_follows_whole_place"),
        ),
        sa.CheckConstraint("organiser_id <> person_id", name=op.f("ck_follows_two_people")),
        sa.CheckConstraint("radius_km BETWEEN 1 AND 200", name=op.f("ck_follows_radius_km")),
        sa.CheckConstraint("char_length(place) <= 120", name=op.f("ck_follows_place_length")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_follows_person_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["people.id"], name=op.f("fk_follows_organiser_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_follows_series_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follows")),
        sa.UniqueConstraint("person_id", "organiser_id", name=op.f("uq_follows_person_id_organiser_id")),
        sa.UniqueConstraint("person_id", "series_id", name=op.f("uq_follows_person_id_series_id")),
        sa.UniqueConstraint(
            "person_id", "spot_latitude", "spot_longitude", "radius_km", name=op.f("uq_follows_person_id_place")
        ),
    )
    for column in ("organiser_id", "series_id", "widest_cell"):
        op.create_index(
            f"ix_follows_{column}", "follows", [column, "person_id"], postgresql_where=sa.text(f"{column} IS NOT NULL")
        )


def downgrade() -> None:
    op.drop_table("follows")
    op.drop_index("ix_runs_unheard", "runs")
    op.drop_column("runs", "followers_told_at")
    op.drop_column("people", "new_run_notices")
