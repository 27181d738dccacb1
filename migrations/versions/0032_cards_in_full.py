"""Cards in full: found by words and by where they are, matched, with a picture; companions who part."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032_cards_in_full"
down_revision = "0031_moderation"
branch_labels = None
depends_on = None

CELLS = ("small_cell", "cell", "wide_cell", "widest_cell")
REASONS = "('not_a_picture', 'heic', 'too_large', 'too_small', 'broken', 'failed')"
LISTED = "state = 'active'"


def upgrade() -> None:
    op.drop_index("ix_cards_search", "cards")
    op.alter_column("cards", "search", type_=postgresql.TSVECTOR(), postgresql_using="to_tsvector('simple', search)")
    op.create_index("ix_cards_search", "cards", ["search"], postgresql_using="gin")
    for name in ("spot_latitude", "spot_longitude"):
        op.add_column("cards", sa.Column(name, sa.Float(), nullable=True))
    for name in CELLS:
        op.add_column("cards", sa.Column(name, sa.Integer(), nullable=True))
        there = sa.text(f"{LISTED} AND {name} IS NOT NULL")
        op.create_index(f"ix_cards_{name}", "cards", [name, "created_at", "id"], postgresql_where=there)
    by_pace = ["time_of_day", "pace", "id"]
    for name in ("cell", "wide_cell"):
        there = sa.text(f"{LISTED} AND {name} IS NOT NULL")
        op.create_index(f"ix_cards_match_{name}", "cards", [name, *by_pace], postgresql_where=there)
    nowhere = sa.text(f"{LISTED} AND cell IS NULL")
    op.create_index("ix_cards_match_nowhere", "cards", by_pace, postgresql_where=nowhere)
    op.create_index("ix_cards_match_anywhere", "cards", by_pace, postgresql_where=sa.text(LISTED))
    let_be_found()
    op.drop_constraint("ck_interests_status", "interests")
    op.create_check_constraint(
        op.f("ck_interests_status"),
        "interests",
        "status IN ('pending', 'accepted', 'declined', 'withdrawn', 'ended', 'parted')",
    )
    make_pictures()


def let_be_found() -> None:
    """Folding words and knowing towns is Python's part: the worker does it for the cards that are there."""
    op.execute(
        "INSERT INTO jobs (id, name, args, queue, status, due_at, attempts) "
        "SELECT gen_random_uuid(), 'cards.let_all_be_found', '{}', 'normal', 'waiting', now(), 0 "
        "WHERE EXISTS (SELECT FROM cards)"
    )


def make_pictures() -> None:
    op.create_table(
        "card_pictures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("card_id", sa.Uuid(), nullable=False),
        sa.Column("upload", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("widths", sa.ARRAY(sa.Integer()), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(f"reason IN {REASONS}", name=op.f("ck_card_pictures_reason")),
        sa.CheckConstraint("(widths IS NULL) = (height IS NULL)", name=op.f("ck_card_pictures_size")),
        sa.CheckConstraint("num_nonnulls(upload, reason, widths) = 1", name=op.f("ck_card_pictures_one_state")),
        sa.ForeignKeyConstraint(["card_id"], ["cards.id"], name=op.f("fk_card_pictures_card_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_pictures")),
    )
    op.create_index("ix_card_pictures_card_id", "card_pictures", ["card_id", "created_at", "id"])


def downgrade() -> None:
    op.drop_table("card_pictures")
    op.execute("UPDATE interests SET status = 'ended' WHERE status = 'parted'")
    op.drop_constraint("ck_interests_status", "interests")
    op.create_check_constraint(
        op.f("ck_interests_status"), "interests", "status IN ('pending', 'accepted', 'declined', 'withdrawn', 'ended')"
    )
    op.drop_index("ix_cards_match_anywhere", "cards")
    for name in ("spot_latitude", "spot_longitude", *CELLS):
        op.drop_column("cards", name)
    op.drop_index("ix_cards_search", "cards")
    op.alter_column(
        "cards", "search", type_=sa.Text(), postgresql_using="array_to_string(tsvector_to_array(search), ' ')"
    )
    op.create_index(
        "ix_cards_search", "cards", ["search"], postgresql_using="gin", postgresql_ops={"search": "gin_trgm_ops"}
    )
