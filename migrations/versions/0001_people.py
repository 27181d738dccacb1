"""People, and the extensions that search and time ranges need."""

import sqlalchemy as sa
from alembic import op

revision = "0001_people"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    for extension in ("pg_trgm", "unaccent", "btree_gist"):
        op.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    op.create_table(
        "people",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("bio", sa.Text(), server_default="", nullable=False),
        sa.Column("city", sa.Text(), server_default="", nullable=False),
        sa.Column("gender", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("calendar", sa.Text(), nullable=False),
        sa.Column("units", sa.Text(), server_default="km", nullable=False),
        sa.Column("state", sa.Text(), server_default="active", nullable=False),
        sa.Column("is_operator", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("is_demo", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("last_sign_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_active_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(r"phone ~ '^\+[1-9][0-9]{6,14}$'", name=op.f("ck_people_phone_e164")),
        sa.CheckConstraint("char_length(name) <= 60", name=op.f("ck_people_name_length")),
        sa.CheckConstraint("char_length(bio) <= 500", name=op.f("ck_people_bio_length")),
        sa.CheckConstraint("locale IN ('fa', 'en')", name=op.f("ck_people_locale")),
        sa.CheckConstraint("calendar IN ('solar', 'gregorian')", name=op.f("ck_people_calendar")),
        sa.CheckConstraint("units IN ('km', 'miles')", name=op.f("ck_people_units")),
        sa.CheckConstraint(
            "state IN ('active', 'suspended', 'banned', 'leaving', 'erased')", name=op.f("ck_people_state")
        ),
        sa.CheckConstraint("gender IN ('female', 'male', 'other')", name=op.f("ck_people_gender")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("phone", name=op.f("uq_people_phone")),
    )


def downgrade() -> None:
    op.drop_table("people")
