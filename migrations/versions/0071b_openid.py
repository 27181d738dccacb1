"""Accounts at a provider of OpenID Connect, and sign-ins under way there."""

import sqlalchemy as sa
from alembic import op

revision = "0071b_openid"
down_revision = "0072_api_requests"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "openid_accounts",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_openid_accounts_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_openid_accounts")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_openid_accounts_issuer_subject")),
        sa.UniqueConstraint("person_id", "issuer", name=op.f("uq_openid_accounts_person_id_issuer")),
    )
    op.create_table(
        "openid_flows",
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), server_default="started", nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("state_hash", sa.Text(), nullable=False),
        sa.Column("browser_hash", sa.Text(), nullable=False),
        sa.Column("next_path", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), server_default="", nullable=False),
        sa.Column("issuer", sa.Text(), server_default="", nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("email", sa.Text(), server_default="", nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("purpose IN ('sign_in', 'link')", name=op.f("ck_openid_flows_purpose")),
        sa.CheckConstraint("stage IN ('started', 'answered', 'waits', 'done')", name=op.f("ck_openid_flows_stage")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_openid_flows_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_openid_flows")),
        sa.UniqueConstraint("state_hash", name=op.f("uq_openid_flows_state_hash")),
    )
    op.create_index("ix_openid_flows_created_at", "openid_flows", ["created_at"])
    op.create_index(op.f("ix_openid_flows_person_id"), "openid_flows", ["person_id"])


def downgrade() -> None:
    op.drop_table("openid_flows")
    op.drop_table("openid_accounts")
