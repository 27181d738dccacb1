"""A language that nobody speaks, in which every message stands in ⟦brackets⟧: what stands outside was never marked.

with pseudo_locale():
    assert not unmarked(page.get("/runs").text, said=["Dawn by the lake"])
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from gettext import NullTranslations
from html.parser import HTMLParser

import pytest

from hampa.platform.locale import i18n, zones

SPOKEN = ("alt", "aria-description", "aria-label", "aria-roledescription", "placeholder", "title")
LABELLING = {"submit", "button", "reset"}
NEVER_CLOSED = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
SILENT = {"script", "style", "template"}
DESCRIPTIONS = {"description", "og:title", "og:description", "og:site_name"}
LETTERS = re.compile(r"[^\W\d_]{2,}")
MARKED = re.compile("⟦[^⟦⟧]*⟧")


class PseudoTranslations(NullTranslations):
    """Every message as it is in the code, in brackets."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"

    def pgettext(self, context: str, message: str) -> str:
        return f"⟦{message}⟧"

    def npgettext(self, context: str, msgid1: str, msgid2: str, n: int) -> str:
        return self.ngettext(msgid1, msgid2, n)


def pseudo_translations() -> PseudoTranslations:
    """Return the catalogue of the pseudo-locale."""
    return PseudoTranslations()


@contextmanager
def pseudo_locale() -> Iterator[None]:
    """Let everybody, in whatever thread or request, be answered in that language; layout and digits stay theirs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(i18n, "catalogue", lambda locale: pseudo_translations())
        zones.by_area.cache_clear()
        yield
    zones.by_area.cache_clear()


def unmarked(source: str, said: Iterable[str] = ()) -> list[str]:
    """Words of a page made in that language which no message brought there.

    What people wrote is not counted: elements with `dir="auto"`, a `lang` of their own or `translate="no"`, `<bdi>`,
    and whatever is in `said`.
    """
    reader = _Reader()
    reader.feed(source)
    reader.close()
    found, longest_first = [], sorted(said, key=len, reverse=True)
    for text in ("".join(reader.texts), *reader.labels):
        if not LETTERS.search(_without_messages(text)):
            continue
        rest = text
        for words in longest_first:
            rest = rest.replace(words, " ")
        rest = _without_messages(rest)
        found += [" ".join(line.split()) for line in rest.split("\n") if LETTERS.search(line)]
    return found


def _without_messages(text: str) -> str:
    """Return a text without all that stands in brackets, from the innermost on."""
    while MARKED.search(text):
        text = MARKED.sub(" ", text)
    return text


class _Reader(HTMLParser):
    """Collects what a page says: its text, and the attributes that are read out."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.labels: list[str] = []
        self.inside: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        theirs = (
            tag == "bdi"
            or tag in SILENT
            or values.get("dir") == "auto"
            or values.get("translate") == "no"
            or (tag != "html" and "lang" in values)
        )
        if not self._quiet():
            self.labels += [values[name] for name in SPOKEN if name in values]
            if tag == "input" and values.get("type") in LABELLING:
                self.labels.append(values.get("value", ""))
            if tag == "meta" and DESCRIPTIONS & {values.get("name"), values.get("property")}:
                self.labels.append(values.get("content", ""))
        if tag not in NEVER_CLOSED:
            self.inside.append((tag, theirs))

    def handle_endtag(self, tag: str) -> None:
        if tag in (open_tag for open_tag, _theirs in self.inside):
            while self.inside.pop()[0] != tag:
                pass
            self.texts.append(
                "\n" if tag not in ("b", "i", "em", "strong", "span", "a", "time", "small", "bdi") else ""
            )

    def handle_data(self, data: str) -> None:
        if not self._quiet():
            self.texts.append(data)

    def _quiet(self) -> bool:
        return any(theirs for _tag, theirs in self.inside)
