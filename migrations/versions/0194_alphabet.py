"""Names in the order of the Persian alphabet: the function that sorts them, and the index of the list of crews by it."""

from alembic import op

revision = "0194_alphabet"
down_revision = "0185_words_of_plans"
branch_labels = None
depends_on = None

FROM = "ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیآأإكيى\u200c"
TO = "ءآأؤإئابةتثجحخدذرزسشصضطظعغػؼؽؾؿـءءءعــ"
KEY = f"""
CREATE OR REPLACE FUNCTION alphabet_key(given text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT translate(lower(given), '{FROM}', '{TO}')
$$
"""
LISTED = "WHERE is_listed AND closed_at IS NULL AND hidden_at IS NULL"
INDEXES = {"ix_crews_alphabet": f'crews (alphabet_key(name) COLLATE "C", id) {LISTED}'}


def upgrade() -> None:
    op.execute(KEY)
    # A build that was interrupted leaves an index that is not valid; writers go on meanwhile.
    with op.get_context().autocommit_block():
        for name, index in INDEXES.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {index}")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_crews_listed")


def downgrade() -> None:
    op.execute(f"CREATE INDEX ix_crews_listed ON crews (name, id) {LISTED}")
    for name, index in INDEXES.items():
        op.drop_index(name, index.split()[0])
    op.execute("DROP FUNCTION alphabet_key(text)")
