"""Routes from FIT and TCX files: more reasons why a file is refused; the small line of a run's route, for lists."""

from alembic import op

revision = "0054_routes_of_devices"
down_revision = "0049_leaders_agree"
branch_labels = None
depends_on = None

BEFORE = ("not_gpx", "tcx", "kml", "fit", "broken", "harmful", "empty", "too_short", "too_long", "failed")
NEW = ("packed", "no_place", "too_many")


def upgrade() -> None:
    op.execute(_with_reasons(BEFORE + NEW))
    op.execute("ALTER TABLE run_routes VALIDATE CONSTRAINT ck_run_routes_reason")
    op.execute("ALTER TABLE runs ADD COLUMN IF NOT EXISTS route_sketch text")


def downgrade() -> None:
    op.execute("ALTER TABLE runs DROP COLUMN IF EXISTS route_sketch")
    op.execute("UPDATE run_routes SET reason = 'failed' WHERE reason IN ('packed', 'no_place', 'too_many')")
    op.execute(_with_reasons(BEFORE))
    op.execute("ALTER TABLE run_routes VALIDATE CONSTRAINT ck_run_routes_reason")


def _with_reasons(reasons: tuple[str, ...]) -> str:
    names = ", ".join(f"'{name}'" for name in reasons)
    return (
        "ALTER TABLE run_routes DROP CONSTRAINT IF EXISTS ck_run_routes_reason,"
        f" ADD CONSTRAINT ck_run_routes_reason CHECK (reason IN ({names})) NOT VALID"
    )
