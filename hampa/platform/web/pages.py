"""Answers: a whole page, or the one block of it that htmx requests.

All of htmx's headers and statuses are handled here and in `errors`.
"""

from typing import Any
from urllib.parse import urlsplit

from flask import Response, current_app, g, make_response, redirect as flask_redirect, request
from flask.signals import template_rendered

from hampa.platform.locale import i18n
from hampa.platform.web.headers import FRAGMENT_HEADERS

_current_request = request._get_current_object  # type: ignore[attr-defined]


def wants_fragment() -> bool:
    """Return whether htmx requests a part of the page.

    Boosted links and restored history send the same header, but need the whole page.
    """
    sent = _current_request().headers
    if sent.get(FRAGMENT_HEADERS[0]) != "true":  # no request of htmx, as most
        return False
    kind, *whole = [sent.get(name) for name in FRAGMENT_HEADERS[1:]]
    return kind == "partial" and "true" not in whole


def render(template: str, block: str | None = None, *, status: int = 200, **context: Any) -> Response:
    """Return the page of a template, or its `block` alone when htmx requests a fragment.

    The view names the block, never the client. Raise KeyError if the template has no such block of its own.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    page = app.jinja_env.get_template(template)
    context.setdefault("request", _current_request())
    with i18n.settled():
        if block is not None and wants_fragment():
            body = app.jinja_env.concat(page.blocks[block](page.new_context(context)))
        else:
            body = page.render(context)
    template_rendered.send(app, template=page, context=context)
    return app.response_class(body, status)


def page_of(endpoint: str, *, status: int, **values: Any) -> Response:
    """Return the page of another endpoint with a status, for a form in a slot of that page."""
    answer = make_response(current_app.view_functions[endpoint](**values))
    answer.status_code = status
    return answer


def redirect(url: str) -> Response:
    """Redirect to `url` (303).

    htmx follows a 303 by itself and would put the page in the place of the fragment: it gets `HX-Redirect` instead.
    """
    if wants_fragment():
        answer = make_response("", 200)
        answer.headers["HX-Redirect"] = url
        return answer
    return make_response(flask_redirect(url, code=303))


def safe_next(url: str | None, default: str) -> str:
    r"""Return `url` if it is a path of this site, else `default`.

    What a browser could read as another host is refused: schemes, `//host`, `/\host`, and control characters, which
    browsers remove first.
    """
    if not url or not url.startswith("/") or len(url) > 2000:
        return default
    if url.startswith("//") or "\\" in url or any(ord(c) <= 32 or ord(c) == 127 for c in url):
        return default
    try:
        parts = urlsplit(url)
    except ValueError:
        return default
    if parts.scheme or parts.netloc or parts.path.startswith("//"):
        return default
    return url


def referring_path(default: str) -> str:
    """Return the path and query of the page of this site that the request comes from, or `default`."""
    _scheme, _separator, address = (request.referrer or "").partition("://")
    host, _slash, path = address.partition("/")
    return safe_next(f"/{path}", default) if host == request.host else default


def request_id() -> str:
    """Return the id of this request in the log."""
    return str(g.get("request_id", "-"))
