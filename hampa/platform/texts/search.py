"""Words for full-text search, in Persian and in Latin letters.

People write «می‌دویم» with a half-space, with a space or in one. So the words of a text are indexed each by itself and,
where a half-space could stand, joined; and each word of a search may match joined too.
"""

import itertools
import re
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, cast, func, type_coerce
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY, TSVECTOR
from sqlalchemy.types import TypeDecorator

from hampa.platform.texts.cleaning import fold

LONGEST_WORD: Final = 40
MOST_WORDS: Final = 1500
MOST_TERMS: Final = 12
LONGEST_AFFIX: Final = 4
"""The longest prefix or suffix (می, ها, های, ترین); only such words are joined over a space."""

_JOINT: Final = "\ue000"
_CHAIN: Final = re.compile(rf"\w+(?:{_JOINT}+\w+)*")
_ARABIC: Final = re.compile("[\u0600-\u06ff]+")

SearchTerms = tuple[tuple[str, ...], ...]
"""For each word of a search the beginnings that match, the word itself first."""


class WordVector(TypeDecorator[Any]):
    """A `tsvector` column whose value is set as a list of words; each word is one lexeme."""

    impl = TSVECTOR
    cache_ok = True

    def bind_expression(self, bindvalue: Any) -> ColumnElement[Any]:
        """Return the expression that makes the vector of the words."""
        return func.array_to_tsvector(type_coerce(bindvalue, ARRAY(Text)))


def searchable_words(*texts: str) -> list[str]:
    """Return the words to find texts by, each once.

    PostgreSQL's own parser knows no Persian and splits by the database's locale; long words are cut, since a lexeme is
    limited (2 kB).
    """
    words: list[str] = []
    for text in texts:
        chains = _chains(text)
        plain = [word for chain in chains for word in chain]
        words += plain
        words += ("".join(chain) for chain in chains if len(chain) > 1)
        words += (word + following for word, following in itertools.pairwise(plain) if _may_join(word, following))
    return list(dict.fromkeys(word[:LONGEST_WORD] for word in words))[:MOST_WORDS]


def parse_search(text: str) -> SearchTerms:
    """Return the terms of a search: all of its words, each as it is or joined to its neighbour."""
    words = [(word, number) for number, chain in enumerate(_chains(text)) for word in chain][:MOST_TERMS]
    choices = [[word] for word, _ in words]
    for at, ((word, chain), (following, next_chain)) in enumerate(itertools.pairwise(words)):
        if chain == next_chain or _may_join(word, following):
            choices[at].append(word + following)
            choices[at + 1].append(word + following)
    return tuple(dict.fromkeys(tuple(word[:LONGEST_WORD] for word in term) for term in choices))


def text_query(terms: SearchTerms | ColumnElement[str]) -> ColumnElement[Any]:
    """Return the `tsquery` of rows with words that begin like one choice of each term, or of a parameter of its text."""
    return cast(query_text(terms) if isinstance(terms, tuple) else terms, TSQUERY)


def query_text(terms: SearchTerms) -> str:
    """Return the text of a `text_query`; words consist of letters and digits alone, so that quoting them is enough."""
    return " & ".join("(" + " | ".join(f"'{word}':*" for word in term) + ")" for term in terms)


def _chains(text: str) -> list[list[str]]:
    """Return the folded words, those joined by half-spaces as one chain."""
    folded = fold(text.replace("\u200c", _JOINT))
    return [[word for word in chain.split(_JOINT) if word] for chain in _CHAIN.findall(folded)]


def _may_join(word: str, following: str) -> bool:
    """Return whether a half-space could stand between two words."""
    is_affix = min(len(word), len(following)) <= LONGEST_AFFIX
    return is_affix and bool(_ARABIC.fullmatch(word) and _ARABIC.fullmatch(following))
