"""CommonMark that people write, as HTML that can do no harm."""

from __future__ import annotations

from typing import Final

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup

from hampa.platform.text import LINK_REL, addresses

# The page has the one h1 and its sections are h2, so people's headings begin at h3.
HEADINGS: Final = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h6", "h5": "h6", "h6": "h6"}
BLOCKS: Final = frozenset({"p", "li", "blockquote", "th", "td", *HEADINGS.values()})
TAGS: Final = BLOCKS | {
    *("a", "br", "strong", "em", "s", "code"),
    *("hr", "pre", "ul", "ol", "table", "thead", "tbody", "tr"),
}
ATTRIBUTES: Final = {**{tag: {"dir"} for tag in BLOCKS}, "a": {"href", "dir"}, "ol": {"start"}}
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


def _house_rules(state: StateCore) -> None:
    """Demote headings, let blocks find their direction, make bare web addresses links."""
    for token in state.tokens:
        token.tag = HEADINGS.get(token.tag, token.tag)
        if token.nesting == 1 and token.tag in BLOCKS:
            token.attrSet("dir", "auto")
        if token.children:
            token.children = _with_links(token.children)


def _with_links(tokens: list[Token]) -> list[Token]:
    linked: list[Token] = []
    inside = 0
    for token in tokens:
        inside += token.nesting if token.type in ("link_open", "link_close") else 0
        if token.type == "text" and not inside:
            linked.extend(_split(token.content))
        else:
            linked.append(token)
    return linked


def _split(text: str) -> list[Token]:
    parts: list[Token] = []
    at = 0
    for start, end in addresses(text):
        address = text[start:end]
        opening = Token("link_open", "a", 1, attrs={"href": address, "dir": "ltr"})
        parts += [_text(text[at:start]), opening, _text(address), Token("link_close", "a", -1)]
        at = end
    return [*parts, _text(text[at:])]


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


_reader: Final = MarkdownIt("js-default", {"breaks": True, "maxNesting": 20}).disable("image")
_reader.core.ruler.push("house_rules", _house_rules)
