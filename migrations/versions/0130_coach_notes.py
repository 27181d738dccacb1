"""Notes on plans and athletes, and what they said before."""

import sqlalchemy as sa
from alembic import op

revision = "0130_coach_notes"
down_revision = "0125_coaching_sessions"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
FORGET_OWNED = """
CREATE FUNCTION forget_owned_notes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM coach_notes WHERE owner_id = OLD.id AND owner_kind = TG_ARGV[0];
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "coach_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_kind", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("pinned_at", MOMENT, nullable=True),
        sa.Column("number", sa.Integer(), server_default="1", nullable=False),
        sa.Column("editor_id", sa.Uuid(), nullable=True),
        sa.Column("edited_at", MOMENT, nullable=False),
        sa.Column("deleted_at", MOMENT, nullable=True),
        sa.Column("deleted_by_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("char_length(text) BETWEEN 1 AND 20000", name=op.f("ck_coach_notes_text_length")),
        sa.CheckConstraint("char_length(owner_kind) BETWEEN 1 AND 20", name=op.f("ck_coach_notes_owner_kind_length")),
        sa.CheckConstraint("deleted_at IS NOT NULL OR deleted_by_id IS NULL", name=op.f("ck_coach_notes_deleted")),
        sa.ForeignKeyConstraint(
            ["author_id"], ["people.id"], name=op.f("fk_coach_notes_author_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["editor_id"], ["people.id"], name=op.f("fk_coach_notes_editor_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["deleted_by_id"], ["people.id"], name=op.f("fk_coach_notes_deleted_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coach_notes")),
    )
    op.create_index("ix_coach_notes_owner_id", "coach_notes", ["owner_id", "edited_at", "id"])
    for name in ("author_id", "editor_id", "deleted_by_id"):
        op.create_index(f"ix_coach_notes_{name}", "coach_notes", [name])
    deleted = sa.text("deleted_at IS NOT NULL")
    op.create_index("ix_coach_notes_deleted_at", "coach_notes", ["deleted_at"], postgresql_where=deleted)
    op.create_table(
        "coach_note_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("note_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("editor_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.CheckConstraint("char_length(text) BETWEEN 1 AND 20000", name=op.f("ck_coach_note_versions_text_length")),
        sa.ForeignKeyConstraint(
            ["note_id"], ["coach_notes.id"], name=op.f("fk_coach_note_versions_note_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["editor_id"], ["people.id"], name=op.f("fk_coach_note_versions_editor_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coach_note_versions")),
        sa.UniqueConstraint("note_id", "number", name=op.f("uq_coach_note_versions_note_id_number")),
    )
    op.create_index("ix_coach_note_versions_editor_id", "coach_note_versions", ["editor_id"])
    op.execute(FORGET_OWNED)
    op.execute(
        "CREATE TRIGGER forget_notes AFTER DELETE ON training_plans"
        " FOR EACH ROW EXECUTE FUNCTION forget_owned_notes('plan')"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER forget_notes ON training_plans")
    op.drop_table("coach_note_versions")
    op.drop_table("coach_notes")
    op.execute("DROP FUNCTION forget_owned_notes()")
