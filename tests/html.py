"""What we ask of every piece of HTML: that it is valid, and that everybody can use it.

`Document` parses as browsers do (html5ever); `faults` lists what is wrong in words.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from markupever import HtmlOptions, Parser, _rustlib

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SPECIAL = "<>&\x00-\x08\x0b-\x1f\x7f-\x9f\ufdd0-\ufdef" + "".join(
    chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF)
)
"""Characters that the parser treats as more than text, or refuses."""
_ESCAPED = "&(?:amp|lt|gt|quot|#34|#39);"
"""What templates write for characters that could be markup; to the parser it is text as well."""
PLAIN_TEXT = re.compile(f">((?:[^{_SPECIAL}]++|{_ESCAPED})++)<")
PLAIN_VALUE = re.compile(
    f'( (?:value|content|title|placeholder|datetime|alt|aria-label)=")((?:[^"{_SPECIAL}]++|{_ESCAPED})++)"'
)
TOKEN = re.compile(r'(name="(?:csrf_token|submission)"[^>]*?value=")[^"]*|("csrf_token": ?")[^"]*')
SPACE = re.compile(r"\s+")
BUTTONS = {"submit", "button", "image", "reset"}
TYPES_WITHOUT_LABEL = BUTTONS | {"hidden"}
XHTML = "http://www.w3.org/1999/xhtml"
NOSCRIPT = re.compile(r"(</?)noscript\b", re.IGNORECASE)
"""To the parser, which takes scripts to be on, its content is no more than text."""
NOSCRIPT_OF_HEAD = re.compile(r"<noscript>(<meta [^>]*>)</noscript>")
"""In the head it holds elements of the head."""
NEVER_INLINE = ("style", "hx-on", "data-hx-on")
LEADING = {"href", "src", "action", "formaction"}
REFERRING = {"for", "aria-describedby", "aria-labelledby", "aria-controls", "list", "form", "popovertarget"}
INTERACTIVE = {"a", "button", "input", "select", "textarea", "summary"}


@dataclass(frozen=True)
class Document:
    """A page, or a fragment of one."""

    source: str
    fragment: bool = False

    @cached_property
    def _parsed(self) -> tuple[Element, list[str]]:
        parser = Parser(HtmlOptions(exact_errors=True, fragment_context="div" if self.fragment else None))
        parser.process(NOSCRIPT.sub(r"\1no-script", NOSCRIPT_OF_HEAD.sub(r"\1", self.source)))
        problems = parser.finish().errors()
        root = Element("fragment")
        _fill(root, parser.into_dom().root()._raw)
        return root if self.fragment else root[0], problems

    @property
    def root(self) -> Element:
        """The tree: of the whole page, or of an element that holds the fragment."""
        return self._parsed[0]

    @property
    def parse_errors(self) -> list[str]:
        return self._parsed[1]

    @cached_property
    def by_tag(self) -> dict[str, list[Element]]:
        """All elements, in the order of the page, by their tag; `*` is every tag."""
        found: dict[str, list[Element]] = {"*": list(self.root.iter())}
        for element in found["*"]:
            found.setdefault(element.tag, []).append(element)
        return found

    @cached_property
    def parents(self) -> dict[Element, Element]:
        return {child: parent for parent in self.root.iter() for child in parent}

    def all(self, tag: str = "*", **attributes: str) -> list[Element]:
        """Elements with this tag and these attributes; `class_="pill"` asks for one class among others."""
        if not attributes:
            return self.by_tag.get(tag, [])
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [found for found in self.by_tag.get(tag, ()) if _is(found, wanted)]

    def one(self, tag: str = "*", **attributes: str) -> Element:
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} of <{tag}> with {attributes}, not one"
        return found[0]

    def ancestors(self, element: Element) -> Iterator[Element]:
        while (parent := self.parents.get(element)) is not None:
            yield parent
            element = parent

    @cached_property
    def ids(self) -> Counter[str]:
        return Counter(found.attrib["id"] for found in self.all() if "id" in found.attrib)

    @property
    def text(self) -> str:
        """What a person reads, in one line."""
        return words(self.root)


def _fill(into: Element, node: Any) -> None:
    """Put what is in a node of the parser into an element; by the parser's inner nodes, as the outer ones are slow."""
    last = None
    child = node.first_child()
    while child is not None:
        if isinstance(child, _rustlib.Element):
            name = child.name
            tag = name.local if name.ns == XHTML else f"{{{name.ns}}}{name.local}"
            last = SubElement(into, tag, {key.local: value for key, value in child.attrs.items()})
            _fill(last, child)
        elif isinstance(child, _rustlib.Text):
            if last is None:
                into.text = (into.text or "") + child.content
            else:
                last.tail = (last.tail or "") + child.content
        child = child.next_sibling()


