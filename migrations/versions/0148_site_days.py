"""What happened on the site, by day."""

import sqlalchemy as sa
from alembic import op

revision = "0148_site_days"
down_revision = "0147_ban_appeals"
branch_labels = None
depends_on = None

COUNTS = ("signups", "runs", "joins", "messages", "sms")


def upgrade() -> None:
    op.create_table(
        "site_days",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *(sa.Column(name, sa.Integer(), server_default="0", nullable=False) for name in COUNTS),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_days")),
        sa.UniqueConstraint("day", name=op.f("uq_site_days_day")),
    )


def downgrade() -> None:
    op.drop_table("site_days")
