"""Reads microdata off a page, as search engines do (HTML Standard, § Microdata)."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from tests.html import words

VALUES = {
    "meta": "content",
    "link": "href",
    "a": "href",
    "img": "src",
    "audio": "src",
    "video": "src",
    "source": "src",
    "object": "data",
    "data": "value",
    "meter": "value",
}


@dataclass
class Item:
    """One thing and what is said of it; the value of a property is a text, or a thing itself."""

    type: str
    properties: dict[str, list[str | Item]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str | Item:
        """Return the only value of a property."""
        values = self.properties.get(name, [])
        assert len(values) == 1, f"{self.type} has {len(values)} values of {name}"
        return values[0]


def items(root: Element) -> list[Item]:
    """Return the items of a page that are no property of another."""
    return [
        _item(element) for element in root.iter() if "itemscope" in element.attrib and "itemprop" not in element.attrib
    ]


def _item(element: Element) -> Item:
    item = Item(element.get("itemtype", ""))
    _collect(element, item)
    return item


def _collect(element: Element, item: Item) -> None:
    for child in element:
        inside = "itemscope" in child.attrib
        for name in child.get("itemprop", "").split():
            item.properties.setdefault(name, []).append(_item(child) if inside else _value(child))
        if not inside:
            _collect(child, item)


def _value(element: Element) -> str:
    if element.tag == "time":
        return element.get("datetime", words(element))
    attribute = VALUES.get(element.tag)
    if attribute is None:
        return words(element)
    value = element.get(attribute)
    assert value is not None, f"<{element.tag} itemprop={element.get('itemprop')}> without {attribute}"
    if attribute in ("href", "src"):
        assert urlsplit(value).scheme, f"{value} is no whole address"
    return value
