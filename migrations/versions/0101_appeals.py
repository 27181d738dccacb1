"""Appeals to take short shifts: who wants to be asked, how often, and who was asked."""

import sqlalchemy as sa
from alembic import op

revision = "0101_appeals"
down_revision = "0100_rosters"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create(
        "duty_appeal_settings",
        *_owner("duty_appeal_settings"),
        sa.Column("is_automatic", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("every_days", sa.SmallInteger(), server_default="14", nullable=False),
        sa.Column("most", sa.SmallInteger(), server_default="10", nullable=False),
        sa.CheckConstraint("every_days BETWEEN 1 AND 365", name=op.f("ck_duty_appeal_settings_every_days")),
        sa.CheckConstraint("most BETWEEN 1 AND 50", name=op.f("ck_duty_appeal_settings_most")),
        changes=True,
    )
    _create(
        "duty_appeal_choices",
        *_owner("duty_appeal_choices"),
        *_to("duty_appeal_choices", "person_id", "people"),
        sa.Column("asked_at", MOMENT, nullable=True),
    )
    for owner in ("crew_id", "series_id"):
        there = sa.text(f"{owner} IS NOT NULL")
        name = f"uq_duty_appeal_settings_{owner}"
        op.create_index(name, "duty_appeal_settings", [owner], unique=True, postgresql_where=there)
        name = f"uq_duty_appeal_choices_{owner}"
        op.create_index(name, "duty_appeal_choices", [owner, "person_id"], unique=True, postgresql_where=there)
    op.create_index("ix_duty_appeal_choices_person_id", "duty_appeal_choices", ["person_id"])
    _create(
        "duty_appeals",
        *_to("duty_appeals", "schedule_id", "duty_schedules"),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("begins_at", MOMENT, nullable=False),
        *_to("duty_appeals", "author_id", "people", "SET NULL", nullable=True),
        sa.Column("is_automatic", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
    )
    op.create_index("ix_duty_appeals_schedule_id", "duty_appeals", ["schedule_id", "starts_at"])
    op.create_index("ix_duty_appeals_author_id", "duty_appeals", ["author_id"])
    op.create_index(
        "uq_duty_appeals_automatic",
        "duty_appeals",
        ["schedule_id", "starts_at", "day"],
        unique=True,
        postgresql_where=sa.text("is_automatic"),
    )
    _create(
        "duty_asks",
        *_to("duty_asks", "appeal_id", "duty_appeals"),
        *_to("duty_asks", "person_id", "people"),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.CheckConstraint("answer IS NULL OR answer IN ('taken', 'declined')", name=op.f("ck_duty_asks_answer")),
        sa.UniqueConstraint("appeal_id", "person_id", name=op.f("uq_duty_asks_appeal_id_person_id")),
    )
    op.create_index("ix_duty_asks_person_id", "duty_asks", ["person_id"])


def _create(name: str, *parts: sa.Column | sa.Constraint, changes: bool = False) -> None:
    more = [
        sa.Column("updated_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
    ]
    op.create_table(
        name,
        sa.Column("id", sa.Uuid(), nullable=False),
        *parts,
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        *(more if changes else ()),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )


def _owner(table: str) -> tuple[sa.Column | sa.Constraint, ...]:
    belongs = sa.CheckConstraint("num_nonnulls(crew_id, series_id) = 1", name=op.f(f"ck_{table}_belongs"))
    crew, series = _to(table, "crew_id", "crews", nullable=True), _to(table, "series_id", "series", nullable=True)
    return (*crew, *series, belongs)


def _to(
    table: str, column: str, other: str, ondelete: str = "CASCADE", *, nullable: bool = False
) -> tuple[sa.Column | sa.Constraint, ...]:
    key = sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"), ondelete=ondelete)
    return sa.Column(column, sa.Uuid(), nullable=nullable), key


def downgrade() -> None:
    for table in ("duty_asks", "duty_appeals", "duty_appeal_choices", "duty_appeal_settings"):
        op.drop_table(table)
