"""CommonMark as safe HTML and as plain text."""

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
TAGS: Final = BLOCKS | {"a", "br", "strong", "em", "s", "code", "hr", "pre", "li", "table", "thead", "tbody", "tr"}
ATTRIBUTES: Final = {**{tag: {"dir"} for tag in BLOCKS}, "a": {"href", "dir"}, "ol": {"start", "dir"}}
SCHEMES: Final = {"http", "https", "mailto"}


def to_html(text: str) -> Markup:
    """Return the text as HTML, without pictures and raw HTML.

    Headings begin at h3, line ends stay, web addresses are links, and each block has the direction of its own words.
    """
    html = _reader.render(text)
    html = nh3.clean(html, tags=set(TAGS), attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel=LINK_REL)
    return Markup(html)  # noqa: S704 - just cleaned


def to_plain(text: str) -> str:
    """Return the text without its marks: one line a block, links as their words and address."""
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
    """Yield the words of a line; after those of a link its address, unless they are the same."""
    links: list[tuple[str, str]] = []
    for token in tokens:
        if token.type == "link_open":
            links.append((str(token.attrs["href"]), ""))
            continue
        if token.type == "link_close":
            url, words = links.pop()
            text = words if words in url else f"{words} ({url})"
        else:
            text = "\n" if token.type in ("softbreak", "hardbreak") else token.content
        if links:
            links[-1] = links[-1][0], links[-1][1] + text
        else:
            yield text


def _house_rules(state: StateCore) -> None:
    """Demote headings, and set the directions of blocks and of bare web addresses."""
    for token in state.tokens:
        token.tag = HEADINGS.get(token.tag, token.tag)
        if token.nesting == 1 and token.tag in BLOCKS:
            token.attrSet("dir", "auto")
        for child in token.children or ():
            if child.type == "link_open" and child.markup == "linkify":
                child.attrSet("dir", "ltr")


# Signs of CommonMark; a text without any stays as it is.
_MARKED: Final = re.compile(r"[*_`#>\[\]\\<&~|=]|^\s*(?:[-+]|\d+[.)])|^(?: {4}|\t)", re.MULTILINE)

_OPTIONS: Final = {"breaks": True, "maxNesting": 20}
_bare_reader: Final = MarkdownIt("js-default", _OPTIONS).disable("image")
_reader: Final = MarkdownIt("js-default", {**_OPTIONS, "linkify": True}).disable("image")
_reader.linkify = linkifier
_reader.normalizeLinkText = lambda link: link  # type: ignore[method-assign] # an address is shown as it was typed, not decoded
_reader.inline.ruler.disable("linkify")  # emphasis around an address goes before it
_reader.core.ruler.push("house_rules", _house_rules)