def _is(element: Element, wanted: dict[str, str]) -> bool:
    for name, value in wanted.items():
        has = element.get(name)
        if has is None or (value not in has.split() if name == "class" else value != has):
            return False
    return True


def words(element: Element) -> str:
    """Return the visible text in an element, spaces squeezed."""
    return SPACE.sub(" ", "".join(_texts(element))).strip()


def _texts(element: Element) -> Iterator[str]:
    if not isinstance(element.tag, str) or element.tag in ("script", "style", "template"):
        return
    yield element.text or ""
    for child in element:
        yield from _texts(child)
        yield child.tail or ""
    if element.tag not in ("b", "i", "em", "strong", "bdi", "span", "a", "time", "small"):
        yield " "


def without_tokens(source: str) -> str:
    """Return the HTML with every token blanked and spaces squeezed, to compare two renderings."""
    return SPACE.sub(" ", TOKEN.sub(r"\1\2", source)).strip()


def shape(document: Document) -> bytes:
    """Return a digest of a document in which words are `x` and ids are numbered: equal digests have equal faults.

    Markup, names and references stay as they are; so does text with a character that could be markup, unless it is escaped.
    """
    numbers: dict[str, str] = {}
    source = UUID.sub(lambda found: numbers.setdefault(found[0], f"id{len(numbers)}"), document.source)
    source = PLAIN_VALUE.sub(lambda found: f'{found[1]}{_blank_or_x(found[2])}"', source)
    source = PLAIN_TEXT.sub(lambda found: f">{_blank_or_x(found[1])}<", source)
    return hashlib.blake2b(f"{document.fragment}{source}".encode(), digest_size=16).digest()


def _blank_or_x(text: str) -> str:
    """Keep spaces for the parser and other blanks for the reader; replace all the rest by one letter."""
    return "x" if text.strip() else " " if text.isascii() else "\u00a0"


_faultless: set[bytes] = set()


def new_faults(document: Document) -> list[str]:
    """Return the faults of a document; one of the shape of a faultless one is not parsed again."""
    key = shape(document)
    if key in _faultless:
        return []
    found = faults(document)
    if not found:
        _faultless.add(key)
    return found


def faults(document: Document) -> list[str]:
    """Return what is wrong with a page or a fragment; a fragment is spared what belongs to the whole page."""
    found = [f"not valid HTML: {problem}" for problem in document.parse_errors]
    found += [f"id “{name}” stands {times} times" for name, times in document.ids.items() if times > 1]
    if (times := sum("autofocus" in element.attrib for element in document.all())) > 1:
        found.append(f"{times} elements want the focus: a page gives it to one")
    for rule in (_inline, _labels, _tokens, _references, _names, _nesting, _times):
        found += rule(document)
    return found if document.fragment else found + _whole_page(document)


def _whole_page(document: Document) -> list[str]:
    found = []
    headings = document.all("h1")
    if len(headings) != 1 or not words(headings[0]):
        found.append(f"{len(headings)} <h1>: a page has one, with words in it")
    titles = [title for title in document.all("title") if words(title)]
    if len(titles) != 1:
        found.append(f"{len(titles)} <title>: a page has one, with words in it")
    html = document.one("html")
    direction = {"fa": "rtl", "en": "ltr"}.get(html.get("lang", ""))
    if direction is None or html.get("dir") != direction:
        found.append(f"<html lang={html.get('lang')!r} dir={html.get('dir')!r}> is neither Persian nor English")
    if len(document.all("main")) != 1:
        found.append("a page has one <main>")
    return found


