"""Profiles in full: pictures of people, mail and its verification, looks at contacts for emergencies."""

import sqlalchemy as sa
from alembic import op

revision = "0029_profiles"
down_revision = "0028_put_in"
branch_labels = None
depends_on = None

REASONS = "('not_a_picture', 'heic', 'too_large', 'too_small', 'broken', 'failed')"
PHONE = r"recipient ~ '^\+[1-9][0-9]{6,14}$'"
ADDRESS = "recipient ~ '^[^@[:space:][:cntrl:]]+@[^@[:space:][:cntrl:]]+$'"


def upgrade() -> None:
    op.drop_constraint("ck_outbox_messages_kind", "outbox_messages")
    op.create_check_constraint(op.f("ck_outbox_messages_kind"), "outbox_messages", "kind IN ('sms', 'mail')")
    op.drop_constraint("ck_outbox_messages_recipient_e164", "outbox_messages")
    op.create_check_constraint(
        op.f("ck_outbox_messages_recipient"), "outbox_messages", f"CASE kind WHEN 'sms' THEN {PHONE} ELSE {ADDRESS} END"
    )
    op.create_table(
        "person_pictures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("upload", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("widths", sa.ARRAY(sa.Integer()), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(f"reason IN {REASONS}", name=op.f("ck_person_pictures_reason")),
        sa.CheckConstraint("(widths IS NULL) = (height IS NULL)", name=op.f("ck_person_pictures_size")),
        sa.CheckConstraint("num_nonnulls(upload, reason, widths) = 1", name=op.f("ck_person_pictures_one_state")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_person_pictures_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_pictures")),
    )
    op.create_index("ix_person_pictures_person_id", "person_pictures", ["person_id"])
    op.create_table(
        "email_verifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_email_verifications_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email_verifications")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_email_verifications_token_hash")),
    )
    op.create_index("ix_email_verifications_person_id_created_at", "email_verifications", ["person_id", "created_at"])
    op.create_index(
        "ix_email_verifications_address", "email_verifications", [sa.text("lower(address)"), sa.text("created_at")]
    )
    op.create_table(
        "contact_looks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("run_title", sa.Text(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_contact_looks_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["people.id"], name=op.f("fk_contact_looks_organiser_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_contact_looks_run_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_looks")),
        sa.UniqueConstraint(
            "run_id",
            "organiser_id",
            "person_id",
            "hour",
            name=op.f("uq_contact_looks_run_id_organiser_id_person_id_hour"),
        ),
    )
    op.create_index("ix_contact_looks_person_id_created_at", "contact_looks", ["person_id", "created_at", "id"])
    op.create_index("ix_contact_looks_organiser_id", "contact_looks", ["organiser_id"])


def downgrade() -> None:
    for table in ("contact_looks", "email_verifications", "person_pictures"):
        op.drop_table(table)
    op.execute("DELETE FROM outbox_messages WHERE kind = 'mail'")
    op.drop_constraint("ck_outbox_messages_recipient", "outbox_messages")
    op.create_check_constraint(op.f("ck_outbox_messages_recipient_e164"), "outbox_messages", PHONE)
    op.drop_constraint("ck_outbox_messages_kind", "outbox_messages")
    op.create_check_constraint(op.f("ck_outbox_messages_kind"), "outbox_messages", "kind = 'sms'")
