"""Leaving: a copy of all that is ours of a person, going with time to come back, another phone number."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026_leaving"
down_revision = "0022_people_in_full"
branch_labels = None
depends_on = None

NUMBER = r"phone ~ '^\+[1-9][0-9]{6,14}$'"
MOMENT = {"type_": sa.DateTime(timezone=True)}
CHANGES = (
    ("created_at", {"server_default": sa.func.now(), "nullable": False, **MOMENT}),
    ("updated_at", {"server_default": sa.func.now(), "nullable": False, **MOMENT}),
    ("version", {"type_": sa.Integer(), "server_default": "1", "nullable": False}),
)


def upgrade() -> None:
    op.add_column("people", sa.Column("put_aside", postgresql.JSONB(), nullable=True))
    op.create_check_constraint(op.f("ck_people_put_aside"), "people", "put_aside IS NULL OR state = 'leaving'")
    op.drop_constraint("ck_people_phone_e164", "people")
    op.create_check_constraint(
        op.f("ck_people_phone_e164"),
        "people",
        f"CASE WHEN state = 'erased' THEN phone = 'erased:' || id ELSE {NUMBER} END",
    )
    op.add_column("sign_in_codes", sa.Column("purpose", sa.Text(), server_default="sign_in", nullable=False))
    op.create_check_constraint(
        op.f("ck_sign_in_codes_purpose"), "sign_in_codes", "purpose IN ('sign_in', 'delete', 'prove', 'new_phone')"
    )
    op.drop_constraint("ck_sign_in_codes_ended_as", "sign_in_codes")
    op.create_check_constraint(
        op.f("ck_sign_in_codes_ended_as"), "sign_in_codes", "ended_as IN ('used', 'spent', 'newer', 'asked')"
    )
    op.add_column("outbox_messages", sa.Column("actor_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_outbox_messages_actor_id"), "outbox_messages", "people", ["actor_id"], ["id"], ondelete="SET NULL"
    )
    op.create_index("ix_outbox_messages_actor_id", "outbox_messages", ["actor_id"])
    op.create_index("ix_outbox_messages_recipient", "outbox_messages", ["recipient"])
    make_exports()
    make_phone_changes()


def make_exports() -> None:
    op.create_table(
        "exports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("ready_at", nullable=True, **MOMENT),
        *(sa.Column(name, **given) for name, given in CHANGES),
        sa.CheckConstraint("status IN ('waiting', 'ready', 'failed', 'over')", name=op.f("ck_exports_status")),
        sa.CheckConstraint(
            "(status IN ('ready', 'over')) = (ready_at IS NOT NULL) AND (ready_at IS NULL) = (size IS NULL)",
            name=op.f("ck_exports_ready"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_exports_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
    )
    op.create_index(
        "uq_exports_waiting", "exports", ["person_id"], unique=True, postgresql_where=sa.text("status = 'waiting'")
    )
    op.create_index("ix_exports_person_id_created_at", "exports", ["person_id", "created_at", "id"])
    op.create_index("ix_exports_ready_at", "exports", ["ready_at"], postgresql_where=sa.text("status = 'ready'"))


def make_phone_changes() -> None:
    op.create_table(
        "phone_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("old_phone", sa.Text(), nullable=False),
        sa.Column("new_phone", sa.Text(), nullable=False),
        sa.Column("undone_at", nullable=True, **MOMENT),
        *(sa.Column(name, **given) for name, given in CHANGES),
        sa.CheckConstraint(NUMBER.replace("phone", "old_phone"), name=op.f("ck_phone_changes_old_phone_e164")),
        sa.CheckConstraint(NUMBER.replace("phone", "new_phone"), name=op.f("ck_phone_changes_new_phone_e164")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_phone_changes_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_changes")),
    )
    op.create_index("ix_phone_changes_person_id_created_at", "phone_changes", ["person_id", "created_at", "id"])
    op.create_index("ix_phone_changes_created_at", "phone_changes", ["created_at"])


def downgrade() -> None:
    op.drop_table("phone_changes")
    op.drop_table("exports")
    op.drop_column("outbox_messages", "actor_id")
    op.drop_index("ix_outbox_messages_recipient", "outbox_messages")
    op.execute("DELETE FROM sign_in_codes WHERE purpose <> 'sign_in' OR ended_as = 'asked'")
    op.drop_constraint("ck_sign_in_codes_ended_as", "sign_in_codes")
    op.create_check_constraint(
        op.f("ck_sign_in_codes_ended_as"), "sign_in_codes", "ended_as IN ('used', 'spent', 'newer')"
    )
    op.drop_column("sign_in_codes", "purpose")
    op.drop_column("people", "put_aside")
