"""Copies from another Hampa wait for their person, and bring badges that were earned there."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0135_copies_looked_at"
down_revision = "0134_more_boards"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("activity_imports", sa.Column("preview", postgresql.JSONB(), nullable=True))
    op.add_column("activity_imports", sa.Column("agreed_at", MOMENT, nullable=True))
    op.create_table(
        "badges_elsewhere",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Uuid(), nullable=False),
        sa.Column("name_fa", sa.Text(), server_default="", nullable=False),
        sa.Column("name_en", sa.Text(), server_default="", nullable=False),
        sa.Column("earned_on", sa.Date(), nullable=False),
        sa.Column("site", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("char_length(name_fa || name_en) >= 1", name=op.f("ck_badges_elsewhere_named")),
        sa.CheckConstraint(
            "char_length(name_fa) <= 60 AND char_length(name_en) <= 60", name=op.f("ck_badges_elsewhere_name_length")
        ),
        sa.CheckConstraint("char_length(site) <= 200", name=op.f("ck_badges_elsewhere_site_length")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_badges_elsewhere_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_badges_elsewhere")),
        sa.UniqueConstraint("person_id", "reference", name=op.f("uq_badges_elsewhere_person_id_reference")),
    )


def downgrade() -> None:
    op.drop_table("badges_elsewhere")
    op.drop_column("activity_imports", "agreed_at")
    op.drop_column("activity_imports", "preview")
