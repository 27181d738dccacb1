"""Close-outs of days of duties, and reports that are bound to them."""

import sqlalchemy as sa
from alembic import op

revision = "0097_closeouts"
down_revision = "0103_being_at_a_duty"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
KEEP = """
CREATE OR REPLACE FUNCTION keep_incident() RETURNS trigger LANGUAGE plpgsql AS $$
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
        IF NEW.closeout_id IS NULL THEN kept.closeout_id := OLD.closeout_id; END IF;
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
KEEP_BEFORE = """
CREATE OR REPLACE FUNCTION keep_incident() RETURNS trigger LANGUAGE plpgsql AS $$
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


def upgrade() -> None:
    op.create_table(
        "duty_closeouts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("crew_id", sa.Uuid(), nullable=True),
        sa.Column("series_id", sa.Uuid(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=False),
        sa.Column("remind_at", MOMENT, nullable=False),
        sa.Column("reminded_at", MOMENT, nullable=True),
        sa.Column("had_incidents", sa.Boolean(), nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("closed_by_id", sa.Uuid(), nullable=True),
        sa.Column("said", sa.Integer(), server_default="0", nullable=False),
        sa.Column("corrected_at", MOMENT, nullable=True),
        sa.Column("corrected_by_id", sa.Uuid(), nullable=True),
        sa.Column("thanks", sa.Text(), server_default="", nullable=False),
        sa.Column("thanked_at", MOMENT, nullable=True),
        sa.Column("thanked_by_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("num_nonnulls(crew_id, series_id) = 1", name=op.f("ck_duty_closeouts_belongs")),
        sa.CheckConstraint("(closed_at IS NULL) = (had_incidents IS NULL)", name=op.f("ck_duty_closeouts_closed")),
        sa.CheckConstraint("corrected_at IS NULL OR closed_at IS NOT NULL", name=op.f("ck_duty_closeouts_corrected")),
        sa.CheckConstraint("until > since", name=op.f("ck_duty_closeouts_day")),
        sa.CheckConstraint("(closed_at IS NULL) = (said = 0)", name=op.f("ck_duty_closeouts_said")),
        sa.CheckConstraint("thanked_at IS NOT NULL OR thanks = ''", name=op.f("ck_duty_closeouts_thanked")),
        sa.CheckConstraint(
            "thanked_at IS NULL OR closed_at IS NOT NULL", name=op.f("ck_duty_closeouts_thanked_when_closed")
        ),
        sa.CheckConstraint("char_length(thanks) <= 500", name=op.f("ck_duty_closeouts_thanks_length")),
        sa.ForeignKeyConstraint(
            ["corrected_by_id"], ["people.id"], name=op.f("fk_duty_closeouts_corrected_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["crew_id"], ["crews.id"], name=op.f("fk_duty_closeouts_crew_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_duty_closeouts_series_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["closed_by_id"], ["people.id"], name=op.f("fk_duty_closeouts_closed_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["thanked_by_id"], ["people.id"], name=op.f("fk_duty_closeouts_thanked_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_closeouts")),
    )
    op.create_index("ix_duty_closeouts_closed_by_id", "duty_closeouts", ["closed_by_id"])
    op.create_index("ix_duty_closeouts_corrected_by_id", "duty_closeouts", ["corrected_by_id"])
    op.create_index(
        "ix_duty_closeouts_ended_at",
        "duty_closeouts",
        ["ended_at", "id"],
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "ix_duty_closeouts_remind_at",
        "duty_closeouts",
        ["remind_at"],
        postgresql_where=sa.text("closed_at IS NULL AND reminded_at IS NULL"),
    )
    op.create_index("ix_duty_closeouts_thanked_by_id", "duty_closeouts", ["thanked_by_id"])
    op.create_index(
        "uq_duty_closeouts_crew_id",
        "duty_closeouts",
        ["crew_id", "day"],
        unique=True,
        postgresql_where=sa.text("crew_id IS NOT NULL"),
    )
    op.create_index(
        "uq_duty_closeouts_series_id",
        "duty_closeouts",
        ["series_id", "day"],
        unique=True,
        postgresql_where=sa.text("series_id IS NOT NULL"),
    )
    op.add_column("incidents", sa.Column("closeout_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_incidents_closeout_id"), "incidents", "duty_closeouts", ["closeout_id"], ["id"], ondelete="SET NULL"
    )
    where = sa.text("closeout_id IS NOT NULL")
    op.create_index("ix_incidents_closeout_id", "incidents", ["closeout_id"], postgresql_where=where)
    op.execute(KEEP)


def downgrade() -> None:
    op.execute(KEEP_BEFORE)
    op.drop_column("incidents", "closeout_id")
    op.drop_table("duty_closeouts")
