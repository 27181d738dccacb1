"""When invitations into crews and files of check-ins were changed last, and their versions."""

import sqlalchemy as sa
from alembic import op

revision = "0132_versions"
down_revision = "0116_activity_files"
branch_labels = None
depends_on = None

TABLES = ("crew_invitations", "check_in_imports")


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    for table in TABLES:
        op.add_column(table, sa.Column("updated_at", moment, server_default=sa.text("now()"), nullable=False))
        op.add_column(table, sa.Column("version", sa.Integer(), server_default="1", nullable=False))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "version")
        op.drop_column(table, "updated_at")
