"""Paths of pages, built once in a process: a page has dozens of links, and most lead where those of other pages do.

A path depends on the endpoint and its values, and on the request by the root of the application and its method alone.
Building it by Werkzeug takes twenty times as long as looking it up. Paths that differ by their ids alone are built once,
with stand-ins that are replaced. URLs with a host are built each time.
"""

import uuid
from functools import lru_cache
from typing import Any

from flask import Flask
from flask.globals import request_ctx

MOST_PATHS = 2_000
LONGEST_VALUE = 100
"""Characters of a text in a path that is kept; longer ones are what somebody typed, and of one request."""
PLAIN = frozenset({str, int, type(None)})
"""Types of which no two values are equal and give different paths, as 1 and True do."""
MOST_IDS = 8
"""Ids in a path and its query that are replaced; a path with more is built each time."""
_STAND_INS = [uuid.uuid4() for _number in range(MOST_IDS)]
"""What stands for the ids of a path that is kept: random, so that nobody can write it into another value."""
_STAND_IN_TEXTS = list(map(str, _STAND_INS))
_OPTIONS = frozenset({"_external", "_scheme", "_method"})

_current_context = request_ctx._get_current_object  # type: ignore[attr-defined]


def init_app(app: Flask) -> None:
    """Have `url_for` keep paths, in code and in templates."""
    build = app.url_for

    @lru_cache(MOST_PATHS)
    def pattern(_root: str, _method: str, endpoint: str, *values: tuple[str, Any]) -> str:
        stand_ins = iter(_STAND_INS)
        written: dict[str, Any] = {name: next(stand_ins) if value is uuid.UUID else value for name, value in values}
        return build(endpoint, **written)

    def url_for(endpoint: str, **values: Any) -> str:
        try:
            adapter = _current_context().url_adapter
        except RuntimeError:  # outside of a request
            return build(endpoint, **values)
        if endpoint.startswith("."):  # of the blueprint of the request
            return build(endpoint, **values)
        ids: list[uuid.UUID] = []
        kept: list[tuple[str, Any]] = []
        for name, value in values.items():
            kind = type(value)
            if kind is uuid.UUID and len(ids) < MOST_IDS:
                ids.append(value)
                kept.append((name, kind))
                continue
            kept.append((name, value))
            if kind not in PLAIN or (kind is str and len(value) > LONGEST_VALUE):
                return build(endpoint, **values)
            # Flask's own function passes its options, which are None unless they are asked for.
            if name in _OPTIONS and value is not None:
                return build(endpoint, **values)
        path = pattern(adapter.script_name, adapter.default_method, endpoint, *kept)
        for stand_in, value in zip(_STAND_IN_TEXTS, ids, strict=False):
            path = path.replace(stand_in, str(value))
        return path

    app.url_for = url_for  # type: ignore[method-assign]
    app.jinja_env.globals["url_for"] = url_for
