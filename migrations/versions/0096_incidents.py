"""Reports of incidents, to which is added and which are never rewritten, and the clock of those that are serious."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0096_incidents"
down_revision = "0093_buddies"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = ("incident_pictures", "incident_looks", "incident_people", "incident_alerts", "incident_entries", "incidents")
REASONS = "not_a_picture, heic, too_large, too_small, broken, failed, avif, tiff, gif, bmp, jpeg_xl, jpeg_2000, svg, pdf, video"
# A run, a crew or a duty that is deleted leaves the report without it, and an erasure, which says so, empties what tells where
# and who. Nothing else changes.
KEEP = """
CREATE FUNCTION keep_incident() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    erasing boolean := coalesce(current_setting('hampa.erasing', true), '') = 'on';
    kept incidents%ROWTYPE;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        kept := NEW;
        IF NEW.run_id IS NULL THEN kept.run_id := OLD.run_id; END IF;
        IF NEW.crew_id IS NULL THEN kept.crew_id := OLD.crew_id; END IF;
        IF NEW.booking_id IS NULL THEN kept.booking_id := OLD.booking_id; END IF;
        IF NEW.schedule_id IS NULL THEN kept.schedule_id := OLD.schedule_id; END IF;
        IF erasing AND NEW.place = '' THEN kept.place := OLD.place; END IF;
        IF erasing AND NEW.involved = '' THEN kept.involved := OLD.involved; END IF;
        IF erasing AND NEW.latitude IS NULL THEN
            kept.latitude := OLD.latitude;
            kept.longitude := OLD.longitude;
        END IF;
        IF kept IS NOT DISTINCT FROM OLD THEN RETURN NEW; END IF;
    END IF;
    RAISE EXCEPTION 'reports of incidents are added to, never rewritten' USING ERRCODE = 'restrict_violation';
END $$
"""
KEEP_ADDED = """
CREATE FUNCTION keep_of_incident() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND coalesce(current_setting('hampa.erasing', true), '') = 'on' THEN RETURN OLD; END IF;
    RAISE EXCEPTION 'reports of incidents are added to, never rewritten' USING ERRCODE = 'restrict_violation';
