"""Activities whose persons said to which session they belong, and sessions by their days."""

import sqlalchemy as sa
from alembic import op

revision = "0138_coaching_matches"
down_revision = "0137_coaching_templates"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "coaching_match_choices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.id"], name=op.f("fk_coaching_match_choices_activity_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coaching_match_choices")),
        sa.UniqueConstraint("activity_id", name=op.f("uq_coaching_match_choices_activity_id")),
    )
    op.create_index("ix_coaching_sessions_day", "coaching_sessions", ["day", "plan_id"])


def downgrade() -> None:
    op.drop_index("ix_coaching_sessions_day", table_name="coaching_sessions")
    op.drop_table("coaching_match_choices")
