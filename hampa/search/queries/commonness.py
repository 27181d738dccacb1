"""Which words many things have, as PostgreSQL counted when it last looked at its tables."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import islice, takewhile
from typing import Final

from sqlalchemy import text

from hampa.platform.caches import TTLCache
from hampa.platform.db import db
from hampa.platform.texts.search import SearchTerms

TABLES: Final = ("training_plans", "stored_files", "coach_notes", "runs", "cards")
COMMON = 0.01
"""Of how many rows of a table that have a word it is no rare one: an index then takes longer than to look through the latest."""
KEPT_SECONDS = 600
_COUNTED: Final = text("""
    SELECT word, max(share) FROM pg_stats
    CROSS JOIN LATERAL unnest(most_common_elems::text::text[], most_common_elem_freqs) AS counted (word, share)
    WHERE schemaname = current_schema() AND attname = 'search' AND tablename = ANY (:tables) AND word IS NOT NULL
    GROUP BY word
""")
_counted: TTLCache[str, Sequence[tuple[str, float]]] = TTLCache(1, seconds=KEPT_SECONDS)


def rare_terms(terms: SearchTerms) -> SearchTerms:
    """Return the terms of a search that few things have; all of them where nothing was counted."""
    counted = _counted.get("all")
    if counted is None:
        counted = _counted["all"] = sorted(
            (word, share) for word, share in db.session.execute(_COUNTED, {"tables": list(TABLES)})
        )
    return tuple(term for term in terms if sum(_share(counted, choice) for choice in term) < COMMON)


def _share(counted: Sequence[tuple[str, float]], beginning: str) -> float:
    """Return of how many rows it is counted that they have a word that begins so."""
    words = islice(counted, bisect_left(counted, (beginning, 0.0)), None)
    return sum(share for _word, share in takewhile(lambda one: one[0].startswith(beginning), words))
