"""What is different between two texts: by lines, and in changed lines by words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Final

MOST_COMPARED: Final = 400
"""Lines, or words, that are compared with each other: time grows with the square, and more with texts made for that."""
MOST_REFINED: Final = 4_000
"""Words of changed lines that are compared in all."""
_WORDS: Final = re.compile(r"\s+|\w+|[^\w\s]")
SAME, ADDED, REMOVED = "same", "added", "removed"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text that is the same in both, added, or removed."""

    kind: str
    text: str


def differences(before: str, after: str) -> list[Piece]:
    """Return the pieces of both texts in their order; the texts are what is left without the added, or removed, ones."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    pieces: list[Piece] = []
    refined = 0
    for old_lines, new_lines in _changes(old, new):
        if old_lines == new_lines:
            pieces.append(Piece(SAME, "".join(old_lines)))
            continue
        for old_line, new_line in zip_longest(old_lines, new_lines, fillvalue=""):
            old_words, new_words = _WORDS.findall(old_line), _WORDS.findall(new_line)
            refined += len(old_words) + len(new_words)
            if refined > MOST_REFINED:
                pieces += _replaced([old_line], [new_line])
                continue
            for olds, news in _changes(old_words, new_words):
                pieces += [Piece(SAME, "".join(olds))] if olds == news else _replaced(olds, news)
    return _joined(pieces)


def _changes(old: Sequence[str], new: Sequence[str]) -> list[tuple[list[str], list[str]]]:
    """Return the parts of both in their order, equal ones as pairs of the same."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    old_middle, new_middle = list(old[start : len(old) - end]), list(new[start : len(new) - end])
    middle: list[tuple[list[str], list[str]]]
    if max(len(old_middle), len(new_middle)) > MOST_COMPARED:
        middle = [(old_middle, new_middle)]
    else:
        codes = SequenceMatcher(None, old_middle, new_middle, autojunk=False).get_opcodes()
        middle = [(old_middle[a:b], new_middle[c:d]) for _code, a, b, c, d in codes]
    first, last = list(old[:start]), list(old[len(old) - end :])
    return [pair for pair in [(first, first), *middle, (last, last)] if pair[0] or pair[1]]


def _replaced(old: Sequence[str], new: Sequence[str]) -> list[Piece]:
    return [Piece(REMOVED, "".join(old)), Piece(ADDED, "".join(new))]


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces without empty ones, neighbours of a kind as one."""
    joined: list[Piece] = []
    for piece in pieces:
        if not piece.text:
            continue
        if joined and joined[-1].kind == piece.kind:
            joined[-1] = Piece(piece.kind, joined[-1].text + piece.text)
        else:
            joined.append(piece)
    return joined
