"""Leaderboards: who stands on them, flags of activities, and the changes that boards follow."""

import sqlalchemy as sa
from alembic import op

revision = "0121_leaderboards"
down_revision = "0120_gear"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
# Writes a change of the person whom the row is about. The arguments are the scope, or "", and the column of its id.
NOTE = """
CREATE FUNCTION note_board_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    new_row jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    old_row jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
BEGIN
    INSERT INTO leaderboard_changes (id, who)
    SELECT gen_random_uuid(), who
    FROM (SELECT (new_row->>'person_id')::uuid AS who UNION SELECT (old_row->>'person_id')::uuid) AS involved
    WHERE who IS NOT NULL;
    RETURN NULL;
END $$
"""
# Whoever does not belong to a crew or a plan any more leaves its boards, and chooses again when they come back.
LEAVE_CREW = """
CREATE FUNCTION leave_boards_of_crew() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    crew uuid := CASE WHEN TG_OP = 'DELETE' THEN OLD.crew_id ELSE NEW.crew_id END;
    member uuid := CASE WHEN TG_OP = 'DELETE' THEN OLD.person_id ELSE NEW.person_id END;
BEGIN
    DELETE FROM leaderboard_standings WHERE crew_id = crew AND person_id = member;
    INSERT INTO leaderboard_changes (id, who, scope, scope_key, gone)
    VALUES (gen_random_uuid(), member, 'crew', crew, TG_OP = 'DELETE' OR NEW.status <> 'active');
    RETURN NULL;
END $$
"""
LEAVE_PLAN = """
CREATE FUNCTION leave_boards_of_plan() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM leaderboard_standings WHERE plan_id = OLD.plan_id AND person_id = OLD.person_id;
    INSERT INTO leaderboard_changes (id, who, scope, scope_key, gone)
    VALUES (gen_random_uuid(), OLD.person_id, 'plan', OLD.plan_id, true);
    RETURN NULL;
END $$
"""
CHOOSE = """
CREATE FUNCTION choose_boards() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    chosen leaderboard_standings := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    INSERT INTO leaderboard_changes (id, who, scope, scope_key, gone)
    VALUES (
        gen_random_uuid(),
        chosen.person_id,
        CASE WHEN chosen.crew_id IS NOT NULL THEN 'crew' WHEN chosen.plan_id IS NOT NULL THEN 'plan' ELSE 'everyone' END,
        COALESCE(chosen.crew_id, chosen.plan_id),
        TG_OP = 'DELETE'
    );
    RETURN NULL;
END $$
"""
NOTE_PERSON = """
CREATE FUNCTION note_board_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO leaderboard_changes (id, who, gone) VALUES (gen_random_uuid(), NEW.id, NEW.state <> 'active');
    RETURN NULL;
END $$
"""
NOTE_RUN = """
CREATE FUNCTION note_board_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO leaderboard_changes (id, who)
    SELECT gen_random_uuid(), person_id FROM participations WHERE run_id = NEW.id AND status = 'COMPLETED';
    RETURN NULL;
END $$
"""
FUNCTIONS = {
    "note_board_change": NOTE,
    "leave_boards_of_crew": LEAVE_CREW,
    "leave_boards_of_plan": LEAVE_PLAN,
    "choose_boards": CHOOSE,
    "note_board_person": NOTE_PERSON,
    "note_board_run": NOTE_RUN,
}
ACTIVITY = (
    "kind, day, duration_s, distance_m, visibility, plan_id, person_id, map_visibility, visible_duration_s,"
    " visible_distance_m"
)
RUN = ("crew_id", "visibility", "cancelled_at", "starts_at")
CHANGED_RUN = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in RUN)
TRIGGERS = (
    ("activities", f"INSERT OR DELETE OR UPDATE OF {ACTIVITY}", "", "note_board_change"),
    ("activity_flags", "INSERT OR DELETE OR UPDATE OF state", "", "note_board_change"),
    ("participations", "INSERT", "WHEN (NEW.status = 'COMPLETED')", "note_board_change"),
    ("participations", "DELETE", "WHEN (OLD.status = 'COMPLETED')", "note_board_change"),
    (
        "participations",
        "UPDATE OF status, person_id",
        "WHEN (OLD.status = 'COMPLETED' OR NEW.status = 'COMPLETED')",
        "note_board_change",
    ),
    ("duty_bookings", "INSERT", "WHEN (NEW.attendance IS NOT NULL)", "note_board_change"),
    ("duty_bookings", "DELETE", "WHEN (OLD.attendance IS NOT NULL)", "note_board_change"),
    (
        "duty_bookings",
        "UPDATE OF attendance, cancelled_at, is_draft, begins_at, person_id",
        "WHEN (OLD.attendance IS NOT NULL OR NEW.attendance IS NOT NULL)",
        "note_board_change",
    ),
    ("crew_memberships", "DELETE", "", "leave_boards_of_crew"),
    ("crew_memberships", "UPDATE OF status", "WHEN (OLD.status IS DISTINCT FROM NEW.status)", "leave_boards_of_crew"),
    ("training_plan_members", "DELETE", "", "leave_boards_of_plan"),
    ("leaderboard_standings", "INSERT OR DELETE", "", "choose_boards"),
    ("people", "UPDATE OF state", "WHEN (OLD.state IS DISTINCT FROM NEW.state)", "note_board_person"),
    ("runs", f"UPDATE OF {', '.join(RUN)}", f"WHEN ({CHANGED_RUN})", "note_board_run"),
)


