"""The words of plans and of athletes kept beside them, and indexes by which rare words of notes, files and plans are found."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0185_words_of_plans"
down_revision = "0173_words_of_notes"
branch_labels = None
depends_on = None

WORDS = {"training_plans": ("name", "description"), "coaching_athletes": ("name", "goal_race", "note")}
WANTED = {
    "ix_training_plans_words": "training_plans USING gin (search) WHERE visibility = 'public'",
    "ix_training_plans_public": "training_plans (created_at, id) WHERE visibility = 'public'",
    "ix_coach_notes_words": "coach_notes USING gin (search) WHERE deleted_at IS NULL",
    "ix_stored_files_words": "stored_files USING gin (search) WHERE state = 'ready'",
}
BEFORE = {"ix_training_plans_search": "training_plans USING gin (search_words(name)) WHERE visibility = 'public'"}


def _replace(there: dict[str, str], wanted: dict[str, str]) -> None:
    """Make indexes, and drop those that they replace, while writers go on; interrupted builds leave some that are not valid."""
    for name, index in wanted.items():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {index}")
    for name in there:
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


def upgrade() -> None:
    for table, columns in WORDS.items():
        op.add_column(table, sa.Column("search", TSVECTOR(), nullable=True))
        texts = ", ".join(f"NEW.{column}" for column in columns)
        op.execute(
            f"""
            CREATE FUNCTION keep_words_of_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                NEW.search := search_words(concat_ws(' ', {texts}));
                RETURN NEW;
            END $$
            """
        )
        op.execute(
            f"CREATE TRIGGER keep_words BEFORE INSERT OR UPDATE OF {', '.join(columns)} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION keep_words_of_{table}()"
        )
    # Outside of the transaction that changed the tables, so that nobody waits for it.
    with op.get_context().autocommit_block():
        for table, columns in WORDS.items():
            texts = ", ".join(columns)
            op.execute(f"UPDATE {table} SET search = search_words(concat_ws(' ', {texts})) WHERE search IS NULL")  # noqa: S608 - of constants
        _replace(BEFORE, WANTED)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        _replace(WANTED, BEFORE)
    for table in WORDS:
        op.execute(f"DROP TRIGGER keep_words ON {table}")
        op.execute(f"DROP FUNCTION keep_words_of_{table}()")
        op.drop_column(table, "search")
