"""Whether an athlete was told of a change, and on which days before deadlines people are reminded."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0172_told_and_reminded"
down_revision = "0170_starts_of_places"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")


def upgrade() -> None:
    op.add_column("coaching_events", sa.Column("is_told", sa.Boolean(), server_default="false", nullable=False))
    op.create_table(
        "coaching_deadline_choices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("days", JSONB(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("days <@ '[7, 3, 1, -1]'", name=op.f("ck_coaching_deadline_choices_days")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_coaching_deadline_choices_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coaching_deadline_choices")),
        sa.UniqueConstraint("person_id", name=op.f("uq_coaching_deadline_choices_person_id")),
    )


def downgrade() -> None:
    op.drop_table("coaching_deadline_choices")
    op.drop_column("coaching_events", "is_told")
