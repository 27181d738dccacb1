"""User names that were given up rest before others may have them."""

import sqlalchemy as sa
from alembic import op

revision = "0034_resting_handles"
down_revision = "0033_names_on_cards"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "freed_handles",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("handle_hash", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("free_from", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_freed_handles_person_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_freed_handles")),
        sa.UniqueConstraint("handle_hash", name=op.f("uq_freed_handles_handle_hash")),
    )
    op.create_index(op.f("ix_freed_handles_person_id"), "freed_handles", ["person_id"])


def downgrade() -> None:
    op.drop_table("freed_handles")
