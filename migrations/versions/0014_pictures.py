"""Pictures of runs."""

import sqlalchemy as sa
from alembic import op

revision = "0014_pictures"
down_revision = "0013_routes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "run_pictures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("upload", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("widths", sa.ARRAY(sa.Integer()), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("kind IN ('cover', 'photo')", name=op.f("ck_run_pictures_kind")),
        sa.CheckConstraint(
            "reason IN ('not_a_picture', 'heic', 'too_large', 'too_small', 'broken', 'failed')",
            name=op.f("ck_run_pictures_reason"),
        ),
        sa.CheckConstraint("(widths IS NULL) = (height IS NULL)", name=op.f("ck_run_pictures_size")),
        sa.CheckConstraint("num_nonnulls(upload, reason, widths) = 1", name=op.f("ck_run_pictures_one_state")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_run_pictures_person_id")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_pictures_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_pictures")),
    )
    op.create_index("ix_run_pictures_run_id_kind_created_at", "run_pictures", ["run_id", "kind", "created_at", "id"])
    op.create_index("ix_run_pictures_person_id", "run_pictures", ["person_id"])


def downgrade() -> None:
    op.drop_table("run_pictures")
