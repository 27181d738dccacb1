"""Protection from forged requests of other sites: a token in each form, and the headers of browsers.

The token would be enough; the headers protect people when a token has leaked.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, request
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import BadRequest

from hampa.platform.config import settings
from hampa.platform.web.hooks import for_forms, for_pages

View = TypeVar("View", bound=Callable[..., Any])

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
ALLOWED_SITES = ("same-origin", "none")
"""Values of `Sec-Fetch-Site` for requests of our own pages, and of people without any page."""


_protection = CSRFProtect()


def init_app(app: Flask) -> None:
    """Check every request with an unsafe method."""
    app.before_request(for_forms(for_pages(refuse_other_sites)))
    app.before_request(refuse_parts_without_names)
    _protection.init_app(app)
    own_check = app.before_request_funcs[None][-1]  # from which the views for programs are exempt
    for_forms(for_pages(own_check))


def refuse_parts_without_names() -> None:
    """Raise BadRequest if a part of a form has no name: no browser sends one, and who looks for a token trips over it."""
    if request.mimetype == "multipart/form-data" and None in (*request.form, *request.files):
        raise BadRequest


def checks_itself(view: View) -> View:
    """Mark a view that programs may post to with a proof of their own; it calls `check_token` for all other requests."""
    exempt: View = _protection.exempt(view)
    return exempt


def reads_no_cookies(view: View) -> View:
    """Mark a view that no cookie reaches, so that no other site can have a browser act through it."""
    view.reads_no_cookies = True  # type: ignore[attr-defined]
    return checks_itself(view)


def check_token() -> None:
    """Raise CSRFError unless the request has the token of a form of ours."""
    _protection.protect()


def is_led_here() -> bool:
    """Return whether another site had the browser ask for this: what is logged and told is asked about first then."""
    return request.headers.get("Sec-Fetch-Site", "none") not in ALLOWED_SITES


def refuse_other_sites() -> None:
    """Raise CSRFError if the request is from a page of another site; older browsers send no header, or only Origin."""
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method in SAFE_METHODS or getattr(view, "reads_no_cookies", False):
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    own_origins = (None, request.host_url.rstrip("/"), settings().base_url)
    if (site not in ALLOWED_SITES) if site is not None else (origin not in own_origins):
        raise CSRFError("a request of another site")
