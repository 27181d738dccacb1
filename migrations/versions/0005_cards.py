"""Runner cards, and interest in running with their owners."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005_cards"
down_revision = "0004_auth"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cards",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("days", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("time_of_day", sa.Text(), nullable=False),
        sa.Column("distance_km", sa.Numeric(4, 1), nullable=False),
        sa.Column("pace", sa.Integer(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("aim", sa.Text(), server_default="", nullable=False),
        sa.Column("best_5k", sa.Integer(), nullable=True),
        sa.Column("best_10k", sa.Integer(), nullable=True),
        sa.Column("best_half", sa.Integer(), nullable=True),
        sa.Column("best_marathon", sa.Integer(), nullable=True),
        sa.Column("phone_visibility", sa.Text(), server_default="hidden", nullable=False),
        sa.Column("company", sa.Text(), server_default="anyone", nullable=False),
        sa.Column("state", sa.Text(), server_default="active", nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("char_length(title) BETWEEN 3 AND 80", name=op.f("ck_cards_title_length")),
        sa.CheckConstraint("char_length(description) <= 1000", name=op.f("ck_cards_description_length")),
        sa.CheckConstraint("char_length(place) BETWEEN 2 AND 80", name=op.f("ck_cards_place_length")),
        sa.CheckConstraint("char_length(aim) <= 80", name=op.f("ck_cards_aim_length")),
        sa.CheckConstraint(
            "cardinality(days) BETWEEN 1 AND 7 AND days <@ ARRAY['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']",
            name=op.f("ck_cards_days"),
        ),
        sa.CheckConstraint(
            "time_of_day IN ('dawn', 'morning', 'noon', 'afternoon', 'evening', 'night')",
            name=op.f("ck_cards_time_of_day"),
        ),
        sa.CheckConstraint("distance_km BETWEEN 1 AND 200", name=op.f("ck_cards_distance")),
        sa.CheckConstraint("pace BETWEEN 150 AND 900", name=op.f("ck_cards_pace")),
        sa.CheckConstraint("level IN ('beginner', 'regular', 'advanced')", name=op.f("ck_cards_level")),
        sa.CheckConstraint("latitude BETWEEN -90 AND 90", name=op.f("ck_cards_latitude")),
        sa.CheckConstraint("longitude BETWEEN -180 AND 180", name=op.f("ck_cards_longitude")),
        sa.CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name=op.f("ck_cards_whole_pin")),
        sa.CheckConstraint(
            "best_5k > 0 AND best_10k > 0 AND best_half > 0 AND best_marathon > 0", name=op.f("ck_cards_best_times")
        ),
        sa.CheckConstraint(
            "phone_visibility IN ('hidden', 'accepted', 'public')", name=op.f("ck_cards_phone_visibility")
        ),
        sa.CheckConstraint("company IN ('anyone', 'women')", name=op.f("ck_cards_company")),
        sa.CheckConstraint("state IN ('active', 'resting')", name=op.f("ck_cards_state")),
        sa.ForeignKeyConstraint(["owner_id"], ["people.id"], name=op.f("fk_cards_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cards")),
    )
    op.create_index("ix_cards_listed", "cards", ["created_at", "id"], postgresql_where=sa.text("state = 'active'"))
    op.create_index(
        "ix_cards_search", "cards", ["search"], postgresql_using="gin", postgresql_ops={"search": "gin_trgm_ops"}
    )
    op.create_index("ix_cards_owner_id_created_at", "cards", ["owner_id", "created_at", "id"])
    op.create_table(
        "interests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("card_id", sa.Uuid(), nullable=True),
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Text(), server_default="pending", nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "status IN ('pending', 'accepted', 'declined', 'withdrawn', 'ended')", name=op.f("ck_interests_status")
        ),
        sa.CheckConstraint("sender_id <> owner_id", name=op.f("ck_interests_two_people")),
        sa.CheckConstraint("char_length(line) <= 200", name=op.f("ck_interests_line_length")),
        sa.CheckConstraint("(status = 'pending') = (decided_at IS NULL)", name=op.f("ck_interests_decided")),
        sa.ForeignKeyConstraint(["card_id"], ["cards.id"], name=op.f("fk_interests_card_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["sender_id"], ["people.id"], name=op.f("fk_interests_sender_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["people.id"], name=op.f("fk_interests_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interests")),
    )
    op.create_index(
        "uq_interests_pending",
        "interests",
        ["card_id", "sender_id"],
        unique=True,
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index("ix_interests_card_id", "interests", ["card_id"])
    op.create_index("ix_interests_owner_id_created_at", "interests", ["owner_id", "created_at", "id"])
    op.create_index("ix_interests_sender_id_created_at", "interests", ["sender_id", "created_at", "id"])


def downgrade() -> None:
    op.drop_table("interests")
    op.drop_table("cards")
