"""The URL map of the house and the table that says what each viewer gets on each route."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from werkzeug.routing import Rule

TABLE = Path(__file__).with_name("matrix.txt")
VIEWERS = ("visitor", "stranger", "companion", "owner", "operator")
AUTOMATIC = {"HEAD", "OPTIONS"}
FILES = "/static/"
"""Everybody may have the files below it; all other routes carry a mark and stand in the table."""
PROGRAMS = "/api/v1/"
"""Routes for programs, which have a table of their own."""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    method: str
    rule: str
    answers: tuple[str, ...]
    fields: str = ""

    @property
    def route(self) -> str:
        return f"{self.method} {self.rule}"

    def answer_for(self, viewer: str) -> str:
        return self.answers[VIEWERS.index(viewer)]


def rows(text: str | None = None) -> list[Row]:
    """Return the rows of the table; an error names the line that can't be read."""
    found = []
    for line in (TABLE.read_text() if text is None else text).splitlines():
        parts = line.split()
        if not parts or parts[0].startswith("#"):
            continue
        if len(parts) not in (7, 8):
            raise ValueError(f"method, route and five answers, then perhaps fields; not: {line}")
        found.append(Row(parts[0], parts[1], tuple(parts[2:7]), "".join(parts[7:])))
    return found


def routes_of(app: Flask) -> dict[str, Rule]:
    """Every route of an app by method and rule."""
    return {
        f"{method} {rule.rule}": rule
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - AUTOMATIC)
    }


def unmarked(app: Flask) -> list[str]:
    """Routes that don't say who may come in."""
    return [
        f"{rule.rule}: put @public, @signed_in or @operator_only under the route"
        for rule in app.url_map.iter_rules()
        if not rule.rule.startswith(FILES) and not hasattr(app.view_functions[rule.endpoint], "permission")
    ]


def differences(app: Flask, table: list[Row]) -> list[str]:
    """Routes without a line, and lines without a route."""
    expected = {row.route for row in table}
    there = {route for route, rule in routes_of(app).items() if not rule.rule.startswith((FILES, PROGRAMS))}
    return [f"{route}: no line in {TABLE.name}" for route in sorted(there - expected)] + [
        f"{route}: promised, and gone" for route in sorted(expected - there)
    ]
