"""Which words many rows have, as PostgreSQL counted when it last looked at its tables."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Final

from sqlalchemy import text

from hampa.platform.caches import TTLCache
from hampa.platform.db import db

KEPT_SECONDS = 600
_COUNTED: Final = text("""
    SELECT word, max(share), max(greatest(reltuples, 0)) FROM pg_stats
    JOIN pg_class ON pg_class.oid = format('%I.%I', schemaname, tablename)::regclass
    CROSS JOIN LATERAL unnest(most_common_elems::text::text[], most_common_elem_freqs) AS counted (word, share)
    WHERE schemaname = current_schema() AND attname = 'search' AND tablename = ANY (:tables) AND word IS NOT NULL
    GROUP BY word
""")


@dataclass(frozen=True, slots=True)
class Commonness:
    """The words of the columns `search` of some tables that PostgreSQL counted, in order, with the share of rows that have them.

    `rows` are those of the largest table, 0 where nothing was counted.
    """

    words: Sequence[tuple[str, float]]
    rows: float = 0.0

    def share(self, term: Sequence[str]) -> float:
        """Return of how many rows it is counted that they have a word that begins like a choice of a term of a search."""
        return sum(map(self._share, term))

    def _share(self, beginning: str) -> float:
        words = islice(self.words, bisect_left(self.words, (beginning, 0.0)), None)
        return sum(share for _word, share in takewhile(lambda one: one[0].startswith(beginning), words))


_kept: TTLCache[tuple[str, ...], Commonness] = TTLCache(10, seconds=KEPT_SECONDS)


def commonness_in(*tables: str) -> Commonness:
    """Return how common words are in some tables."""
    kept = _kept.get(tables)
    if kept is None:
        counted = db.session.execute(_COUNTED, {"tables": list(tables)}).all()
        words = sorted((word, share) for word, share, _rows in counted)
        kept = _kept[tables] = Commonness(words, max((rows for _word, _share, rows in counted), default=0.0))
    return kept
