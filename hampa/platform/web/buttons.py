"""A button that Python decides on and a template draws."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Button:
    """A link to `href` or, with `fields`, a form that posts them there; `kind` is a kind of `ui.button`, or "icon".

    `detail` is set small behind the label. `attributes` go on the element.
    """

    label: str
    href: str
    kind: str = "quiet"
    icon: str | None = None
    fields: dict[str, str] = field(default_factory=dict)
    detail: str = ""
    attributes: dict[str, object] = field(default_factory=dict)
