"""Cut routes have sums of their own, computed from the visible line, and each door has one hidden zone.

What was cut before is forgotten: the worker cuts those routes anew, and until then others see nothing of them.
"""

from alembic import op

revision = "0043_hidden_zones"
down_revision = "0044_notices_keep_references"
branch_labels = None
depends_on = None

PICTURES = ("card_pictures", "person_pictures", "run_pictures")
REASONS = ("not_a_picture", "heic", "too_large", "too_small", "broken", "failed")
NEW_REASONS = ("avif", "tiff", "gif", "bmp", "jpeg_xl", "jpeg_2000", "svg", "pdf", "video")


WHOLE = "(gpx IS NULL) = (distance_m IS NULL) AND (gpx IS NULL) = (whole IS NULL)"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE IF NOT EXISTS hidden_zones ("
        " id uuid NOT NULL CONSTRAINT pk_hidden_zones PRIMARY KEY,"
        " person_id uuid NOT NULL CONSTRAINT fk_hidden_zones_person_id REFERENCES people (id) ON DELETE CASCADE,"
        " north double precision NOT NULL,"
        " east double precision NOT NULL,"
        " created_at timestamptz NOT NULL DEFAULT now(),"
        " CONSTRAINT ck_hidden_zones_on_globe CHECK (north BETWEEN -91 AND 91 AND east BETWEEN -180 AND 180))"
    )
    op.execute("CREATE INDEX IF NOT EXISTS ix_hidden_zones_person_id ON hidden_zones (person_id)")
    op.execute(
        "ALTER TABLE run_routes ADD COLUMN IF NOT EXISTS added_by_id uuid,"
        " ADD COLUMN IF NOT EXISTS hidden_distance_m integer,"
        " ADD COLUMN IF NOT EXISTS hidden_climb_m integer,"
        " ADD COLUMN IF NOT EXISTS hidden_descent_m integer,"
        " ADD COLUMN IF NOT EXISTS left_out jsonb,"
        " DROP CONSTRAINT IF EXISTS fk_run_routes_added_by_id,"
        " DROP CONSTRAINT IF EXISTS ck_run_routes_whole_or_nothing,"
        " ADD CONSTRAINT fk_run_routes_added_by_id FOREIGN KEY (added_by_id) REFERENCES people (id)"
        "   ON DELETE SET NULL NOT VALID,"
        f" ADD CONSTRAINT ck_run_routes_whole_or_nothing CHECK ({WHOLE}) NOT VALID"
    )
    for table in PICTURES:
        op.execute(_with_reasons(table, REASONS + NEW_REASONS))
    # What the old constraints allowed, the new ones allow too: rows are checked without keeping others waiting.
    with op.get_context().autocommit_block():
        op.execute("CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_run_routes_added_by_id ON run_routes (added_by_id)")
        op.execute("ALTER TABLE run_routes VALIDATE CONSTRAINT fk_run_routes_added_by_id")
        op.execute("ALTER TABLE run_routes VALIDATE CONSTRAINT ck_run_routes_whole_or_nothing")
        for table in PICTURES:
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_reason")
    op.execute("UPDATE run_routes SET hidden = NULL WHERE hidden IS NOT NULL AND hidden_distance_m IS NULL")


def downgrade() -> None:
    new = ", ".join(f"'{reason}'" for reason in NEW_REASONS)
    for table in PICTURES:
        op.execute(f"UPDATE {table} SET reason = 'not_a_picture' WHERE reason IN ({new})")  # noqa: S608
        op.execute(_with_reasons(table, REASONS))
    op.execute("""UPDATE run_routes SET hidden = '{"line": [], "profile": []}' WHERE gpx IS NOT NULL""")
    op.execute(
        "ALTER TABLE run_routes DROP CONSTRAINT ck_run_routes_whole_or_nothing,"
        f" ADD CONSTRAINT ck_run_routes_whole_or_nothing CHECK ({WHOLE} AND (gpx IS NULL) = (hidden IS NULL)),"
        " DROP COLUMN left_out, DROP COLUMN hidden_descent_m, DROP COLUMN hidden_climb_m,"
        " DROP COLUMN hidden_distance_m, DROP COLUMN added_by_id"
    )
    op.drop_table("hidden_zones")


def _with_reasons(table: str, reasons: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{reason}'" for reason in reasons)
    return (
        f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS ck_{table}_reason,"
        f" ADD CONSTRAINT ck_{table}_reason CHECK (reason IN ({listed})) NOT VALID"
    )
