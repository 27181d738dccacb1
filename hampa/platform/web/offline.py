"""What people may tap without network: it is kept on their device, and sent when the network is back.

A view says so by `kept_offline`: what it does must be right some hours later too, or be refused then. It is done once,
however often the device sends it: each such request names itself in a header (`offline/views/sending.py`).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Flask, request

View = Callable[..., Any]
ONCE_HEADER = "Hampa-Once"
AGO_HEADER = "Hampa-Ago"
LONGEST_AGO = timedelta(days=1)
"""How long the service worker keeps what was tapped."""
_EXTENSION = "hampa.kept_acts"
VARIABLE = re.compile(r"<[^>]+>")


@dataclass(frozen=True, eq=False)
class KeptAct:
    """What is kept: its words, and those for some values of one field of its form."""

    label: Any
    field: str
    labels: Mapping[str, Any]


def kept_offline(label: Any, *, field: str = "", labels: Mapping[str, Any] | None = None) -> Callable[[View], View]:
    """Mark a view whose POST may be tapped without network; put it under the permission."""

    def mark(view: View) -> View:
        view.kept_offline = KeptAct(label, field, labels or {})  # type: ignore[attr-defined]
        return view

    return mark


def kept_acts(app: Flask) -> tuple[tuple[str, str, KeptAct], ...]:
    """Return the endpoint, a regular expression for the path, and the words of each act that is kept.

    They are found once, when a page first needs them: there are more than a thousand routes.
    """
    acts: tuple[tuple[str, str, KeptAct], ...] | None = app.extensions.get(_EXTENSION)
    if acts is None:
        acts = app.extensions[_EXTENSION] = tuple(_acts_of(app))
    return acts


def _acts_of(app: Flask) -> Iterator[tuple[str, str, KeptAct]]:
    for rule in app.url_map.iter_rules():
        act = getattr(app.view_functions[rule.endpoint], "kept_offline", None)
        if act is not None and "POST" in (rule.methods or ()):
            yield rule.endpoint, f"^{'[^/]+'.join(map(re.escape, VARIABLE.split(rule.rule)))}$", act


def tapped_ago() -> timedelta:
    """Return how long ago the request was tapped without network, by the clock of the device; nothing for all others.

    A device knows how much time has passed, whatever time it takes it to be.
    """
    text = request.headers.get(AGO_HEADER, "")
    if ONCE_HEADER not in request.headers or not re.fullmatch("[0-9]{1,9}", text):
        return timedelta()
    return min(timedelta(seconds=int(text)), LONGEST_AGO)
