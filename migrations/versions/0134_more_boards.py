"""Boards follow badges, who sees them, and who takes part in challenges."""

from alembic import op

revision = "0134_more_boards"
down_revision = "0149_site_messages"
branch_labels = None
depends_on = None

ENTRY = """
CREATE FUNCTION note_board_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entry challenge_entries := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    INSERT INTO leaderboard_changes (id, who, scope, scope_key, gone)
    VALUES (gen_random_uuid(), entry.person_id, 'challenge', entry.challenge_id, TG_OP = 'DELETE');
    RETURN NULL;
END $$
"""
# Whoever did not come by the link takes part as long as they belong to the crew.
LEAVE = """
CREATE FUNCTION leave_boards_of_challenges() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    crew uuid := CASE WHEN TG_OP = 'DELETE' THEN OLD.crew_id ELSE NEW.crew_id END;
    member uuid := CASE WHEN TG_OP = 'DELETE' THEN OLD.person_id ELSE NEW.person_id END;
BEGIN
    INSERT INTO leaderboard_changes (id, who, scope, scope_key, gone)
    SELECT gen_random_uuid(), member, 'challenge', challenges.id,
           NOT entries.by_link AND (TG_OP = 'DELETE' OR NEW.status <> 'active')
    FROM challenges JOIN challenge_entries AS entries ON entries.challenge_id = challenges.id
    WHERE challenges.crew_id = crew AND entries.person_id = member;
    RETURN NULL;
END $$
"""
FUNCTIONS = {"note_board_entry": ENTRY, "leave_boards_of_challenges": LEAVE}
TRIGGERS = (
    ("badge_awards", "INSERT OR DELETE OR UPDATE OF revoked_at, earned_on", "", "note_board_change"),
    ("badge_circles", "INSERT OR DELETE OR UPDATE OF visibility", "", "note_board_change"),
    ("challenge_entries", "INSERT OR DELETE", "", "note_board_entry"),
    ("crew_memberships", "DELETE", "", "leave_boards_of_challenges"),
    (
        "crew_memberships",
        "UPDATE OF status",
        "WHEN (OLD.status IS DISTINCT FROM NEW.status)",
        "leave_boards_of_challenges",
    ),
)


def upgrade() -> None:
    for function in FUNCTIONS.values():
        op.execute(function)
    for number, (table, when, condition, function) in enumerate(TRIGGERS):
        op.execute(
            f"CREATE TRIGGER follow_more_boards_{number} AFTER {when} ON {table} FOR EACH ROW {condition}"
            f" EXECUTE FUNCTION {function}()"
        )


def downgrade() -> None:
    for number, (table, *_rest) in enumerate(TRIGGERS):
        op.execute(f"DROP TRIGGER follow_more_boards_{number} ON {table}")
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}()")
