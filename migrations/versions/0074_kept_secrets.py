"""The first secret key, kept for what must outlive a change of it."""

import sqlalchemy as sa
from alembic import op

revision = "0074_kept_secrets"
down_revision = "0068_passkeys"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_secrets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_secrets")),
        sa.UniqueConstraint("name", name=op.f("uq_kept_secrets_name")),
    )


def downgrade() -> None:
    op.drop_table("kept_secrets")
