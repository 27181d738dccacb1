"""Each crew has a conversation, whose messages are removed by its organisers."""

import sqlalchemy as sa
from alembic import op

revision = "0086_conversations_of_crews"
down_revision = "0085_runs_of_crews"
branch_labels = None
depends_on = None

LOGGED = (
    "'created', 'joined', 'left', 'removed', 'banned', 'unbanned', 'muted', 'unmuted', 'role', 'rights', 'settings',"
    " 'invited', 'revoked', 'code', 'accepted', 'declined', 'posted', 'closed', 'opened'"
)


def upgrade() -> None:
    checks = {
        "conversations": "num_nonnulls(run_id, crew_id) <= 1"
        " AND num_nonnulls(low_id, high_id) = CASE WHEN num_nonnulls(run_id, crew_id) = 0 THEN 2 ELSE 0 END",
        "conversation_members": "num_nonnulls(other_id, run_id, crew_id) = 1",
    }
    for table, condition in checks.items():
        op.add_column(table, sa.Column("crew_id", sa.Uuid(), nullable=True))
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT fk_{table}_crew_id FOREIGN KEY (crew_id) REFERENCES crews (id)"
            " ON DELETE CASCADE NOT VALID"
        )
        op.drop_constraint(f"ck_{table}_two_or_run", table)
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_two_or_group CHECK ({condition}) NOT VALID")
    op.add_column("messages", sa.Column("is_removed", sa.Boolean(), server_default="false", nullable=False))
    op.execute(
        "ALTER TABLE messages ADD CONSTRAINT ck_messages_removed_is_deleted"
        " CHECK (NOT is_removed OR deleted_at IS NOT NULL) NOT VALID"
    )
    _log(f"{LOGGED}, 'message'")
    # A build that was interrupted leaves an index that is not valid; writers go on meanwhile.
    with op.get_context().autocommit_block():
        for table in checks:
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT fk_{table}_crew_id")
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_two_or_group")
        op.execute("ALTER TABLE messages VALIDATE CONSTRAINT ck_messages_removed_is_deleted")
        for name, on in (
            ("uq_conversations_crew_id", "conversations (crew_id)"),
            ("ix_conversation_members_crew_id", "conversation_members (crew_id) WHERE crew_id IS NOT NULL"),
        ):
            unique = "UNIQUE " if name.startswith("uq") else ""
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE {unique}INDEX CONCURRENTLY {name} ON {on}")
    op.execute(
        "ALTER TABLE conversations ADD CONSTRAINT uq_conversations_crew_id UNIQUE USING INDEX uq_conversations_crew_id"
    )


def downgrade() -> None:
    op.execute("DELETE FROM crew_log WHERE what = 'message'")
    _log(LOGGED)
    op.execute("DELETE FROM conversations WHERE crew_id IS NOT NULL")
    op.drop_constraint("ck_messages_removed_is_deleted", "messages")
    op.drop_column("messages", "is_removed")
    before = {
        "conversations": "num_nonnulls(low_id, high_id) = CASE WHEN run_id IS NULL THEN 2 ELSE 0 END",
        "conversation_members": "num_nonnulls(other_id, run_id) = 1",
    }
    for table, condition in before.items():
        op.drop_constraint(f"ck_{table}_two_or_group", table)
        op.drop_column(table, "crew_id")
        op.create_check_constraint(op.f(f"ck_{table}_two_or_run"), table, condition)


def _log(entries: str) -> None:
    op.drop_constraint("ck_crew_log_what", "crew_log")
    op.create_check_constraint(op.f("ck_crew_log_what"), "crew_log", f"what IN ({entries})")
