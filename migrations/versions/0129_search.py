"""Words of names for the search over everything: a function that folds like the code, and indexes by it."""

from alembic import op

revision = "0129_search"
down_revision = "0128_files"
branch_labels = None
depends_on = None

FROM = "يىېےكڪةەہھٱøłđħı۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩"
TO = "ییییککههههاoldhi01234567890123456789"
GONE = "ءـ\u200d\u200b\u200e\u200f\u061c\u2060\ufeff\u00ad\u202a\u202b\u202c\u2066\u2067\u2068\u2069"
MARKS = "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed]"
BETWEEN = r"[\s!-/:-@\[-^`{-~،؛؟«»…—–·“”‘’•٪٫٬]+"
# One function, since indexes are built without the path on which it would find another of ours.
WORDS = f"""
CREATE FUNCTION search_words(given text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_to_tsvector(array(
        SELECT DISTINCT left(word, 40) FROM (
            SELECT replace(replace(replace(translate(
                regexp_replace(lower(normalize(given, NFKD)), '{MARKS}', '', 'g'), '{FROM}{GONE}', '{TO}'
            ), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe') AS text
        ) folded, unnest(
            regexp_split_to_array(replace(folded.text, '\u200c', ' '), '{BETWEEN}')
            || regexp_split_to_array(replace(folded.text, '\u200c', ''), '{BETWEEN}')
        ) word WHERE word <> ''
    ))
$$
"""  # noqa: S608 - of constants
INDEXES = {
    "ix_people_search": "people USING gin (search_words(name))",
    "ix_crews_search": "crews USING gin (search_words(name))",
    "ix_training_plans_search": "training_plans USING gin (search_words(name)) WHERE visibility = 'public'",
}


def upgrade() -> None:
    op.execute("DROP FUNCTION IF EXISTS search_words(text)")
    op.execute(WORDS)
    # A build that was interrupted leaves an index that is not valid; writers go on meanwhile.
    with op.get_context().autocommit_block():
        for name, index in INDEXES.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY {name} ON {index}")


def downgrade() -> None:
    for name, index in INDEXES.items():
        op.drop_index(name, index.split()[0])
    op.execute("DROP FUNCTION search_words(text)")
