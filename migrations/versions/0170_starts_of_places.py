"""When the run of a participation starts, kept by triggers, and an index of it by person (docs/adr/0014)."""

import sqlalchemy as sa
from alembic import op

revision = "0170_starts_of_places"
down_revision = "0169_quicker_words"
branch_labels = None
depends_on = None

# FOR SHARE waits for whoever moves the run at this moment, and lets nobody move it until the participation is committed.
# Whoever adds one by the site holds the row's lock already.
OF_PARTICIPATION = """
CREATE OR REPLACE FUNCTION note_start_of_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT starts_at INTO NEW.run_starts_at FROM runs WHERE id = NEW.run_id FOR SHARE;
    RETURN NEW;
END $$
"""
OF_RUN = """
CREATE OR REPLACE FUNCTION note_start_in_participations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE participations SET run_starts_at = NEW.starts_at WHERE run_id = NEW.id;
    RETURN NULL;
END $$
"""
TRIGGERS = (
    "CREATE OR REPLACE TRIGGER note_start BEFORE INSERT OR UPDATE OF run_id ON participations FOR EACH ROW"
    " EXECUTE FUNCTION note_start_of_run()",
    "CREATE OR REPLACE TRIGGER note_start AFTER UPDATE OF starts_at ON runs FOR EACH ROW"
    " WHEN (OLD.starts_at <> NEW.starts_at) EXECUTE FUNCTION note_start_in_participations()",
)
# Whoever moves a run meanwhile writes the new start, which is then no longer NULL.
FILL = sa.text("""
WITH batch AS (SELECT id FROM participations WHERE id > :last ORDER BY id LIMIT :size),
     filled AS (
        UPDATE participations SET run_starts_at = runs.starts_at FROM runs
        WHERE participations.id IN (SELECT id FROM batch) AND runs.id = run_id AND run_starts_at IS NULL)
SELECT id FROM batch ORDER BY id DESC LIMIT 1
""")
# PostgreSQL believes the constraint, and reads no row while it holds the lock of SET NOT NULL.
# Nothing but this migration has seen the constraint; and the block has no transaction, each statement is one by itself.
GONE = "-- squawk-ignore ban-drop-constraint\n"
ALONE = "-- squawk-ignore constraint-missing-not-valid\n"
REQUIRE = (
    f"{GONE}ALTER TABLE participations DROP CONSTRAINT IF EXISTS has_start",
    "ALTER TABLE participations ADD CONSTRAINT has_start CHECK (run_starts_at IS NOT NULL) NOT VALID",
    f"{ALONE}ALTER TABLE participations VALIDATE CONSTRAINT has_start",
    "ALTER TABLE participations ALTER COLUMN run_starts_at SET NOT NULL",
    f"{GONE}ALTER TABLE participations DROP CONSTRAINT has_start",
)
FIRST, A_BATCH = "00000000-0000-0000-0000-000000000000", 5_000
INDEX = "ix_participations_person_id_run_starts_at"


def upgrade() -> None:
    # All of it can be done twice: what stands before the block is committed, and filling may be interrupted.
    op.execute("ALTER TABLE participations ADD COLUMN IF NOT EXISTS run_starts_at timestamptz")
    for statement in (OF_PARTICIPATION, OF_RUN, *TRIGGERS):
        op.execute(statement)
    # Old rows some at a time, so that nobody waits for them.
    with op.get_context().autocommit_block():
        last = FIRST
        while last is not None:
            last = op.get_bind().scalar(FILL, {"last": last, "size": A_BATCH})
        for statement in REQUIRE:
            op.execute(statement)
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {INDEX}")
        op.execute(
            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {INDEX} ON participations (person_id, run_starts_at, run_id)"
        )


def downgrade() -> None:
    op.execute("DROP TRIGGER note_start ON runs")
    op.execute("DROP TRIGGER note_start ON participations")
    op.execute("DROP FUNCTION note_start_in_participations()")
    op.execute("DROP FUNCTION note_start_of_run()")
    op.drop_index(INDEX, "participations")
    op.drop_column("participations", "run_starts_at")
