"""CommonMark that people write, as safe HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup

from hampa.platform.texts.cleaning import LINK_REL, linkifier

# The page has the one h1 and its sections are h2, so people's headings begin at h3.
HEADINGS: Final = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h6", "h5": "h6", "h6": "h6"}
BLOCKS: Final = frozenset({"p", "ul", "ol", "blockquote", "th", "td", *HEADINGS.values()})
TAGS: Final = BLOCKS | {
    *("a", "br", "strong", "em", "s", "code"),
    *("hr", "pre", "li", "table", "thead", "tbody", "tr"),
}
ATTRIBUTES: Final = {**{tag: {"dir"} for tag in BLOCKS}, "a": {"href", "dir"}, "ol": {"start", "dir"}}
SCHEMES: Final = {"http", "https", "mailto"}


def to_html(text: str) -> Markup:
    """The text as HTML: headings from h3 down, line ends kept, web addresses clickable, each block
    in the direction of its own words; no pictures and no HTML of its own."""
    return Markup(  # noqa: S704 - just cleaned
        nh3.clean(
            _reader.render(text),
            tags=set(TAGS),
            attributes=ATTRIBUTES,
            url_schemes=SCHEMES,
            link_rel=LINK_REL,
        )
    )


def to_plain(text: str) -> str:
    """The text as it reads without its marks, for where there is no HTML: one line a block, links by their words
    and address."""
    return _plain(text) if _MARKED.search(text) else text


@lru_cache(maxsize=2_000)
def _plain(text: str) -> str:
    lines: list[str] = []
    bullet = ""
    for token in _bare_reader.parse(text):
        if token.type == "list_item_open":
            bullet = f"{token.info}{token.markup} " if token.info else "- "
        elif token.type in ("paragraph_open", "heading_open") and token.level == 0 and lines:
            lines.append("")
        elif token.type in ("fence", "code_block"):
            lines += token.content.rstrip("\n").split("\n")
        elif token.type == "inline":
            lines.append(bullet + "".join(_words(token.children or [])))
            bullet = ""
    return "\n".join(lines)


def _words(tokens: list[Token]) -> Iterator[str]:
    """The words of a line; after those of a link its address, unless they are the same."""
    links: list[tuple[str, str]] = []
    for token in tokens:
        if token.type == "link_open":
            links.append((str(token.attrs["href"]), ""))
            continue
        if token.type == "link_close":
            address, words = links.pop()
            said = words if words in address else f"{words} ({address})"
        else:
            said = "\n" if token.type in ("softbreak", "hardbreak") else token.content
        if links:
            links[-1] = links[-1][0], links[-1][1] + said
        else:
            yield said


def _house_rules(state: StateCore) -> None:
    """Demote headings, and let blocks find their direction; bare web addresses have theirs."""
    for token in state.tokens:
        token.tag = HEADINGS.get(token.tag, token.tag)
        if token.nesting == 1 and token.tag in BLOCKS:
            token.attrSet("dir", "auto")
        for child in token.children or ():
            if child.type == "link_open" and child.markup == "linkify":
                child.attrSet("dir", "ltr")


# What makes a text another one when it is read as CommonMark.
_MARKED: Final = re.compile(r"[*_`#>\[\]\\<&~|=]|^\s*(?:[-+]|\d+[.)])|^(?: {4}|\t)", re.MULTILINE)

_bare_reader: Final = MarkdownIt("js-default", {"breaks": True, "maxNesting": 20}).disable("image")
_reader: Final = MarkdownIt("js-default", {"breaks": True, "maxNesting": 20, "linkify": True}).disable("image")
_reader.linkify = linkifier
_reader.normalizeLinkText = lambda link: link  # type: ignore[method-assign] # an address is shown as it was typed, not decoded
_reader.inline.ruler.disable("linkify")  # emphasis around an address goes before it
_reader.core.ruler.push("house_rules", _house_rules)
