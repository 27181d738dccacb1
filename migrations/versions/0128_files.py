"""Files that people keep with plans, and what the storage has to delete of them."""

import sqlalchemy as sa
from alembic import op

revision = "0128_files"
down_revision = "0132_versions"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
REMOVED = """
CREATE FUNCTION note_removed_file() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.object_name IS NOT NULL AND (TG_OP = 'DELETE' OR NEW.object_name IS DISTINCT FROM OLD.object_name) THEN
        INSERT INTO removed_files (id, object_name, created_at) VALUES (gen_random_uuid(), OLD.object_name, now());
    END IF;
    RETURN NULL;
END $$
"""
FORGET_OWNED = """
CREATE FUNCTION forget_owned_files() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM stored_files WHERE owner_id = OLD.id AND owner_kind = TG_ARGV[0];
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "stored_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_kind", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("uploader_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("object_name", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default="checking", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("scanned_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 120", name=op.f("ck_stored_files_name_length")),
        sa.CheckConstraint("char_length(owner_kind) BETWEEN 1 AND 20", name=op.f("ck_stored_files_owner_kind_length")),
        sa.CheckConstraint(
            "kind IN ('pdf', 'png', 'jpeg', 'docx', 'txt', 'gpx', 'fit')", name=op.f("ck_stored_files_kind")
        ),
        sa.CheckConstraint("state IN ('checking', 'ready', 'refused')", name=op.f("ck_stored_files_state")),
        sa.CheckConstraint(
            "reason IN ('broken', 'active', 'too_large', 'virus', 'unscanned')", name=op.f("ck_stored_files_reason")
        ),
        sa.CheckConstraint("(reason IS NOT NULL) = (state = 'refused')", name=op.f("ck_stored_files_refused")),
        sa.CheckConstraint("(object_name IS NULL) = (state = 'refused')", name=op.f("ck_stored_files_object")),
        sa.CheckConstraint("size BETWEEN 1 AND 10001000", name=op.f("ck_stored_files_size")),
        sa.ForeignKeyConstraint(
            ["uploader_id"], ["people.id"], name=op.f("fk_stored_files_uploader_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_files")),
    )
    op.create_index("ix_stored_files_owner_id", "stored_files", ["owner_id", "created_at", "id"])
    op.create_index("ix_stored_files_uploader_id", "stored_files", ["uploader_id", "created_at", "id"])
    waiting = sa.text("state <> 'ready' OR scanned_at IS NULL")
    op.create_index("ix_stored_files_waiting", "stored_files", ["created_at"], postgresql_where=waiting)
    op.create_table(
        "removed_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("object_name", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_removed_files")),
    )
    op.create_index("ix_removed_files_created_at", "removed_files", ["created_at"])
    op.execute(REMOVED)
    op.execute(
        "CREATE TRIGGER note_removed AFTER UPDATE OR DELETE ON stored_files"
        " FOR EACH ROW EXECUTE FUNCTION note_removed_file()"
    )
    op.execute(FORGET_OWNED)
    op.execute(
        "CREATE TRIGGER forget_files AFTER DELETE ON training_plans"
        " FOR EACH ROW EXECUTE FUNCTION forget_owned_files('plan')"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER forget_files ON training_plans")
    op.drop_table("removed_files")
    op.drop_table("stored_files")
    op.execute("DROP FUNCTION forget_owned_files()")
    op.execute("DROP FUNCTION note_removed_file()")
