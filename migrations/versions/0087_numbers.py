"""Check-ins by numbers only, and the numbers of crews, which are published once for each period."""

import sqlalchemy as sa
from alembic import op

revision = "0087_numbers"
down_revision = "0091_sessions_of_links"
branch_labels = None
depends_on = None

SCALES = ("productive", "satisfied", "body", "care")
MOMENT = sa.DateTime(timezone=True)
# What the crew has read under a name may be known to somebody when it is changed or deleted: it is counted, since those
# who answer by numbers only hide among others.
NOTE = """
CREATE FUNCTION note_crew_period() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.sharing = 'crew' AND (TG_OP = 'DELETE' OR NEW.sharing <> 'crew') THEN
        UPDATE crew_numbers SET withdrawn = withdrawn + 1
        WHERE crew_id = OLD.crew_id AND period_from = OLD.period_from AND period_to = OLD.period_to
              AND published_at IS NULL;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.crew_id IS NOT NULL AND NEW.sharing <> 'private' AND NOT EXISTS (
        SELECT FROM crew_numbers
        WHERE crew_id = NEW.crew_id AND period_from = NEW.period_from AND period_to = NEW.period_to
              AND ends_at >= NEW.ends_at
    ) THEN
        INSERT INTO crew_numbers (id, crew_id, period_from, period_to, ends_at)
        VALUES (gen_random_uuid(), NEW.crew_id, NEW.period_from, NEW.period_to, NEW.ends_at)
        ON CONFLICT (crew_id, period_from, period_to) DO UPDATE
        SET ends_at = GREATEST(crew_numbers.ends_at, EXCLUDED.ends_at) WHERE crew_numbers.published_at IS NULL;
    END IF;
    RETURN NULL;
END $$
"""
TRIGGER = """
CREATE TRIGGER note_period AFTER INSERT OR UPDATE OF sharing OR DELETE ON check_ins
FOR EACH ROW EXECUTE FUNCTION note_crew_period()
"""
EARLIER = """
INSERT INTO crew_numbers (id, crew_id, period_from, period_to, ends_at)
SELECT gen_random_uuid(), crew_id, period_from, period_to, max(ends_at) FROM check_ins
WHERE crew_id IS NOT NULL AND sharing <> 'private' GROUP BY crew_id, period_from, period_to
"""


def upgrade() -> None:
    op.add_column("check_ins", sa.Column("counted_from", sa.SmallInteger(), server_default="20", nullable=False))
    op.drop_constraint(op.f("ck_check_ins_sharing"), "check_ins")
    op.create_check_constraint(op.f("ck_check_ins_sharing"), "check_ins", "sharing IN ('crew', 'numbers', 'private')")
    op.create_check_constraint(op.f("ck_check_ins_counted_from"), "check_ins", "counted_from BETWEEN 3 AND 20")
    op.create_index("ix_check_ins_period", "check_ins", ["crew_id", "period_from", "period_to"])
    op.drop_index("ix_check_ins_crew_id", "check_ins")
    op.create_table(
        "crew_numbers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("crew_id", sa.Uuid(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("withdrawn", sa.Integer(), server_default="0", nullable=False),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.Column("answers", sa.Integer(), nullable=True),
        sa.Column("members", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.Numeric(3, 1), nullable=True) for name in SCALES),
        sa.Column(
            "score",
            sa.Numeric(3, 1),
            sa.Computed("productive + satisfied + body - care", persisted=True),
            nullable=True,
        ),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(answers, members, productive, satisfied, body, care) IN (0, 6)",
            name=op.f("ck_crew_numbers_whole"),
        ),
        sa.CheckConstraint("answers IS NULL OR published_at IS NOT NULL", name=op.f("ck_crew_numbers_published")),
        sa.ForeignKeyConstraint(["crew_id"], ["crews.id"], name=op.f("fk_crew_numbers_crew_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crew_numbers")),
        sa.UniqueConstraint(
            "crew_id", "period_from", "period_to", name=op.f("uq_crew_numbers_crew_id_period_from_period_to")
        ),
    )
    op.create_index(
        "ix_crew_numbers_ends_at", "crew_numbers", ["ends_at"], postgresql_where=sa.text("published_at IS NULL")
    )
    op.execute(EARLIER)
    op.execute(NOTE)
    op.execute(TRIGGER)


def downgrade() -> None:
    op.execute("DROP TRIGGER note_period ON check_ins")
    op.execute("DROP FUNCTION note_crew_period()")
    op.drop_table("crew_numbers")
    op.execute("UPDATE check_ins SET sharing = 'private' WHERE sharing = 'numbers'")
    op.create_index("ix_check_ins_crew_id", "check_ins", ["crew_id"])
    op.drop_index("ix_check_ins_period", "check_ins")
    op.drop_column("check_ins", "counted_from")
    op.drop_constraint(op.f("ck_check_ins_sharing"), "check_ins")
    op.create_check_constraint(op.f("ck_check_ins_sharing"), "check_ins", "sharing IN ('crew', 'private')")
