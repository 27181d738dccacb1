"""Answering: a whole page, or the one block of it that htmx asked for.

All of htmx's headers and statuses are handled here and in `errors`, nowhere else.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Response, current_app, g, make_response, redirect as flask_redirect, request
from flask.signals import before_render_template, template_rendered

FRAGMENT_HEADERS = ("HX-Request", "HX-Request-Type", "HX-Boosted", "HX-History-Restore-Request")


def wants_fragment() -> bool:
    """Whether htmx asks for a part of the page.

    Boosted links and restored history ask with the same header, but need the whole page.
    """
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Request-Type") == "partial"
        and headers.get("HX-Boosted") != "true"
        and headers.get("HX-History-Restore-Request") != "true"
    )


def render(template: str, block: str | None = None, *, status: int = 200, **context: Any) -> Response:
    """The page made of `template`; of it just `block` when htmx asks for a fragment.

    `block` is named by the view, never by the client. Without one, the whole page is answered to
    everybody.
    """
    if block is not None and wants_fragment():
        body = render_block(template, block, **context)
    else:
        body = render_page(template, **context)
    return make_response(body, status)


def page_of(endpoint: str, *, status: int, **values: Any) -> Response:
    """The page that another endpoint shows, as an answer with `status`: for a form that stands in a slot of it."""
    answer = make_response(current_app.view_functions[endpoint](**values))
    answer.status_code = status
    return answer


def render_page(template: str, **context: Any) -> str:
    """The text of a whole page."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    found = app.jinja_env.get_template(template)
    app.update_template_context(context)
    before_render_template.send(app, template=found, context=context)
    body = found.render(context)
    template_rendered.send(app, template=found, context=context)
    return body


def render_block(template: str, block: str, **context: Any) -> str:
    """The text of one named block of a template.

    Raises `KeyError` when the template has no such block of its own.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    found = app.jinja_env.get_template(template)
    app.update_template_context(context)
    before_render_template.send(app, template=found, context=context)
    body = app.jinja_env.concat(found.blocks[block](found.new_context(context)))
    template_rendered.send(app, template=found, context=context)
    return body


def invalid(template: str, block: str | None = None, **context: Any) -> Response:
    """The form once more, with its errors beside the fields (422)."""
    return render(template, block, status=422, **context)


def redirect(url: str) -> Response:
    """Send the person on to `url` (303).

    htmx follows a 303 by itself and would put the next page into the fragment's place, so it is
    told to go there instead.
    """
    if wants_fragment():
        answer = make_response("", 200)
        answer.headers["HX-Redirect"] = url
        return answer
    return make_response(flask_redirect(url, code=303))


def safe_next(url: str | None, default: str) -> str:
    """`url` when it is a path of this site, else `default`.

    Anything that a browser could read as another host is refused: schemes, `//host`, `/\\host`,
    control characters (which browsers drop before they look).
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


def request_id() -> str:
    """The id under which this request stands in the log."""
    return str(g.get("request_id", "-"))
