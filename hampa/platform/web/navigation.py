"""The place of a page among the others: the page above it, by the paths of routes and not by the visit's history."""

from collections.abc import Collection, Mapping

from flask import Flask, current_app, request, url_for
from werkzeug.routing import Rule

_PARENTS = "hampa.parents"
_current_app = current_app._get_current_object  # type: ignore[attr-defined]
_current_request = request._get_current_object  # type: ignore[attr-defined]


def init_app(app: Flask) -> None:
    """Give templates `parent_page`."""
    app.extensions[_PARENTS] = {}
    app.jinja_env.globals["parent_page"] = parent_page


def parent_page(places: Collection[str], others: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the endpoint and the path of the page above this one, None for a page without one.

    The page above has the longest path that this page's path begins with, and is one of `places`, which are endpoints.
    `others` are the places above paths that say another one or none, and above those that begin with them.
    """
    asked = _current_request()
    rule = asked.url_rule
    if rule is None:
        return None
    parents: dict[str, tuple[str, frozenset[str]] | None] = _current_app().extensions[_PARENTS]
    if rule.rule not in parents:
        above = _parent_of(rule.rule, places, others)
        parents[rule.rule] = None if above is None else (above, frozenset(_rules(above)[0].arguments))
    parent = parents[rule.rule]
    if parent is None:
        return None
    endpoint, arguments = parent
    values = asked.view_args or {}
    return endpoint, url_for(endpoint, **{name: values[name] for name in arguments if name in values})


def _parent_of(path: str, places: Collection[str], others: Mapping[str, str]) -> str | None:
    above = {rule.rule: endpoint for endpoint in places for rule in _rules(endpoint)}
    if path in others:
        return others[path]
    parts = path.split("/")[:-1]
    while len(parts) > 1:
        endpoint = above.get("/".join(parts)) or others.get("/".join(parts))
        if endpoint is not None:
            return endpoint
        parts.pop()
    return None


def _rules(endpoint: str) -> list[Rule]:
    return list(current_app.url_map.iter_rules(endpoint))
