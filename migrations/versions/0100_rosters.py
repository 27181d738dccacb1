"""Rosters of days, which are drafted before they are published, and rules by which they are checked."""

import sqlalchemy as sa
from alembic import op

revision = "0100_rosters"
down_revision = "0107_changes_of_messages"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
OVERLAP = "ALTER TABLE duty_bookings ADD CONSTRAINT ex_duty_bookings_one_at_a_time EXCLUDE USING gist"
OVERLAP += " (person_id WITH =, tstzrange(begins_at, ends_at) WITH &&) WHERE ({})"


def upgrade() -> None:
    op.add_column("duty_bookings", sa.Column("is_draft", sa.Boolean(), server_default="false", nullable=False))
    op.drop_constraint("ex_duty_bookings_one_at_a_time", "duty_bookings")
    op.execute(OVERLAP.format("cancelled_at IS NULL AND NOT is_draft"))
    _create(
        "duty_rosters",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.Column("publications", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("expected", sa.Integer(), nullable=True),
        sa.CheckConstraint("expected BETWEEN 0 AND 100000", name=op.f("ck_duty_rosters_expected")),
    )
    for owner in ("crew_id", "series_id"):
        _index(f"uq_duty_rosters_{owner}", "duty_rosters", [owner, "day"], owner)
    _create(
        "roster_rules",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), server_default="", nullable=False),
        sa.Column("people", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("per", sa.SmallInteger(), nullable=True),
        sa.Column("is_blocking", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint(
            "kind IN ('filled', 'leader_alone', 'ratio', 'qualified', 'team')", name=op.f("ck_roster_rules_kind")
        ),
        sa.CheckConstraint(
            "CASE WHEN kind IN ('filled', 'ratio') THEN role IN ('leader', 'marshal', 'timekeeper', 'scanner', 'sweep',"
            " 'first_aid', 'other') ELSE role = '' END",
            name=op.f("ck_roster_rules_role"),
        ),
        sa.CheckConstraint("people BETWEEN 1 AND 500", name=op.f("ck_roster_rules_people")),
        sa.CheckConstraint(
            "(kind = 'ratio') = (per IS NOT NULL) AND per BETWEEN 1 AND 10000", name=op.f("ck_roster_rules_per")
        ),
    )
    for owner in ("crew_id", "series_id"):
        _index(f"uq_roster_rules_{owner}", "roster_rules", [owner, "kind", "role"], owner)


def _create(name: str, *columns: sa.Column | sa.CheckConstraint) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("crew_id", sa.Uuid(), nullable=True),
        sa.Column("series_id", sa.Uuid(), nullable=True),
        *columns,
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("num_nonnulls(crew_id, series_id) = 1", name=op.f(f"ck_{name}_belongs")),
        sa.ForeignKeyConstraint(["crew_id"], ["crews.id"], name=op.f(f"fk_{name}_crew_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f(f"fk_{name}_series_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )


def _index(name: str, table: str, columns: list[str], owner: str) -> None:
    op.create_index(name, table, columns, unique=True, postgresql_where=sa.text(f"{owner} IS NOT NULL"))


def downgrade() -> None:
    op.drop_table("roster_rules")
    op.drop_table("duty_rosters")
    op.drop_constraint("ex_duty_bookings_one_at_a_time", "duty_bookings")
    op.execute("DELETE FROM duty_bookings WHERE is_draft")
    op.execute(OVERLAP.format("cancelled_at IS NULL"))
    op.drop_column("duty_bookings", "is_draft")
