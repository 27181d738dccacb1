"""Paths of pages, built once in a process: a page has dozens of links, and most lead where those of other pages do.

A path depends on the endpoint and its values, and on the request by the root of the application and its method alone.
Building it by Werkzeug takes twenty times as long as looking it up. URLs with a host are built each time.
"""

import uuid
from functools import lru_cache
from typing import Any

from flask import Flask
from flask.globals import request_ctx

MOST_PATHS = 5_000
LONGEST_VALUE = 100
"""Characters of a text in a path that is kept; longer ones are what somebody typed, and of one request."""
PLAIN = frozenset({str, int, uuid.UUID, type(None)})
"""Types of which no two values are equal and give different paths, as 1 and True do."""
_OPTIONS = frozenset({"_external", "_scheme", "_method"})

_current_context = request_ctx._get_current_object  # type: ignore[attr-defined]


def init_app(app: Flask) -> None:
    """Have `url_for` keep paths, in code and in templates."""
    build = app.url_for

    @lru_cache(MOST_PATHS)
    def path(_root: str, _method: str, endpoint: str, *values: tuple[str, Any]) -> str:
        return build(endpoint, **dict(values))

    def url_for(endpoint: str, **values: Any) -> str:
        try:
            adapter = _current_context().url_adapter
        except RuntimeError:  # outside of a request
            return build(endpoint, **values)
        if endpoint.startswith("."):  # of the blueprint of the request
            return build(endpoint, **values)
        for name, value in values.items():
            if type(value) not in PLAIN or (type(value) is str and len(value) > LONGEST_VALUE):
                return build(endpoint, **values)
            # Flask's own function passes its options, which are None unless they are asked for.
            if name in _OPTIONS and value is not None:
                return build(endpoint, **values)
        return path(adapter.script_name, adapter.default_method, endpoint, *values.items())

    app.url_for = url_for  # type: ignore[method-assign]
    app.jinja_env.globals["url_for"] = url_for
