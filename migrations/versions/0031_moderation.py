"""Reports, the log of what was decided about them, and until when somebody is suspended."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031_moderation"
down_revision = "0030_number_marks"
branch_labels = None
depends_on = None

DECISIONS = "decision IN ('nothing', 'remove', 'warn', 'suspend', 'ban', 'restore')"
MOMENT = sa.DateTime(timezone=True)


def person(name: str, table: str) -> tuple[sa.Column, sa.ForeignKeyConstraint]:
    """Return a column that names a person, or nobody any more, and its foreign key."""
    key = sa.ForeignKeyConstraint([name], ["people.id"], name=op.f(f"fk_{table}_{name}"), ondelete="SET NULL")
    return sa.Column(name, sa.Uuid(), nullable=True), key


def upgrade() -> None:
    op.add_column("people", sa.Column("suspended_until", MOMENT, nullable=True))
    op.create_check_constraint(
        op.f("ck_people_suspended_until"), "people", "suspended_until IS NULL OR state = 'suspended'"
    )
    op.create_table(
        "reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        *person("reporter_id", "reports"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        *person("about_id", "reports"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.Column("shown", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        *person("decided_by_id", "reports"),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("kind IN ('person', 'card', 'run', 'comment', 'photo')", name=op.f("ck_reports_kind")),
        sa.CheckConstraint(
            "reason IN ('harassment', 'danger', 'fake', 'spam', 'other')", name=op.f("ck_reports_reason")
        ),
        sa.CheckConstraint("state IN ('open', 'decided')", name=op.f("ck_reports_state")),
        sa.CheckConstraint(DECISIONS, name=op.f("ck_reports_decision")),
        sa.CheckConstraint("char_length(words) <= 1000", name=op.f("ck_reports_words_length")),
        sa.CheckConstraint("(state = 'decided') = (decided_at IS NOT NULL)", name=op.f("ck_reports_decided")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
    )
    op.create_index(
        "uq_reports_open",
        "reports",
        ["reporter_id", "kind", "subject_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_reports_state_created_at_id", "reports", ["state", "created_at", "id"])
    op.create_index("ix_reports_subject_id", "reports", ["subject_id"])
    op.create_index("ix_reports_about_id_created_at", "reports", ["about_id", "created_at"])
    op.create_index("ix_reports_reporter_id_created_at", "reports", ["reporter_id", "created_at"])
    op.create_index("ix_reports_decided_by_id", "reports", ["decided_by_id"])
    table = "moderation_decisions"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=True),
        *person("person_id", table),
        *person("by_id", table),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("until", MOMENT, nullable=True),
        sa.Column("state_before", sa.Text(), server_default="", nullable=False),
        sa.Column("state_after", sa.Text(), server_default="", nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint(DECISIONS, name=op.f(f"ck_{table}_decision")),
        sa.CheckConstraint("char_length(note) <= 1000", name=op.f(f"ck_{table}_note_length")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f(f"fk_{table}_report_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(f"ix_{table}_person_id_created_at", table, ["person_id", "created_at"])
    op.create_index(f"ix_{table}_report_id", table, ["report_id"])
    op.create_index(f"ix_{table}_by_id", table, ["by_id"])


def downgrade() -> None:
    op.drop_table("moderation_decisions")
    op.drop_table("reports")
    op.drop_column("people", "suspended_until")
