"""What happened: entries, likes and comments."""

import sqlalchemy as sa
from alembic import op

revision = "0123_timeline"
down_revision = "0130_coach_notes"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
KINDS = "'person', 'card', 'run', 'comment', 'photo', 'message', 'crew', 'crew_notice', 'crew_picture'"


def upgrade() -> None:
    op.create_table(
        "timeline_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.Column("crew_id", sa.Uuid(), nullable=True),
        sa.Column("happened_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_timeline_entries_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timeline_entries")),
        sa.UniqueConstraint(
            "kind", "subject_id", "person_id", name=op.f("uq_timeline_entries_kind_subject_id_person_id")
        ),
    )
    op.create_index("ix_timeline_entries_person_id", "timeline_entries", ["person_id", "happened_at", "id"])
    for thing in ("plan_id", "crew_id"):
        op.create_index(
            f"ix_timeline_entries_{thing}",
            "timeline_entries",
            [thing, "happened_at", "id"],
            postgresql_where=sa.text(f"{thing} IS NOT NULL"),
        )
    op.create_table(
        "timeline_likes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["timeline_entries.id"], name=op.f("fk_timeline_likes_entry_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_timeline_likes_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timeline_likes")),
        sa.UniqueConstraint("entry_id", "person_id", name=op.f("uq_timeline_likes_entry_id_person_id")),
    )
    op.create_index("ix_timeline_likes_person_id", "timeline_likes", ["person_id"])
    op.create_table(
        "timeline_comments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.CheckConstraint("char_length(text) BETWEEN 1 AND 300", name=op.f("ck_timeline_comments_text_length")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["timeline_entries.id"], name=op.f("fk_timeline_comments_entry_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["people.id"], name=op.f("fk_timeline_comments_author_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timeline_comments")),
    )
    op.create_index("ix_timeline_comments_entry_id", "timeline_comments", ["entry_id", "created_at", "id"])
    op.create_index("ix_timeline_comments_author_id", "timeline_comments", ["author_id"])
    op.drop_constraint(op.f("ck_reports_kind"), "reports")
    op.create_check_constraint(op.f("ck_reports_kind"), "reports", f"kind IN ({KINDS}, 'entry_comment')")


def downgrade() -> None:
    op.execute("DELETE FROM reports WHERE kind = 'entry_comment'")
    op.drop_constraint(op.f("ck_reports_kind"), "reports")
    op.create_check_constraint(op.f("ck_reports_kind"), "reports", f"kind IN ({KINDS})")
    op.drop_table("timeline_comments")
    op.drop_table("timeline_likes")
    op.drop_table("timeline_entries")
