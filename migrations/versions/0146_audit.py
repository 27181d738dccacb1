"""The audit log of what operators do."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0146_audit"
down_revision = "0123_timeline"
branch_labels = None
depends_on = None

KEEP = """
CREATE FUNCTION keep_audit_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    erasing boolean := coalesce(current_setting('hampa.erasing', true), '') = 'on';
    kept audit_entries%ROWTYPE;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        kept := NEW;
        IF NEW.actor_id IS NULL AND NOT EXISTS (SELECT FROM people WHERE id = OLD.actor_id) THEN
            kept.actor_id := OLD.actor_id;
        END IF;
        IF NEW.about_id IS NULL AND (erasing OR NOT EXISTS (SELECT FROM people WHERE id = OLD.about_id)) THEN
            kept.about_id := OLD.about_id;
        END IF;
        IF erasing AND NEW.subject_id IS NULL THEN kept.subject_id := OLD.subject_id; END IF;
        IF erasing AND NEW.subject_label = '' THEN kept.subject_label := OLD.subject_label; END IF;
        IF erasing AND NEW.before = '{}' THEN kept.before := OLD.before; END IF;
        IF erasing AND NEW.after = '{}' THEN kept.after := OLD.after; END IF;
        IF erasing AND NEW.reason = '' THEN kept.reason := OLD.reason; END IF;
        IF erasing AND NEW.address = '' THEN kept.address := OLD.address; END IF;
        IF kept IS NOT DISTINCT FROM OLD THEN RETURN NEW; END IF;
    END IF;
    RAISE EXCEPTION 'the audit log is added to, never rewritten' USING ERRCODE = 'restrict_violation';
END $$
"""
LISTS = {
    "created_at_id": ["created_at", "id"],
    "actor_id": ["actor_id", "created_at", "id"],
    "about_id": ["about_id", "created_at", "id"],
    "subject_id": ["subject_id", "created_at", "id"],
    "action": ["action", "created_at", "id"],
}


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("subject_label", sa.Text(), server_default="", nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=True),
        sa.Column("before", JSONB(), nullable=False),
        sa.Column("after", JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("request_id", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("source IN ('web', 'api', 'shell', 'worker')", name=op.f("ck_audit_entries_source")),
        sa.CheckConstraint("char_length(subject_label) <= 200", name=op.f("ck_audit_entries_label_length")),
        sa.CheckConstraint("char_length(reason) <= 1000", name=op.f("ck_audit_entries_reason_length")),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["people.id"], name=op.f("fk_audit_entries_actor_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["about_id"], ["people.id"], name=op.f("fk_audit_entries_about_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    for name, columns in LISTS.items():
        op.create_index(f"ix_audit_entries_{name}", "audit_entries", columns)
    op.execute(KEEP)
    op.execute(
        "CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON audit_entries FOR EACH ROW EXECUTE FUNCTION keep_audit_entry()"
    )


def downgrade() -> None:
    op.drop_table("audit_entries")
    op.execute("DROP FUNCTION keep_audit_entry()")
