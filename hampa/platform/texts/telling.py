"""The most telling sentences of texts, in Persian and English: TextRank over the words that the search compares.

A sentence is linked to others by the words that they share, and ranks by what links to it (Mihalcea and Tarau, 2004). Why
no library does it: docs/adr/0013.
"""

import math
import re
from collections.abc import Sequence
from typing import Final

from hampa.platform.texts.cleaning import fold

MOST_SENTENCES: Final = 200
SHORTEST, LONGEST = 15, 400
"""Characters of a sentence that says something by itself, and of one that is short enough to be quoted."""
DAMPING, ROUNDS, ENOUGH = 0.85, 30, 1e-4

_END: Final = re.compile(r"(?<=[.!?؟…])[\"»”)\]]*\s+|\n+")
_WORD: Final = re.compile(r"[^\W_]+")
_FREQUENT: Final = """
از به با در را که و یا تا بر برای این آن است بود شد می نمی هم اما اگر هر یک ها های ای ام اند من تو او ما شما آنها
خیلی باید شود کرد کند دارد بعد قبل روی هنوز
the a an and or of to in on at for with is was are were be been it its this that these those i you he she we they
his her their my our as by from but not no so if then than too very have has had do does did will would can
"""
_STOPS: Final = frozenset(fold(_FREQUENT).split())
"""Frequent words, which say nothing of what a sentence is about."""


def sentences_of(text: str) -> list[str]:
    """Return the sentences of a plain text, each in one line, and those of lists without their dashes."""
    found = (" ".join(part.split()).removeprefix("- ") for part in _END.split(text))
    return [part for part in found if part]


def most_telling(sentences: Sequence[str], count: int) -> list[int]:
    """Return the places of the sentences that tell most, the most telling first; short and very long ones never do.

    Of two that say the same, one is enough.
    """
    places = [at for at, one in enumerate(sentences) if SHORTEST <= len(one) <= LONGEST][:MOST_SENTENCES]
    words = [_words(sentences[at]) for at in places]
    ranks = _ranks(words)
    chosen: list[int] = []
    for at in sorted(range(len(places)), key=lambda at: (-ranks[at], at)):
        if words[at] and all(len(words[at] & words[other]) < 0.8 * len(words[at]) for other in chosen):
            chosen.append(at)
        if len(chosen) == count:
            break
    return [places[at] for at in chosen]


def _words(sentence: str) -> frozenset[str]:
    return frozenset(word for word in _WORD.findall(fold(sentence)) if word not in _STOPS and len(word) > 1)


def _ranks(words: Sequence[frozenset[str]]) -> list[float]:
    """Return the rank of each set of words by the power method."""
    size = len(words)
    links: list[dict[int, float]] = [{} for _ in words]
    holders: dict[str, list[int]] = {}
    for at, mine in enumerate(words):
        shared: dict[int, int] = {}
        for word in mine:
            for other in holders.setdefault(word, []):
                shared[other] = shared.get(other, 0) + 1
            holders[word].append(at)
        for other, count in shared.items():
            likeness = count / (math.log(len(mine) + 1) + math.log(len(words[other]) + 1))
            links[at][other] = links[other][at] = likeness
    sums = [sum(one.values()) for one in links]
    ranks = [1.0] * size
    for _ in range(ROUNDS):
        new = [
            1 - DAMPING + DAMPING * sum(weight / sums[other] * ranks[other] for other, weight in links[at].items())
            for at in range(size)
        ]
        moved = max((abs(a - b) for a, b in zip(new, ranks, strict=True)), default=0.0)
        ranks = new
        if moved < ENOUGH:
            break
    return ranks
