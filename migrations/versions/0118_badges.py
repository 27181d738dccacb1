"""Badges, who has them, and notes for the worker about whom to look at."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0118_badges"
down_revision = "0121_leaderboards"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
DRAWINGS = (
    "drawing IN ('dawn', 'lanes', 'road', 'mountain', 'flame', 'calendar', 'hands', 'flag', 'heart', 'star', 'whistle',"
    " 'door')"
)
REASONS = (
    "reason IN ('not_a_picture', 'heic', 'too_large', 'too_small', 'broken', 'failed', 'avif', 'tiff', 'gif', 'bmp',"
    " 'jpeg_xl', 'jpeg_2000', 'svg', 'pdf', 'video')"
)
# A person who is being deleted is not there any more when their rows go.
PERSON = """
CREATE FUNCTION note_badge_check() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE changed uuid;
BEGIN
    IF TG_OP = 'DELETE' THEN changed := OLD.person_id; ELSE changed := NEW.person_id; END IF;
    INSERT INTO badge_checks (id, person_id) SELECT gen_random_uuid(), id FROM people
    WHERE id = changed AND state <> 'erased';
    RETURN NULL;
END $$
"""
# Whose run it was may have welcomed somebody.
RUN = """
CREATE FUNCTION note_badge_checks_of_run() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE changed participations%ROWTYPE;
BEGIN
    IF TG_OP = 'DELETE' THEN changed := OLD; ELSE changed := NEW; END IF;
    INSERT INTO badge_checks (id, person_id)
    SELECT gen_random_uuid(), people.id FROM people JOIN (
        SELECT changed.person_id
        UNION SELECT organiser_id FROM runs WHERE id = changed.run_id
        UNION SELECT person_id FROM run_organisers WHERE run_id = changed.run_id AND agreed_at IS NOT NULL
    ) AS concerned ON concerned.person_id = people.id;
    RETURN NULL;
