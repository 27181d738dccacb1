"""Challenges of crews, and who takes part in them."""

import sqlalchemy as sa
from alembic import op

revision = "0119_challenges"
down_revision = "0118_badges"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
KINDS = "kind IN ('run', 'trail', 'walk', 'hike', 'ride', 'swim', 'strength', 'mobility', 'other')"


def _record() -> list[sa.Column]:
    return [
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
    ]


def _refers(table: str, column: str, target: str, fate: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), ondelete=fate)


def upgrade() -> None:
    op.create_table(
        "challenges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("crew_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("target", sa.BigInteger(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        *_record(),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 100", name=op.f("ck_challenges_name_length")),
        sa.CheckConstraint("char_length(description) <= 1000", name=op.f("ck_challenges_description_length")),
        sa.CheckConstraint(
            "metric IN ('time', 'distance', 'count', 'attendance', 'duties')", name=op.f("ck_challenges_metric")
        ),
        sa.CheckConstraint("mode IN ('sum', 'ranking')", name=op.f("ck_challenges_mode")),
        sa.CheckConstraint(f"kind = '' OR {KINDS}", name=op.f("ck_challenges_kind")),
        sa.CheckConstraint("(mode = 'sum') = (target IS NOT NULL)", name=op.f("ck_challenges_has_target")),
        sa.CheckConstraint("target BETWEEN 1 AND 1000000000000", name=op.f("ck_challenges_target")),
        sa.CheckConstraint("ends_on >= starts_on AND ends_on - starts_on < 366", name=op.f("ck_challenges_days")),
        _refers("challenges", "crew_id", "crews", "CASCADE"),
        _refers("challenges", "author_id", "people", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenges")),
        sa.UniqueConstraint("token", name=op.f("uq_challenges_token")),
    )
    op.create_index("ix_challenges_crew_id", "challenges", ["crew_id", "ends_on", "id"])
    op.create_index("ix_challenges_author_id", "challenges", ["author_id"])
    op.create_index(
        "ix_challenges_unfinished", "challenges", ["ends_on"], postgresql_where=sa.text("finished_at IS NULL")
    )
    op.create_table(
        "challenge_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("challenge_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("by_link", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("value", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("final_rank", sa.Integer(), nullable=True),
        *_record(),
        sa.CheckConstraint("value >= 0", name=op.f("ck_challenge_entries_value")),
        _refers("challenge_entries", "challenge_id", "challenges", "CASCADE"),
        _refers("challenge_entries", "person_id", "people", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenge_entries")),
        sa.UniqueConstraint("challenge_id", "person_id", name=op.f("uq_challenge_entries_challenge_id_person_id")),
    )
    op.create_index("ix_challenge_entries_value", "challenge_entries", ["challenge_id", "value", "id"])
    op.create_index("ix_challenge_entries_person_id", "challenge_entries", ["person_id", "challenge_id"])


def downgrade() -> None:
    op.drop_table("challenge_entries")
    op.drop_table("challenges")
