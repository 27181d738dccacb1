"""Members who might like to be asked, looks at them, and links to help."""

import sqlalchemy as sa
from alembic import op

revision = "0088b_reaching_out"
down_revision = "0087_numbers"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
# What was found of check-ins that are not the same any more is shown to nobody: the worker looks at them anew.
FORGET = """
CREATE FUNCTION forget_drift() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM drifts WHERE crew_id = OLD.crew_id AND person_id = OLD.person_id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        DELETE FROM drifts WHERE crew_id = NEW.crew_id AND person_id = NEW.person_id;
    END IF;
    RETURN NULL;
END $$
"""
TRIGGER = """
CREATE TRIGGER forget_drift AFTER INSERT OR UPDATE OR DELETE ON check_ins
FOR EACH ROW EXECUTE FUNCTION forget_drift()
"""


def _created() -> sa.Column:
    return sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False)


def _refers(table: str, column: str, to: str, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"), ondelete=ondelete)


def upgrade() -> None:
    op.create_table(
        "drifts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("crew_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("periods", sa.SmallInteger(), nullable=False),
        _created(),
        sa.CheckConstraint("reason IN ('dropped', 'stopped')", name=op.f("ck_drifts_reason")),
        sa.CheckConstraint("basis IN ('shared', 'all')", name=op.f("ck_drifts_basis")),
        _refers("drifts", "crew_id", "crews"),
        _refers("drifts", "person_id", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drifts")),
        sa.UniqueConstraint("crew_id", "person_id", name=op.f("uq_drifts_crew_id_person_id")),
    )
    op.create_index("ix_drifts_person_id", "drifts", ["person_id"])
    op.create_index("ix_drifts_crew_id", "drifts", ["crew_id", "since", "id"])
    op.create_table(
        "drift_looks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("crew_id", sa.Uuid(), nullable=False),
        sa.Column("viewer_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        _created(),
        _refers("drift_looks", "crew_id", "crews"),
        _refers("drift_looks", "viewer_id", "people", "SET NULL"),
        _refers("drift_looks", "person_id", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drift_looks")),
        sa.UniqueConstraint(
            "crew_id", "viewer_id", "person_id", "since", name=op.f("uq_drift_looks_crew_id_viewer_id_person_id_since")
        ),
    )
    op.create_index("ix_drift_looks_viewer_id", "drift_looks", ["viewer_id"])
    op.create_index("ix_drift_looks_person_id", "drift_looks", ["person_id", "last_at"])
    op.create_table(
        "help_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("locale", sa.Text(), server_default="", nullable=False),
        _created(),
        sa.CheckConstraint("char_length(title) BETWEEN 1 AND 100", name=op.f("ck_help_links_title_length")),
        sa.CheckConstraint("char_length(note) <= 200", name=op.f("ck_help_links_note_length")),
        sa.CheckConstraint("char_length(address) <= 300", name=op.f("ck_help_links_address_length")),
        sa.CheckConstraint("address ~ '^(https://|tel:)'", name=op.f("ck_help_links_address")),
        sa.CheckConstraint("locale IN ('', 'en', 'fa')", name=op.f("ck_help_links_locale")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_links")),
    )
    op.create_index("ix_help_links_created_at", "help_links", ["created_at", "id"])
    op.execute(FORGET)
    op.execute(TRIGGER)


def downgrade() -> None:
    op.execute("DROP TRIGGER forget_drift ON check_ins")
    op.execute("DROP FUNCTION forget_drift()")
    for table in ("help_links", "drift_looks", "drifts"):
        op.drop_table(table)