END $$
"""


def upgrade() -> None:
    _create(
        "incidents",
        _id("person_id"),
        _id("run_id", nullable=True),
        _id("crew_id", nullable=True),
        _id("booking_id", nullable=True),
        _id("schedule_id", nullable=True),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        _text("category", None),
        sa.Column("is_near_miss", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("occurred_at", MOMENT, nullable=False),
        _text("text", None),
        _text("place"),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        _text("involved"),
        _text("action_taken"),
        _check("incidents", "severity", "severity BETWEEN 0 AND 2"),
        _check("incidents", "category", "category IN ('medical', 'dispute', 'safeguarding', 'operational')"),
        _check("incidents", "text_length", "char_length(text) BETWEEN 1 AND 2000"),
        _check("incidents", "action_taken_length", "char_length(action_taken) <= 2000"),
        _check("incidents", "place_length", "char_length(place) <= 120"),
        _check("incidents", "involved_length", "char_length(involved) <= 200"),
        _check("incidents", "latitude", "latitude BETWEEN -90 AND 90"),
        _check("incidents", "longitude", "longitude BETWEEN -180 AND 180"),
        _check("incidents", "whole_pin", "(latitude IS NULL) = (longitude IS NULL)"),
        _key("incidents", "person_id"),
        _key("incidents", "run_id", "runs", ondelete="SET NULL"),
        _key("incidents", "crew_id", "crews", ondelete="SET NULL"),
        _key("incidents", "booking_id", "duty_bookings", ondelete="SET NULL"),
        _key("incidents", "schedule_id", "duty_schedules", ondelete="SET NULL"),
    )
    op.create_index("ix_incidents_person_id_created_at", "incidents", ["person_id", "created_at", "id"])
    for name in ("run_id", "crew_id"):
        columns = [name, "created_at", "id"]
        op.create_index(f"ix_incidents_{name}", "incidents", columns, postgresql_where=sa.text(f"{name} IS NOT NULL"))
    for name in ("booking_id", "schedule_id"):
        where = sa.text(f"{name} IS NOT NULL")
        op.create_index(f"ix_incidents_{name}", "incidents", [name], postgresql_where=where)
    op.create_index("ix_incidents_created_at", "incidents", ["created_at", "id"])
    _create_entries()
    _create_alerts()
    _create_people_and_looks()
    _create_pictures()
    op.execute(KEEP)
    op.execute(KEEP_ADDED)
    kept = {"incidents": "keep_incident", "incident_entries": "keep_of_incident", "incident_looks": "keep_of_incident"}
    for table, name in kept.items():
        op.execute(f"CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")


def _create_entries() -> None:
    _create(
        "incident_entries",
        _id("incident_id"),
        _id("person_id"),
        _text("text", None),
        _check("incident_entries", "text_length", "char_length(text) BETWEEN 1 AND 2000"),
        _key("incident_entries", "incident_id", "incidents"),
        _key("incident_entries", "person_id"),
    )
    op.create_index("ix_incident_entries_incident_id", "incident_entries", ["incident_id", "created_at", "id"])
    op.create_index("ix_incident_entries_person_id", "incident_entries", ["person_id"])


def _create_alerts() -> None:
    _create(
        "incident_alerts",
        _id("incident_id"),
        sa.Column("steps", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("next_at", MOMENT, nullable=True),
        _id("taken_by_id", nullable=True),
        sa.Column("taken_at", MOMENT, nullable=True),
        *_changing(),
        _check("incident_alerts", "steps", "steps BETWEEN 0 AND 3"),
        _check("incident_alerts", "next", "(taken_by_id IS NULL) OR (next_at IS NULL)"),
        _key("incident_alerts", "incident_id", "incidents"),
        _key("incident_alerts", "taken_by_id"),
        sa.UniqueConstraint("incident_id", name=op.f("uq_incident_alerts_incident_id")),
    )
    for name in ("next_at", "taken_by_id"):
        where = sa.text(f"{name} IS NOT NULL")
        op.create_index(f"ix_incident_alerts_{name}", "incident_alerts", [name], postgresql_where=where)


def _create_people_and_looks() -> None:
    _create(
        "incident_people",
        _id("incident_id"),
        _id("person_id"),
        _id("added_by_id"),
        _key("incident_people", "incident_id", "incidents"),
        _key("incident_people", "person_id"),
        _key("incident_people", "added_by_id"),
        sa.UniqueConstraint("incident_id", "person_id", name=op.f("uq_incident_people_incident_id_person_id")),
    )
    op.create_index("ix_incident_people_person_id", "incident_people", ["person_id"])
    op.create_index("ix_incident_people_added_by_id", "incident_people", ["added_by_id"])
    _create(
        "incident_looks",
        _id("incident_id"),
        _id("person_id"),
        _id("looker_id"),
        _key("incident_looks", "incident_id", "incidents"),
        _key("incident_looks", "person_id"),
        _key("incident_looks", "looker_id"),
    )
    op.create_index("ix_incident_looks_incident_id", "incident_looks", ["incident_id"])
    op.create_index("ix_incident_looks_person_id_created_at", "incident_looks", ["person_id", "created_at", "id"])
    columns = ["looker_id", "incident_id", "person_id", "created_at"]
    op.create_index("ix_incident_looks_looker_id", "incident_looks", columns)


def _create_pictures() -> None:
    listed = ", ".join(f"'{word}'" for word in REASONS.split(", "))
    _create(
        "incident_pictures",
        _id("incident_id"),
        _id("person_id"),
        sa.Column("upload", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("widths", postgresql.ARRAY(sa.Integer()), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        *_changing(),
        _check("incident_pictures", "reason", f"reason IN ({listed})"),
        _check("incident_pictures", "size", "(widths IS NULL) = (height IS NULL)"),
        _check("incident_pictures", "one_state", "num_nonnulls(upload, reason, widths) = 1"),
        _key("incident_pictures", "incident_id", "incidents"),
        _key("incident_pictures", "person_id"),
    )
    op.create_index("ix_incident_pictures_incident_id", "incident_pictures", ["incident_id", "created_at", "id"])
    op.create_index("ix_incident_pictures_person_id", "incident_pictures", ["person_id"])


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    op.execute("DROP FUNCTION keep_of_incident()")
    op.execute("DROP FUNCTION keep_incident()")


def _create(table: str, *parts: Any) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        *parts,
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _changing() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("updated_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
    )


def _id(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _text(name: str, default: str | None = "") -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _key(table: str, column: str, target: str = "people", ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), ondelete=ondelete)
