"""Files of activities: what was sent, what became of it, and the tracks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0116_activity_files"
down_revision = "0099_boards"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
REASONS = (
    "reason IN ('not_gpx', 'packed', 'kml', 'broken', 'harmful', 'empty', 'no_times', 'too_large', 'too_long',"
    " 'too_many', 'too_short', 'future', 'full', 'failed')"
)


def upgrade() -> None:
    op.create_table(
        "activity_imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("upload", sa.Text(), nullable=True),
        sa.Column("files", sa.Integer(), server_default="0", nullable=False),
        sa.Column("place", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(REASONS, name=op.f("ck_activity_imports_reason")),
        sa.CheckConstraint("(upload IS NULL) = (done_at IS NOT NULL)", name=op.f("ck_activity_imports_done")),
        sa.CheckConstraint("char_length(name) <= 200", name=op.f("ck_activity_imports_name_length")),
        sa.CheckConstraint(
            "files BETWEEN 0 AND 5000 AND place BETWEEN 0 AND files", name=op.f("ck_activity_imports_place")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_activity_imports_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_imports")),
    )
    op.create_index("ix_activity_imports_person_id_created_at", "activity_imports", ["person_id", "created_at"])
    op.create_index("ix_activity_imports_created_at", "activity_imports", ["created_at"])
    op.create_table(
        "activity_import_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("fate", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("activity_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.CheckConstraint("fate IN ('made', 'added', 'same', 'failed')", name=op.f("ck_activity_import_files_fate")),
        sa.CheckConstraint(REASONS, name=op.f("ck_activity_import_files_reason")),
        sa.CheckConstraint("(reason IS NOT NULL) = (fate = 'failed')", name=op.f("ck_activity_import_files_failed")),
        sa.ForeignKeyConstraint(
            ["import_id"], ["activity_imports.id"], name=op.f("fk_activity_import_files_import_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.id"], name=op.f("fk_activity_import_files_activity_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_import_files")),
        sa.UniqueConstraint("import_id", "place", name=op.f("uq_activity_import_files_import_id_place")),
    )
    op.create_index("ix_activity_import_files_activity_id", "activity_import_files", ["activity_id"])
    op.create_table(
        "activity_tracks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("extension", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("moving_s", sa.Integer(), nullable=False),
        sa.Column("heart_mean", sa.Integer(), nullable=True),
        sa.Column("heart_most", sa.Integer(), nullable=True),
        sa.Column("sums", JSONB(), nullable=False),
        sa.Column("course", JSONB(), nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.CheckConstraint("moving_s >= 0", name=op.f("ck_activity_tracks_moving_s")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_activity_tracks_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.id"], name=op.f("fk_activity_tracks_activity_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_tracks")),
        sa.UniqueConstraint("person_id", "digest", "number", name=op.f("uq_activity_tracks_person_id_digest_number")),
        sa.UniqueConstraint("activity_id", name=op.f("uq_activity_tracks_activity_id")),
    )


def downgrade() -> None:
    op.drop_table("activity_tracks")
    op.drop_table("activity_import_files")
    op.drop_table("activity_imports")
