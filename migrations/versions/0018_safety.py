"""Runners who are waited for."""

import sqlalchemy as sa
from alembic import op

revision = "0018_safety"
down_revision = "0017_reminders"
branch_labels = None
depends_on = None

RUNNING = "status IN ('waiting', 'nudged', 'asked', 'told')"
MOMENT = {"type_": sa.DateTime(timezone=True)}


def upgrade() -> None:
    op.create_table(
        "safety_watches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("place", sa.Text(), server_default="", nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=False),
        sa.Column("contact_phone", sa.Text(), nullable=False),
        sa.Column("expected_at", nullable=False, **MOMENT),
        sa.Column("status", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("next_at", nullable=True, **MOMENT),
        sa.Column("heard_at", nullable=False, **MOMENT),
        sa.Column("told_at", nullable=True, **MOMENT),
        sa.Column("tellings", sa.Integer(), server_default="0", nullable=False),
        sa.Column("ended_at", nullable=True, **MOMENT),
        sa.Column("created_at", server_default=sa.func.now(), nullable=False, **MOMENT),
        sa.Column("updated_at", server_default=sa.func.now(), nullable=False, **MOMENT),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "status IN ('waiting', 'nudged', 'asked', 'told', 'home', 'cancelled')",
            name=op.f("ck_safety_watches_status"),
        ),
        sa.CheckConstraint(f"({RUNNING}) = (ended_at IS NULL)", name=op.f("ck_safety_watches_ended")),
        sa.CheckConstraint(
            "(status IN ('waiting', 'nudged', 'asked')) = (next_at IS NOT NULL)", name=op.f("ck_safety_watches_next")
        ),
        sa.CheckConstraint(
            "char_length(contact_name) BETWEEN 1 AND 60", name=op.f("ck_safety_watches_contact_name_length")
        ),
        sa.CheckConstraint(
            r"contact_phone ~ '^\+[1-9][0-9]{6,14}$'", name=op.f("ck_safety_watches_contact_phone_e164")
        ),
        sa.CheckConstraint("char_length(place) <= 120", name=op.f("ck_safety_watches_place_length")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_safety_watches_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_safety_watches_run_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_safety_watches")),
    )
    index("uq_safety_watches_running", ["person_id"], RUNNING, unique=True)
    index("ix_safety_watches_person_id_created_at", ["person_id", "created_at", "id"])
    index("ix_safety_watches_next_at", ["next_at"], "next_at IS NOT NULL")
    index("ix_safety_watches_run_id", ["run_id"], "run_id IS NOT NULL")
    index("ix_safety_watches_contact_phone", ["contact_phone"])
    index("ix_safety_watches_ended_at", ["ended_at"], "ended_at IS NOT NULL")


def index(name: str, columns: list[str], where: str | None = None, *, unique: bool = False) -> None:
    op.create_index(name, "safety_watches", columns, unique=unique, postgresql_where=sa.text(where) if where else None)


def downgrade() -> None:
    op.drop_table("safety_watches")