def upgrade() -> None:
    op.create_table(
        "leaderboard_standings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("crew_id", sa.Uuid(), nullable=True),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.CheckConstraint("crew_id IS NULL OR plan_id IS NULL", name=op.f("ck_leaderboard_standings_one_scope")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_leaderboard_standings_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["crew_id"], ["crews.id"], name=op.f("fk_leaderboard_standings_crew_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["training_plans.id"], name=op.f("fk_leaderboard_standings_plan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leaderboard_standings")),
        sa.UniqueConstraint(
            "person_id",
            "crew_id",
            "plan_id",
            name=op.f("uq_leaderboard_standings_person_id_crew_id_plan_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index("ix_leaderboard_standings_crew_id", "leaderboard_standings", ["crew_id", "person_id"])
    op.create_index("ix_leaderboard_standings_plan_id", "leaderboard_standings", ["plan_id", "person_id"])
    op.create_index(
        "ix_leaderboard_standings_everyone",
        "leaderboard_standings",
        ["person_id"],
        postgresql_where=sa.text("crew_id IS NULL AND plan_id IS NULL"),
    )
    op.create_table(
        "activity_flags",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("flagged_by_id", sa.Uuid(), nullable=True),
        sa.Column("crew_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="flagged", nullable=False),
        sa.Column("appeal", sa.Text(), server_default="", nullable=False),
        sa.Column("appealed_at", MOMENT, nullable=True),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "state IN ('flagged', 'appealed', 'upheld', 'lifted')", name=op.f("ck_activity_flags_state")
        ),
        sa.CheckConstraint("char_length(reason) BETWEEN 3 AND 500", name=op.f("ck_activity_flags_reason_length")),
        sa.CheckConstraint("char_length(appeal) <= 500", name=op.f("ck_activity_flags_appeal_length")),
        sa.CheckConstraint("char_length(answer) <= 500", name=op.f("ck_activity_flags_answer_length")),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.id"], name=op.f("fk_activity_flags_activity_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_activity_flags_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["flagged_by_id"], ["people.id"], name=op.f("fk_activity_flags_flagged_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["crew_id"], ["crews.id"], name=op.f("fk_activity_flags_crew_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["people.id"], name=op.f("fk_activity_flags_decided_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_flags")),
        sa.UniqueConstraint("activity_id", name=op.f("uq_activity_flags_activity_id")),
    )
    for column in ("person_id", "flagged_by_id", "decided_by_id", "crew_id"):
        op.create_index(f"ix_activity_flags_{column}", "activity_flags", [column])
    op.create_index("ix_activity_flags_state", "activity_flags", ["state", "created_at", "id"])
    op.create_table(
        "leaderboard_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("who", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.Text(), server_default="", nullable=False),
        sa.Column("scope_key", sa.Uuid(), nullable=True),
        sa.Column("gone", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leaderboard_changes")),
    )
    op.create_index("ix_leaderboard_changes_created_at", "leaderboard_changes", ["created_at", "id"])
    op.create_index(
        "ix_leaderboard_changes_gone", "leaderboard_changes", ["scope", "scope_key"], postgresql_where=sa.text("gone")
    )
    for function in FUNCTIONS.values():
        op.execute(function)
    for number, (table, when, condition, function) in enumerate(TRIGGERS):
        op.execute(
            f"CREATE TRIGGER follow_boards_{number} AFTER {when} ON {table} FOR EACH ROW {condition}"
            f" EXECUTE FUNCTION {function}()"
        )


def downgrade() -> None:
    for number, (table, *_rest) in enumerate(TRIGGERS):
        op.execute(f"DROP TRIGGER follow_boards_{number} ON {table}")
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}()")
    op.drop_table("leaderboard_changes")
    op.drop_table("activity_flags")
    op.drop_table("leaderboard_standings")
