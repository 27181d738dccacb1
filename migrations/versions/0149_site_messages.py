"""Messages of operators to people of the site."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0149_site_messages"
down_revision = "0155_reasons_of_flags"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
CHECKS = {
    "text_length": "char_length(text) BETWEEN 1 AND 500",
    "city_length": "char_length(city) <= 80",
    "active_days": "active_days BETWEEN 1 AND 365",
    "locale": "locale IN ('fa', 'en')",
    "state": "state IN ('draft', 'scheduled', 'sending', 'paused', 'sent', 'stopped')",
    "approved": "(state = 'draft') = (approved_at IS NULL)",
}


def upgrade() -> None:
    op.create_table(
        "site_messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), server_default="", nullable=False),
        sa.Column("crew_id", sa.Uuid(), nullable=True),
        sa.Column("active_days", sa.Integer(), nullable=True),
        sa.Column("channels", JSONB(), nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("send_at", MOMENT, nullable=True),
        sa.Column("approved_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("last_id", sa.Uuid(), nullable=True),
        sa.Column("people", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_site_messages_{name}")) for name, rule in CHECKS.items()),
        sa.ForeignKeyConstraint(
            ["sender_id"], ["people.id"], name=op.f("fk_site_messages_sender_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["crew_id"], ["crews.id"], name=op.f("fk_site_messages_crew_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_messages")),
    )
    op.create_index("ix_site_messages_sender_id", "site_messages", ["sender_id"])
    op.create_index(
        "ix_site_messages_crew_id", "site_messages", ["crew_id"], postgresql_where=sa.text("crew_id IS NOT NULL")
    )
    op.create_index(
        "ix_site_messages_send_at",
        "site_messages",
        ["send_at"],
        postgresql_where=sa.text("state IN ('scheduled', 'sending')"),
    )


def downgrade() -> None:
    op.drop_table("site_messages")
