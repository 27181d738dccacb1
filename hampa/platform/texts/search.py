"""Words as search compares them, in Persian and in Latin letters.

Persian writes «می‌دویم» with a half-space, with a space or in one, as hand and keyboard have it. So the words of a text are
kept each by itself and, where a half-space could stand, joined; and each word that is asked for may come joined too.
"""

from __future__ import annotations

import itertools
import re
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, cast, func, type_coerce
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY, TSVECTOR
from sqlalchemy.types import TypeDecorator

from hampa.platform.texts.cleaning import fold

LONGEST_WORD: Final = 40
MOST_WORDS: Final = 1500
MOST_ASKED: Final = 12
SHORT: Final = 4
"""What is set off by a half-space is short: می, ها, های, ترین. Only such words are joined over a space."""

_JOINT: Final = "\ue000"
_CHAIN: Final = re.compile(rf"\w+(?:{_JOINT}+\w+)*")
_ARABIC: Final = re.compile("[\u0600-\u06ff]+")

Asked = tuple[tuple[str, ...], ...]
"""For each word that was asked for the beginnings that will do, the word itself first."""


class WordVector(TypeDecorator[Any]):
    """A `tsvector` column that is written as a list of words; each word is one lexeme."""

    impl = TSVECTOR
    cache_ok = True

    def bind_expression(self, bindvalue: Any) -> ColumnElement[Any]:
        """Let PostgreSQL make the vector of the words."""
        return func.array_to_tsvector(type_coerce(bindvalue, ARRAY(Text)))


def words_of(*texts: str) -> list[str]:
    """The words to find texts by, each once.

    Done here and not by PostgreSQL, whose parser knows no Persian and splits by the database's
    locale; long words are cut, since a lexeme has a limit (2 kB).
    """
    found: list[str] = []
    for text in texts:
        chains = _chains(text)
        words = [word for chain in chains for word in chain]
        found += words
        found += ("".join(chain) for chain in chains if len(chain) > 1)
        found += (one + other for one, other in itertools.pairwise(words) if _may_join(one, other))
    return list(dict.fromkeys(word[:LONGEST_WORD] for word in found))[:MOST_WORDS]


def asked(text: str) -> Asked:
    """What to look for when somebody types `text`: all of these words, each as it is or joined to its neighbour."""
    chains = _chains(text)
    places = [(word, number) for number, chain in enumerate(chains) for word in chain][:MOST_ASKED]
    choices = [[word] for word, _ in places]
    for at, ((one, chain), (other, next_chain)) in enumerate(itertools.pairwise(places)):
        if chain == next_chain or _may_join(one, other):
            choices[at].append(one + other)
            choices[at + 1].append(one + other)
    return tuple(dict.fromkeys(tuple(word[:LONGEST_WORD] for word in words) for words in choices))


def text_query(words: Asked) -> ColumnElement[Any]:
    """A text query for rows that have, for each of the words, one that begins like it or like what stands for it.

    The words are of letters and digits alone, so that quoting them is enough.
    """
    each = ("(" + " | ".join(f"'{one}':*" for one in choices) + ")" for choices in words)
    return cast(" & ".join(each), TSQUERY)


def _chains(text: str) -> list[list[str]]:
    """The folded words; those that half-spaces hold together are one chain."""
    folded = fold(text.replace("\u200c", _JOINT))
    return [[word for word in chain.split(_JOINT) if word] for chain in _CHAIN.findall(folded)]


def _may_join(one: str, other: str) -> bool:
    """Whether a half-space could stand between two words."""
    return min(len(one), len(other)) <= SHORT and bool(_ARABIC.fullmatch(one) and _ARABIC.fullmatch(other))
