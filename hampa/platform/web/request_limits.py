"""Limits of pages: so many requests a minute of an address for visitors, and of a person once they are signed in.

People on a mobile network share addresses, so that who is signed in is counted by themselves, and once an address is past
the limit, browsers in which somebody has signed in before by themselves: others do not keep them from signing in. Files,
streams, health checks and calls of machines, which prove themselves, are not counted here; the API has its own limits.
"""

from collections.abc import Callable
from hashlib import sha256

from flask import Flask, current_app, request

from hampa.platform import request_counts
from hampa.platform.api.operations import ROOT
from hampa.platform.config import settings
from hampa.platform.errors import TooFast
from hampa.platform.locale.i18n import locale_of_request
from hampa.platform.security.ip_addresses import network_of
from hampa.platform.web import device
from hampa.platform.web.hooks import for_pages
from hampa.platform.web.session import me

FREE_ENDPOINTS = {"static", "assets.joined", "health.healthz", "health.readyz", "health.readyz_self", "live.stream"}
"""Files, health checks and streams."""
PROGRAMS = f"{ROOT}/"
_current_app = current_app._get_current_object  # type: ignore[attr-defined]
_current_request = request._get_current_object  # type: ignore[attr-defined]
Knows = Callable[[str | None], bool]
_knowing: list[Knows] = []


def knows_browsers(function: Knows) -> Knows:
    """Register the function that says whether somebody has signed in before in the browser with a token (`device`)."""
    _knowing.append(function)
    return function


def init_app(app: Flask) -> None:
    """Count each request of a page before its view."""
    app.before_request(for_pages(count_request))


def count_request() -> None:
    """Count the request by its person, or by the address of a visitor. Raise TooFast past the limit."""
    asked = _current_request()
    if asked.endpoint in FREE_ENDPOINTS or asked.path.startswith(PROGRAMS):
        return
    app = _current_app()
    view = app.view_functions.get(asked.endpoint or "")
    if getattr(view, "permission", "") == "machines":
        return
    has_session = app.config["SESSION_COOKIE_NAME"] in asked.cookies
    person = me() if has_session else None
    if person is not None:
        locale_of_request(person)
        request_counts.count(f"page:{person.id}", settings().page_person_limit)
        return
    try:
        request_counts.count(visitor(network_of(asked.remote_addr)), settings().page_visitor_limit)
    except TooFast:
        token = device.token()
        if token is None or not any(knows(token) for knows in _knowing):
            raise
        subject = f"page device:{sha256(token.encode()).hexdigest()}"
        request_counts.count(subject, settings().page_visitor_limit)


def visitor(network: str) -> str:
    """Return what the requests of visitors at a source (`network_of`) are counted as."""
    return f"page address:{network}"


def is_past_limit(network: str) -> bool:
    """Count a visitor's request that is answered without Flask, and return whether it is past the limit."""
    return request_counts.count_past(visitor(network), settings().page_visitor_limit) > 0