def _inline(document: Document) -> list[str]:
    found = []
    for element in document.all():
        if element.tag == "style" or (element.tag == "script" and _runs(element) and "src" not in element.attrib):
            found.append(f"inline <{element.tag}>: the policy refuses it; put it into static/")
        for name, value in element.attrib.items():
            if _is_inline(name):
                found.append(f"<{element.tag} {name}=…>: the policy refuses it; use a class, or a script in static/js")
            if name in LEADING and value.strip().lower().startswith(("javascript:", "vbscript:", "data:text")):
                found.append(f"<{element.tag} {name}={value!r}> runs code")
    return found


@cache
def _is_inline(attribute: str) -> bool:
    return bool(re.match(r"on[a-z]", attribute)) or attribute.startswith(NEVER_INLINE)


def _runs(script: Element) -> bool:
    return script.get("type", "module") in ("module", "text/javascript", "application/javascript")


def _labels(document: Document) -> list[str]:
    labelled = {label.get("for") for label in document.all("label") if words(label)}
    found = []
    for tag in ("input", "select", "textarea"):
        for control in document.all(tag):
            if tag == "input" and control.get("type", "text") in TYPES_WITHOUT_LABEL:
                continue
            wrapped = any(parent.tag == "label" and words(parent) for parent in document.ancestors(control))
            named = control.get("aria-label") or control.get("aria-labelledby")
            if not (wrapped or named or (control.get("id") and control.get("id") in labelled)):
                found.append(f"<{tag} name={control.get('name')!r}> has no label")
    return found


def _tokens(document: Document) -> list[str]:
    found = []
    for form in document.all("form"):
        names = [field.get("name") for field in form.iter("input")]
        if form.get("method", "get").lower() == "post":
            if names.count("csrf_token") != 1:
                found.append(f"form to {form.get('action')!r} has {names.count('csrf_token')} tokens: it needs one")
        elif "csrf_token" in names:
            found.append(f"form to {form.get('action')!r} is a GET and would put its token into the URL")
    return found


def _times(document: Document) -> list[str]:
    """HTML knows thousandths of a second and nothing finer."""
    moments = [time.get("datetime", "") for time in document.all("time")]
    return [f"<time datetime={moment!r}>: give it in seconds" for moment in moments if re.search(r"\.\d{4}", moment)]


def _references(document: Document) -> list[str]:
    """Attributes that name other elements name one that is there. A fragment may point at the page around it."""
    if document.fragment:
        return []
    found = []
    for element in document.all():
        for name in REFERRING & element.attrib.keys():
            for target in element.get(name, "").split():
                if target not in document.ids:
                    found.append(f"<{element.tag} {name}={target!r}> points at nothing")
    return found


def _names(document: Document) -> list[str]:
    """Links, buttons and pictures say what they are to those who can't see them."""
    found = []
    for tag in ("a", "button"):
        for element in document.all(tag):
            pictures = [image.get("alt", "") for image in element.iter("img")]
            named = element.get("aria-label") or element.get("aria-labelledby") or element.get("title")
            if not (words(element) or named or any(pictures)):
                found.append(f"<{tag} class={element.get('class')!r}> has no words")
    found += [
        f"<img src={image.get('src')!r}> has no alt" for image in document.all("img") if "alt" not in image.attrib
    ]
    return found


def _nesting(document: Document) -> list[str]:
    found = []
    for element in document.all():
        if element.tag in INTERACTIVE and element.get("type") != "hidden":
            around = next((p.tag for p in document.ancestors(element) if p.tag in ("a", "button")), None)
            if around:
                found.append(f"<{element.tag}> inside <{around}>: neither can be used by keyboard")
    return found
