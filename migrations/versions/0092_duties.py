"""Duties: schedules, changes of shifts, bookings, standby lists, offers and qualifications."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0092_duties"
down_revision = "0088d_newcomers"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "duty_schedules",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("crew_id", sa.Uuid(), nullable=True),
        sa.Column("series_id", sa.Uuid(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), server_default="other", nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("at", sa.Time(), nullable=True),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("end_date", sa.Date(), nullable=True),
        sa.Column("duration_min", sa.SmallInteger(), server_default="120", nullable=False),
        sa.Column("min_people", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("max_people", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("instructions", sa.Text(), server_default="", nullable=False),
        sa.Column("qualification", sa.Text(), server_default="", nullable=False),
        sa.Column("opens_hours", sa.Integer(), server_default="672", nullable=False),
        sa.Column("closes_hours", sa.Integer(), server_default="0", nullable=False),
        sa.Column("cancel_hours", sa.Integer(), server_default="0", nullable=False),
        sa.Column("warn_hours", sa.Integer(), server_default="72", nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "role IN ('leader', 'marshal', 'timekeeper', 'scanner', 'sweep', 'first_aid', 'other')",
            name=op.f("ck_duty_schedules_role"),
        ),
        sa.CheckConstraint("char_length(instructions) <= 2000", name=op.f("ck_duty_schedules_instructions_length")),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 100", name=op.f("ck_duty_schedules_name_length")),
        sa.CheckConstraint("char_length(qualification) <= 60", name=op.f("ck_duty_schedules_qualification_length")),
        sa.CheckConstraint("duration_min BETWEEN 1 AND 1440", name=op.f("ck_duty_schedules_duration")),
        sa.CheckConstraint("end_date IS NULL OR end_date >= start_date", name=op.f("ck_duty_schedules_dates")),
        sa.CheckConstraint(
            "min_people BETWEEN 0 AND max_people AND max_people BETWEEN 1 AND 50", name=op.f("ck_duty_schedules_people")
        ),
        sa.CheckConstraint("num_nonnulls(crew_id, series_id) = 1", name=op.f("ck_duty_schedules_belongs")),
        sa.CheckConstraint(
            "opens_hours BETWEEN 1 AND 8784 AND closes_hours BETWEEN 0 AND opens_hours - 1 AND cancel_hours BETWEEN 0 AND 8784 AND warn_hours BETWEEN 0 AND 8784",
            name=op.f("ck_duty_schedules_hours"),
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["people.id"], name=op.f("fk_duty_schedules_author_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["crew_id"], ["crews.id"], name=op.f("fk_duty_schedules_crew_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_duty_schedules_series_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_schedules")),
    )
    op.create_index("ix_duty_schedules_author_id", "duty_schedules", ["author_id"], unique=False)
    op.create_index("ix_duty_schedules_crew_id", "duty_schedules", ["crew_id"], unique=False)
    op.create_index("ix_duty_schedules_series_id", "duty_schedules", ["series_id"], unique=False)
    op.create_table(
        "shift_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("schedule_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("is_cancelled", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("moved_to", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("char_length(note) <= 500", name=op.f("ck_shift_changes_note_length")),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["duty_schedules.id"], name=op.f("fk_shift_changes_schedule_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_changes")),
        sa.UniqueConstraint("schedule_id", "starts_at", name=op.f("uq_shift_changes_schedule_id_starts_at")),
    )
    op.create_index(
        "ix_shift_changes_moved_to",
        "shift_changes",
        ["schedule_id", "moved_to"],
        unique=False,
        postgresql_where=sa.text("moved_to IS NOT NULL"),
    )
    op.create_table(
        "duty_bookings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("schedule_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("begins_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("cancelled_at", MOMENT, nullable=True),
        sa.Column("buddy_id", sa.Uuid(), nullable=True),
        sa.Column("buddy_name", sa.Text(), server_default="", nullable=False),
        sa.Column("buddy_confirmed_at", MOMENT, nullable=True),
        sa.Column("remind_min", sa.SmallInteger(), nullable=True),
        sa.Column("reminded_at", MOMENT, nullable=True),
        sa.Column("reminded_again_at", MOMENT, nullable=True),
        sa.Column("attendance", sa.Text(), nullable=True),
        sa.Column("attendance_at", MOMENT, nullable=True),
        sa.Column("attendance_by_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("person_id"), "="),
            (sa.text("tstzrange(begins_at, ends_at)"), "&&"),
            where=sa.text("cancelled_at IS NULL"),
            using="gist",
            name="ex_duty_bookings_one_at_a_time",
        ),
        sa.CheckConstraint(
            "attendance IS NULL OR attendance IN ('attended', 'late', 'excused', 'no_show')",
            name=op.f("ck_duty_bookings_attendance"),
        ),
        sa.CheckConstraint("buddy_id IS NULL OR buddy_id <> person_id", name=op.f("ck_duty_bookings_buddy_is_another")),
        sa.CheckConstraint("char_length(buddy_name) <= 60", name=op.f("ck_duty_bookings_buddy_name_length")),
        sa.CheckConstraint("ends_at > begins_at", name=op.f("ck_duty_bookings_ends")),
        sa.CheckConstraint("place BETWEEN 1 AND 50", name=op.f("ck_duty_bookings_place")),
        sa.ForeignKeyConstraint(
            ["attendance_by_id"], ["people.id"], name=op.f("fk_duty_bookings_attendance_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["buddy_id"], ["people.id"], name=op.f("fk_duty_bookings_buddy_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_duty_bookings_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["duty_schedules.id"], name=op.f("fk_duty_bookings_schedule_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_bookings")),
    )
    op.create_index("ix_duty_bookings_attendance_by_id", "duty_bookings", ["attendance_by_id"], unique=False)
    op.create_index("ix_duty_bookings_buddy_id", "duty_bookings", ["buddy_id", "begins_at"], unique=False)
    op.create_index("ix_duty_bookings_person_id", "duty_bookings", ["person_id", "begins_at", "id"], unique=False)
    op.create_index("ix_duty_bookings_schedule_id", "duty_bookings", ["schedule_id", "starts_at"], unique=False)
    op.create_index(
        "ix_duty_bookings_to_remind",
        "duty_bookings",
        ["begins_at"],
        unique=False,
        postgresql_where=sa.text("cancelled_at IS NULL"),
    )
    op.create_index(
        "uq_duty_bookings_person",
        "duty_bookings",
        ["schedule_id", "starts_at", "person_id"],
        unique=True,
        postgresql_where=sa.text("cancelled_at IS NULL"),
    )
    op.create_index(
        "uq_duty_bookings_place",
        "duty_bookings",
        ["schedule_id", "starts_at", "place"],
        unique=True,
        postgresql_where=sa.text("cancelled_at IS NULL"),
    )
    op.create_table(
        "duty_standbys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("schedule_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_duty_standbys_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["duty_schedules.id"], name=op.f("fk_duty_standbys_schedule_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_standbys")),
        sa.UniqueConstraint(
            "schedule_id", "starts_at", "person_id", name=op.f("uq_duty_standbys_schedule_id_starts_at_person_id")
        ),
    )
    op.create_index("ix_duty_standbys_person_id", "duty_standbys", ["person_id", "starts_at"], unique=False)
    op.create_table(
        "duty_offers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("wanted_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("(kind = 'swap') = (wanted_id IS NOT NULL)", name=op.f("ck_duty_offers_wanted")),
        sa.CheckConstraint(
            "kind <> 'give' OR state <> 'open' OR person_id IS NOT NULL", name=op.f("ck_duty_offers_person")
        ),
        sa.CheckConstraint("kind IN ('give', 'all', 'swap')", name=op.f("ck_duty_offers_kind")),
        sa.CheckConstraint("state IN ('open', 'accepted', 'declined', 'withdrawn')", name=op.f("ck_duty_offers_state")),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["duty_bookings.id"], name=op.f("fk_duty_offers_booking_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_duty_offers_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["wanted_id"], ["duty_bookings.id"], name=op.f("fk_duty_offers_wanted_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_offers")),
    )
    op.create_index("ix_duty_offers_booking_id", "duty_offers", ["booking_id"], unique=False)
    op.create_index("ix_duty_offers_person_id", "duty_offers", ["person_id"], unique=False)
    op.create_index("ix_duty_offers_wanted_id", "duty_offers", ["wanted_id"], unique=False)
    op.create_index(
        "uq_duty_offers_open", "duty_offers", ["booking_id"], unique=True, postgresql_where=sa.text("state = 'open'")
    )
    op.create_table(
        "duty_qualifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("crew_id", sa.Uuid(), nullable=True),
        sa.Column("series_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 60", name=op.f("ck_duty_qualifications_name_length")),
        sa.CheckConstraint("num_nonnulls(crew_id, series_id) = 1", name=op.f("ck_duty_qualifications_belongs")),
        sa.ForeignKeyConstraint(
            ["crew_id"], ["crews.id"], name=op.f("fk_duty_qualifications_crew_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_duty_qualifications_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_duty_qualifications_series_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_qualifications")),
    )
    op.create_index("ix_duty_qualifications_person_id", "duty_qualifications", ["person_id"], unique=False)
    op.create_index(
        "uq_duty_qualifications_crew_id",
        "duty_qualifications",
        ["crew_id", "person_id", "name"],
        unique=True,
        postgresql_where=sa.text("crew_id IS NOT NULL"),
    )
    op.create_index(
        "uq_duty_qualifications_series_id",
        "duty_qualifications",
        ["series_id", "person_id", "name"],
        unique=True,
        postgresql_where=sa.text("series_id IS NOT NULL"),
    )


def downgrade() -> None:
    tables = "duty_qualifications", "duty_offers", "duty_standbys", "duty_bookings", "shift_changes", "duty_schedules"
    for table in tables:
        op.drop_table(table)
