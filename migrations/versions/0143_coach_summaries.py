"""Summaries of athletes and plans, and how much people used a language model."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0143_coach_summaries"
down_revision = "0148_site_days"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
FAILURES = "'quota', 'busy', 'away', 'unusable', 'rejected'"
FORGET_OWNED = """
CREATE FUNCTION forget_owned_summaries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM coach_summaries WHERE owner_id = OLD.id AND owner_kind = TG_ARGV[0];
    RETURN NULL;
END $$
"""
OWNERS = {"plan": "training_plans", "athlete": "coaching_athletes"}


def upgrade() -> None:
    op.create_table(
        "coach_summaries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_kind", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("sentences", JSONB(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), server_default="", nullable=False),
        sa.Column("failure", sa.Text(), server_default="", nullable=False),
        sa.Column("asked_at", MOMENT, nullable=True),
        sa.Column("approved_at", MOMENT, nullable=True),
        sa.Column("is_shared", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "char_length(owner_kind) BETWEEN 1 AND 20", name=op.f("ck_coach_summaries_owner_kind_length")
        ),
        sa.CheckConstraint(f"failure = '' OR failure IN ({FAILURES})", name=op.f("ck_coach_summaries_failure")),
        sa.CheckConstraint("jsonb_array_length(sentences) <= 40", name=op.f("ck_coach_summaries_sentences")),
        sa.CheckConstraint("approved_at IS NULL OR asked_at IS NULL", name=op.f("ck_coach_summaries_approved")),
        sa.CheckConstraint("approved_at IS NOT NULL OR NOT is_shared", name=op.f("ck_coach_summaries_shared")),
        sa.ForeignKeyConstraint(
            ["author_id"], ["people.id"], name=op.f("fk_coach_summaries_author_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coach_summaries")),
    )
    for name, condition in (("draft", "approved_at IS NULL"), ("approved", "approved_at IS NOT NULL")):
        op.create_index(
            f"uq_coach_summaries_{name}",
            "coach_summaries",
            ["owner_id", "author_id"],
            unique=True,
            postgresql_where=sa.text(condition),
        )
    op.create_index("ix_coach_summaries_author_id", "coach_summaries", ["author_id"])
    op.create_table(
        "coach_summary_uses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("calls", sa.Integer(), server_default="0", nullable=False),
        sa.Column("input_tokens", sa.Integer(), server_default="0", nullable=False),
        sa.Column("output_tokens", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.CheckConstraint("calls >= 0", name=op.f("ck_coach_summary_uses_calls")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_coach_summary_uses_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coach_summary_uses")),
        sa.UniqueConstraint("person_id", "month", name=op.f("uq_coach_summary_uses_person_id_month")),
    )
    op.execute(FORGET_OWNED)
    for kind, table in OWNERS.items():
        op.execute(
            f"CREATE TRIGGER forget_summaries AFTER DELETE ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION forget_owned_summaries('{kind}')"
        )


def downgrade() -> None:
    for table in OWNERS.values():
        op.execute(f"DROP TRIGGER forget_summaries ON {table}")
    op.drop_table("coach_summary_uses")
    op.drop_table("coach_summaries")
    op.execute("DROP FUNCTION forget_owned_summaries()")
