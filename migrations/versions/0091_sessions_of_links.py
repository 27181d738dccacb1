"""A link to an account at a provider belongs to the session that began it."""

import sqlalchemy as sa
from alembic import op

revision = "0091_sessions_of_links"
down_revision = "0088_check_in_reminders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("openid_flows", sa.Column("session_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_openid_flows_session_id"), "openid_flows", "sessions", ["session_id"], ["id"], ondelete="CASCADE"
    )
    op.create_index("ix_openid_flows_session_id", "openid_flows", ["session_id"])


def downgrade() -> None:
    op.drop_column("openid_flows", "session_id")
