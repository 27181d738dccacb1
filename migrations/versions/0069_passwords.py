"""Passwords, and counts of wrong ones."""

import sqlalchemy as sa
from alembic import op

revision = "0069_passwords"
down_revision = "0074_kept_secrets"
branch_labels = None
depends_on = None


def _record() -> list[sa.Column]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
    ]


def upgrade() -> None:
    op.create_table(
        "passwords",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        *_record(),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_passwords_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passwords")),
        sa.UniqueConstraint("person_id", name=op.f("uq_passwords_person_id")),
    )
    op.create_table(
        "password_tries",
        sa.Column("name_hash", sa.Text(), nullable=False),
        sa.Column("owner_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wrong_in_a_row", sa.Integer(), server_default="0", nullable=False),
        sa.Column("waits_until", sa.DateTime(timezone=True), nullable=True),
        *_record(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_tries")),
        sa.UniqueConstraint("name_hash", name=op.f("uq_password_tries_name_hash")),
    )
    op.create_index("ix_password_tries_updated_at", "password_tries", ["updated_at"])


def downgrade() -> None:
    op.drop_table("password_tries")
    op.drop_table("passwords")
