"""The words of notes and of names of files kept beside them, and indexes by which those of many things are read alone."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0173_words_of_notes"
down_revision = "0174_what_may_wait"
branch_labels = None
depends_on = None

WORDS = {"coach_notes": "text", "stored_files": "name"}
SEEN = {
    "ix_coach_notes_seen": "coach_notes (owner_id, edited_at, id) INCLUDE (owner_kind, author_id, is_shared)"
    " WHERE deleted_at IS NULL",
    "ix_stored_files_seen": "stored_files (owner_id, created_at, id) INCLUDE (owner_kind, uploader_id, state)"
    " WHERE state = 'ready'",
}
BEFORE = {
    "ix_stored_files_search": "stored_files USING gin (search_words(name)) WHERE state = 'ready'",
    "ix_coach_notes_search": "coach_notes USING gin (search_words(text)) WHERE deleted_at IS NULL",
}


def _replace(there: dict[str, str], wanted: dict[str, str]) -> None:
    """Make indexes, and drop those that they replace, while writers go on; interrupted builds leave some that are not valid."""
    for name, index in wanted.items():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {index}")
    for name in there:
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


def upgrade() -> None:
    for table, column in WORDS.items():
        op.add_column(table, sa.Column("search", TSVECTOR(), nullable=True))
        op.execute(
            f"""
            CREATE FUNCTION keep_words_of_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                NEW.search := search_words(NEW.{column});
                RETURN NEW;
            END $$
            """
        )
        op.execute(
            f"CREATE TRIGGER keep_words BEFORE INSERT OR UPDATE OF {column} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION keep_words_of_{table}()"
        )
    # Outside of the transaction that changed the tables, so that nobody waits for it.
    with op.get_context().autocommit_block():
        op.execute("UPDATE coach_notes SET search = search_words(text) WHERE search IS NULL")
        op.execute("UPDATE stored_files SET search = search_words(name) WHERE search IS NULL")
        _replace(BEFORE, SEEN)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        _replace(SEEN, BEFORE)
    for table in WORDS:
        op.execute(f"DROP TRIGGER keep_words ON {table}")
        op.execute(f"DROP FUNCTION keep_words_of_{table}()")
        op.drop_column(table, "search")
