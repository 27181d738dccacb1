"""Appeals of people who were suspended or banned."""

import sqlalchemy as sa
from alembic import op

revision = "0147_ban_appeals"
down_revision = "0142_notes_on_athletes"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
KEYS = {"person_id": ("people", "CASCADE"), "decision_id": ("moderation_decisions", "CASCADE")}


def upgrade() -> None:
    op.create_table(
        "ban_appeals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("is_granted", sa.Boolean(), nullable=True),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("state IN ('open', 'decided')", name=op.f("ck_ban_appeals_state")),
        sa.CheckConstraint("char_length(words) <= 2000", name=op.f("ck_ban_appeals_words_length")),
        sa.CheckConstraint("char_length(answer) <= 1000", name=op.f("ck_ban_appeals_answer_length")),
        sa.CheckConstraint(
            "(state = 'decided') = (decided_at IS NOT NULL) AND (state = 'decided') = (is_granted IS NOT NULL)",
            name=op.f("ck_ban_appeals_decided"),
        ),
        *(
            sa.ForeignKeyConstraint([name], [f"{table}.id"], name=op.f(f"fk_ban_appeals_{name}"), ondelete=fate)
            for name, (table, fate) in KEYS.items()
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["people.id"], name=op.f("fk_ban_appeals_decided_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ban_appeals")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_ban_appeals_decision_id")),
    )
    op.create_index("ix_ban_appeals_person_id", "ban_appeals", ["person_id"])
    op.create_index("ix_ban_appeals_decided_by_id", "ban_appeals", ["decided_by_id"])
    op.create_index("ix_ban_appeals_state_created_at_id", "ban_appeals", ["state", "created_at", "id"])


def downgrade() -> None:
    op.drop_table("ban_appeals")
