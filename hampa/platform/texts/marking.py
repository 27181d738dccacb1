"""The words of a search in a text, marked, and the part of a long text around them."""

import re
from functools import lru_cache
from typing import Final

from markupsafe import Markup, escape

from hampa.platform.texts.cleaning import fold
from hampa.platform.texts.search import SearchTerms

_WORD: Final = re.compile("[\\w\u0300-\u036f\u064b-\u065f\u0670]+(?:\u200c+[\\w\u064b-\u065f\u0670]+)*")
_PLACES: Final = re.compile(r"[\n\r\t ]+")
AROUND: Final = 70
"""Characters before the first word that is found, in a part of a text."""


def matches(text: str, terms: SearchTerms) -> bool:
    """Return whether each term of a search begins a word of a text, as the index of words has it."""
    words = [form for word in _WORD.findall(text) for form in _forms(word)]
    return all(any(word.startswith(choice) for word in words for choice in term) for term in terms)


def marked(text: str, terms: SearchTerms) -> Markup:
    """Return a text, escaped, with the words that a search found in `<mark>`."""
    parts, at = Markup(), 0
    for match in _WORD.finditer(text):
        if _is_meant(match[0], terms):
            parts += escape(text[at : match.start()]) + Markup("<mark>{}</mark>").format(match[0])
            at = match.end()
    return parts + escape(text[at:])


def part_around(text: str, terms: SearchTerms, longest: int = 180) -> str:
    """Return the part of a text around the first word that a search found, in one line; cut at words, with "…"."""
    text = _PLACES.sub(" ", text).strip()
    if len(text) <= longest:
        return text
    found = next((match.start() for match in _WORD.finditer(text) if _is_meant(match[0], terms)), 0)
    begin = max(0, found - AROUND)
    if begin:
        begin = text.find(" ", begin, found) + 1 or begin
    end = begin + longest
    if end >= len(text):
        return ("…" if begin else "") + text[begin:]
    cut = text.rfind(" ", begin + longest // 2, end)
    return ("…" if begin else "") + text[begin : cut if cut > 0 else end] + "…"


def _is_meant(word: str, terms: SearchTerms) -> bool:
    forms = _forms(word)
    return any(form.startswith(choice) for form in forms for term in terms for choice in term)


@lru_cache(maxsize=20_000)
def _forms(word: str) -> tuple[str, ...]:
    """Return a word as the index has it: its parts at half-spaces, and joined."""
    parts = tuple(fold(part) for part in word.split("\u200c") if part)
    return (*parts, "".join(parts)) if len(parts) > 1 else parts