END $$
"""
TRIGGERS = (
    "CREATE TRIGGER note_badges AFTER INSERT OR DELETE ON activities FOR EACH ROW EXECUTE FUNCTION note_badge_check()",
    "CREATE TRIGGER note_badges_changed AFTER UPDATE OF kind, day, duration_s, distance_m, visibility, plan_id,"
    " map_visibility, visible_duration_s, visible_distance_m ON activities FOR EACH ROW EXECUTE FUNCTION note_badge_check()",
    "CREATE TRIGGER note_badges AFTER INSERT OR DELETE OR UPDATE OF state ON activity_flags"
    " FOR EACH ROW EXECUTE FUNCTION note_badge_check()",
    "CREATE TRIGGER note_badges AFTER INSERT ON participations FOR EACH ROW WHEN (NEW.status = 'COMPLETED')"
    " EXECUTE FUNCTION note_badge_checks_of_run()",
    "CREATE TRIGGER note_badges_changed AFTER UPDATE OF status ON participations FOR EACH ROW"
    " WHEN ((OLD.status = 'COMPLETED') <> (NEW.status = 'COMPLETED')) EXECUTE FUNCTION note_badge_checks_of_run()",
    "CREATE TRIGGER note_badges_gone AFTER DELETE ON participations FOR EACH ROW WHEN (OLD.status = 'COMPLETED')"
    " EXECUTE FUNCTION note_badge_checks_of_run()",
    "CREATE TRIGGER note_badges AFTER UPDATE OF attendance, cancelled_at ON duty_bookings FOR EACH ROW"
    " WHEN (OLD.attendance IS DISTINCT FROM NEW.attendance OR OLD.cancelled_at IS DISTINCT FROM NEW.cancelled_at)"
    " EXECUTE FUNCTION note_badge_check()",
    "CREATE TRIGGER note_badges_new AFTER INSERT ON duty_bookings FOR EACH ROW WHEN (NEW.attendance IS NOT NULL)"
    " EXECUTE FUNCTION note_badge_check()",
    "CREATE TRIGGER note_badges_gone AFTER DELETE ON duty_bookings FOR EACH ROW WHEN (OLD.attendance IS NOT NULL)"
    " EXECUTE FUNCTION note_badge_check()",
)
DROPS = {
    "activity_flags": ("note_badges",),
    "activities": ("note_badges", "note_badges_changed"),
    "participations": ("note_badges", "note_badges_changed", "note_badges_gone"),
    "duty_bookings": ("note_badges", "note_badges_new", "note_badges_gone"),
}


def _record(changes: bool = True) -> list[sa.Column]:
    columns = [sa.Column("created_at", MOMENT, server_default=NOW, nullable=False)]
    if changes:
        columns += [
            sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
            sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        ]
    return columns


def _refers(table: str, column: str, target: str, fate: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), ondelete=fate)


def upgrade() -> None:
    _create_badges()
    _create_awards()
    op.create_table(
        "badge_circles",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("visibility", sa.Text(), nullable=False),
        *_record(),
        sa.CheckConstraint(
            "visibility IN ('me', 'companions', 'crew', 'everyone')", name=op.f("ck_badge_circles_visibility")
        ),
        _refers("badge_circles", "person_id", "people", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_badge_circles")),
        sa.UniqueConstraint("person_id", name=op.f("uq_badge_circles_person_id")),
    )
    op.create_table(
        "badge_progress",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("amounts", postgresql.JSONB(), nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        *_record(),
        _refers("badge_progress", "person_id", "people", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_badge_progress")),
        sa.UniqueConstraint("person_id", name=op.f("uq_badge_progress_person_id")),
    )
    op.create_table(
        "badge_pictures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("badge_id", sa.Uuid(), nullable=False),
        sa.Column("upload", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("widths", postgresql.ARRAY(sa.Integer()), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        *_record(),
        sa.CheckConstraint(REASONS, name=op.f("ck_badge_pictures_reason")),
        sa.CheckConstraint("(widths IS NULL) = (height IS NULL)", name=op.f("ck_badge_pictures_size")),
        sa.CheckConstraint("num_nonnulls(upload, reason, widths) = 1", name=op.f("ck_badge_pictures_one_state")),
        _refers("badge_pictures", "badge_id", "badges", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_badge_pictures")),
    )
    op.create_index("ix_badge_pictures_badge_id", "badge_pictures", ["badge_id", "created_at", "id"])
    op.create_table(
        "badge_checks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        *_record(changes=False),
        _refers("badge_checks", "person_id", "people", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_badge_checks")),
    )
    op.create_index("ix_badge_checks_person_id", "badge_checks", ["person_id"])
    for statement in (PERSON, RUN, *TRIGGERS):
        op.execute(statement)


def _create_badges() -> None:
    op.create_table(
        "badges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("crew_id", sa.Uuid(), nullable=True),
        sa.Column("seed", sa.Text(), nullable=True),
        *(
            sa.Column(name, sa.Text(), server_default="", nullable=False)
            for name in ("name_fa", "name_en", "description_fa", "description_en")
        ),
        sa.Column("drawing", sa.Text(), server_default="star", nullable=False),
        sa.Column("picture", sa.Text(), nullable=True),
        sa.Column("criteria", postgresql.JSONB(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.Column("counted_crew_id", sa.Uuid(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("retired_at", MOMENT, nullable=True),
        *_record(),
        sa.CheckConstraint("char_length(name_fa || name_en) >= 1", name=op.f("ck_badges_named")),
        sa.CheckConstraint(
            "char_length(name_fa) <= 60 AND char_length(name_en) <= 60", name=op.f("ck_badges_name_length")
        ),
        sa.CheckConstraint(
            "char_length(description_fa) <= 300 AND char_length(description_en) <= 300",
            name=op.f("ck_badges_description_length"),
        ),
        sa.CheckConstraint(DRAWINGS, name=op.f("ck_badges_drawing")),
        sa.CheckConstraint("jsonb_typeof(criteria) = 'object'", name=op.f("ck_badges_criteria")),
        _refers("badges", "crew_id", "crews", "CASCADE"),
        _refers("badges", "plan_id", "training_plans", "SET NULL"),
        _refers("badges", "counted_crew_id", "crews", "SET NULL"),
        _refers("badges", "author_id", "people", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_badges")),
        sa.UniqueConstraint("seed", name=op.f("uq_badges_seed")),
    )
    op.create_index("ix_badges_crew_id", "badges", ["crew_id", "created_at", "id"])
    for column in ("plan_id", "counted_crew_id", "author_id"):
        op.create_index(f"ix_badges_{column}", "badges", [column])


def _create_awards() -> None:
    op.create_table(
        "badge_awards",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("badge_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("earned_on", sa.Date(), nullable=False),
        sa.Column("awarded_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("by_hand", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("revoked_by_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        *_record(),
        sa.CheckConstraint("char_length(reason) <= 200", name=op.f("ck_badge_awards_reason_length")),
        sa.CheckConstraint("NOT by_hand OR revoked_at IS NOT NULL", name=op.f("ck_badge_awards_by_hand")),
        _refers("badge_awards", "badge_id", "badges", "CASCADE"),
        _refers("badge_awards", "person_id", "people", "CASCADE"),
        _refers("badge_awards", "revoked_by_id", "people", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_badge_awards")),
        sa.UniqueConstraint("badge_id", "person_id", name=op.f("uq_badge_awards_badge_id_person_id")),
    )
    op.create_index("ix_badge_awards_person_id", "badge_awards", ["person_id", "earned_on", "id"])
    op.create_index("ix_badge_awards_badge_id_awarded_at", "badge_awards", ["badge_id", "awarded_at", "id"])
    op.create_index("ix_badge_awards_revoked_by_id", "badge_awards", ["revoked_by_id"])


def downgrade() -> None:
    for table, names in DROPS.items():
        for name in names:
            op.execute(f"DROP TRIGGER {name} ON {table}")
    op.execute("DROP FUNCTION note_badge_checks_of_run()")
    op.execute("DROP FUNCTION note_badge_check()")
    for table in ("badge_checks", "badge_pictures", "badge_progress", "badge_circles", "badge_awards", "badges"):
        op.drop_table(table)
