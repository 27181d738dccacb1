"""Sign-in: codes and their history, wrong answers, known devices, sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0004_auth"
down_revision = "0003_notifications"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def changing() -> list[sa.Column]:
    return [
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
    ]


def tries() -> list[sa.Column]:
    return [
        sa.Column("wrong_in_a_row", sa.Integer(), server_default="0", nullable=False),
        sa.Column("waits_until", MOMENT, nullable=True),
    ]


def upgrade() -> None:
    op.create_table(
        "number_tries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("owner_told_at", MOMENT, nullable=True),
        *tries(),
        *changing(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_tries")),
        sa.UniqueConstraint("phone", name=op.f("uq_number_tries_phone")),
    )
    op.create_index("ix_number_tries_updated_at", "number_tries", ["updated_at"])
    op.create_table(
        "devices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("last_sign_in_at", MOMENT, nullable=False),
        *tries(),
        *changing(),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_devices_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
        sa.UniqueConstraint("person_id", "token_hash", name=op.f("uq_devices_person_id_token_hash")),
    )
    op.create_index("ix_devices_last_sign_in_at", "devices", ["last_sign_in_at"])
    op.create_table(
        "sign_in_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("browser_hash", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("next_path", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("sent", sa.Boolean(), nullable=False),
        sa.Column("past_budget", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("ended_as", sa.Text(), nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        *changing(),
        sa.CheckConstraint("ended_as IN ('used', 'spent', 'newer')", name=op.f("ck_sign_in_codes_ended_as")),
        sa.ForeignKeyConstraint(
            ["device_id"], ["devices.id"], name=op.f("fk_sign_in_codes_device_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_codes")),
    )
    op.create_index("ix_sign_in_codes_phone_created_at", "sign_in_codes", ["phone", "created_at"])
    op.create_index("ix_sign_in_codes_prefix_created_at", "sign_in_codes", ["prefix", "created_at"])
    op.create_index("ix_sign_in_codes_network_created_at", "sign_in_codes", ["network", "created_at"])
    op.create_index("ix_sign_in_codes_created_at", "sign_in_codes", ["created_at"])
    op.create_index("ix_sign_in_codes_device_id", "sign_in_codes", ["device_id"])
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), server_default="", nullable=False),
        sa.Column("proved_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        *changing(),
        sa.CheckConstraint("method IN ('code')", name=op.f("ck_sessions_method")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_sessions_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    )
    op.create_index("ix_sessions_person_id_created_at_id", "sessions", ["person_id", "created_at", "id"])
    op.create_index("ix_sessions_last_seen_at", "sessions", ["last_seen_at"])
    op.create_index("ix_sessions_ended_at", "sessions", ["ended_at"], postgresql_where=sa.text("ended_at IS NOT NULL"))


def downgrade() -> None:
    for table in ("sessions", "sign_in_codes", "devices", "number_tries"):
        op.drop_table(table)
