"""Which words of a search are rare among what is searched."""

from typing import Final

from hampa.platform.commonness import commonness_in
from hampa.platform.texts.search import SearchTerms

TABLES: Final = ("training_plans", "stored_files", "coach_notes", "runs", "cards")
COMMON = 0.01
"""Of how many rows of a table that have a word it is no rare one: an index then takes longer than to look through the latest."""


def rare_terms(terms: SearchTerms) -> SearchTerms:
    """Return the terms of a search that few things have; all of them where nothing was counted."""
    counted = commonness_in(*TABLES)
    return tuple(term for term in terms if counted.share(term) < COMMON)
