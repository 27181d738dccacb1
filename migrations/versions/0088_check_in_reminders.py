"""Choices about check-ins, reminders that were sent, and nudges."""

import sqlalchemy as sa
from alembic import op

revision = "0088_check_in_reminders"
down_revision = "0090_more_of_crews"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def _id() -> list[sa.Column]:
    return [sa.Column("id", sa.Uuid(), nullable=False)]


def _created() -> sa.Column:
    return sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False)


def _changing() -> list[sa.Column]:
    return [
        _created(),
        sa.Column("updated_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
    ]


def _refers(table: str, column: str, to: str, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"), ondelete=ondelete)


def upgrade() -> None:
    table = "check_in_choices"
    op.create_table(
        table,
        *_id(),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("crew_id", sa.Uuid(), nullable=False),
        sa.Column("reminders", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("asking", sa.Text(), server_default="nobody", nullable=False),
        *_changing(),
        sa.CheckConstraint("asking IN ('nobody', 'shared', 'all')", name=op.f(f"ck_{table}_asking")),
        _refers(table, "person_id", "people"),
        _refers(table, "crew_id", "crews"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("person_id", "crew_id", name=op.f(f"uq_{table}_person_id_crew_id")),
    )
    op.create_index("ix_check_in_choices_crew_id", table, ["crew_id"])
    op.create_index("ix_check_in_choices_asking", table, ["id"], postgresql_where=sa.text("asking <> 'nobody'"))
    table = "check_in_preferences"
    op.create_table(
        table,
        *_id(),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("reminders", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("sharing", sa.Text(), server_default="private", nullable=False),
        *_changing(),
        sa.CheckConstraint("sharing IN ('private', 'numbers', 'crew')", name=op.f(f"ck_{table}_sharing")),
        _refers(table, "person_id", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("person_id", name=op.f(f"uq_{table}_person_id")),
    )
    table = "check_in_reminders"
    op.create_table(
        table,
        *_id(),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("crew_id", sa.Uuid(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("day", sa.SmallInteger(), nullable=False),
        _created(),
        sa.CheckConstraint("day BETWEEN 0 AND 13", name=op.f(f"ck_{table}_day")),
        _refers(table, "person_id", "people"),
        _refers(table, "crew_id", "crews"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint(
            "person_id", "crew_id", "period_from", "day", name=op.f(f"uq_{table}_person_id_crew_id_period_from_day")
        ),
    )
    op.create_index("ix_check_in_reminders_crew_id", table, ["crew_id"])
    op.create_index("ix_check_in_reminders_created_at", table, ["created_at"])
    table = "check_in_nudges"
    op.create_table(
        table,
        *_id(),
        sa.Column("crew_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("nudged_at", MOMENT, nullable=False),
        _created(),
        _refers(table, "crew_id", "crews"),
        _refers(table, "person_id", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("crew_id", "person_id", name=op.f(f"uq_{table}_crew_id_person_id")),
    )
    op.create_index("ix_check_in_nudges_person_id", table, ["person_id"])
    table = "check_in_nudge_rounds"
    op.create_table(
        table,
        *_id(),
        sa.Column("crew_id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        _created(),
        _refers(table, "crew_id", "crews"),
        _refers(table, "actor_id", "people", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index("ix_check_in_nudge_rounds_crew_id", table, ["crew_id", "created_at"])
    op.create_index("ix_check_in_nudge_rounds_actor_id", table, ["actor_id"])


def downgrade() -> None:
    for name in ("nudge_rounds", "nudges", "reminders", "preferences", "choices"):
        op.drop_table(f"check_in_{name}")
