"""Who organises a run beside its owner."""

import sqlalchemy as sa
from alembic import op

revision = "0009_run_organisers"
down_revision = "0008_calendar_feeds"
branch_labels = None
depends_on = None

NOW = {"type_": sa.DateTime(timezone=True), "server_default": sa.func.now(), "nullable": False}


def upgrade() -> None:
    op.create_table(
        "run_organisers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("added_by_id", sa.Uuid(), nullable=True),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", **NOW),
        sa.Column("updated_at", **NOW),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_organisers_run_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_run_organisers_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["added_by_id"], ["people.id"], name=op.f("fk_run_organisers_added_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_organisers")),
        sa.UniqueConstraint("run_id", "person_id", name=op.f("uq_run_organisers_run_id_person_id")),
    )
    op.create_index("ix_run_organisers_person_id_run_id", "run_organisers", ["person_id", "run_id"])
    op.create_index("ix_run_organisers_added_by_id", "run_organisers", ["added_by_id"])
    op.create_table(
        "number_lookups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", **NOW),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_number_lookups_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_lookups")),
    )
    op.create_index("ix_number_lookups_person_id_created_at", "number_lookups", ["person_id", "created_at"])


def downgrade() -> None:
    op.drop_table("number_lookups")
    op.drop_table("run_organisers")
