"""Headers of every answer: content from our own origin alone, nothing inline, no guessed types."""

from collections.abc import Iterable
from functools import lru_cache

from flask import Flask, Response, current_app, request

from hampa.platform.config import settings

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
DASHBOARD_POLICY = POLICY.replace(
    "script-src 'self'; style-src 'self'",
    "script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'",
)
FILE_POLICY = "default-src 'none'; sandbox"
NO_CAMERA, CAMERA = (f"geolocation=(self), camera={origins}, otp-credentials=(self)" for origins in ("()", "(self)"))

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": NO_CAMERA,
}
_current_request = request._get_current_object  # type: ignore[attr-defined]

FRAGMENT_HEADERS = ("HX-Request", "HX-Request-Type", "HX-Boosted", "HX-History-Restore-Request")
"""What htmx says of what it asks for."""
LONGEST_ACCEPT = 1_000
"""Characters of what a browser accepts; each language of a list is parsed, and a list of thousands takes a core."""
NAMES = frozenset(name.lower() for name in (*HEADERS, "Strict-Transport-Security", "Cache-Control"))
MOST_KINDS = 500
"""Kinds of answers, by the headers that they have, for which the others are kept."""
VARYING = (*FRAGMENT_HEADERS, "Cookie", "Accept-Language")
"""What a page depends on, besides its address."""


def init_app(app: Flask) -> None:
    """Put the headers on every answer."""
    app.after_request(add_headers)


def add_headers(answer: Response) -> Response:
    """Add the headers that the answer does not have; over HTTPS also the one that tells browsers to stay there."""
    asked = _current_request()
    # Werkzeug goes through all headers for each that is set: the missing ones are added at the end.
    present = {name.lower() for name in answer.headers.keys()}  # noqa: SIM118 - of a list of pairs
    is_file = asked.endpoint == "static"
    if not is_file and answer.mimetype == "text/html":
        vary_by(answer, VARYING)
    personal = None if is_file else "etag" not in present and _needs_sign_in(asked.endpoint)
    missing = _missing(frozenset(present & NAMES), settings().base_url.startswith("https://"), personal)
    for name, value in missing:
        answer.headers.add(name, value)
    return answer


@lru_cache(MOST_KINDS)
def _missing(present: frozenset[str], is_https: bool, personal: bool | None) -> tuple[tuple[str, str], ...]:
    """Return the headers that an answer lacks; `personal` is whether browsers must not keep it, None of a file."""
    added = dict(HEADERS)
    if is_https:
        added["Strict-Transport-Security"] = "max-age=31536000"
    if personal is not None:
        added["Cache-Control"] = "private, no-store" if personal else "private, no-cache"
    return tuple((name, value) for name, value in added.items() if name.lower() not in present)


def vary_by(answer: Response, names: Iterable[str]) -> None:
    """Add names of headers to what the answer depends on; `Response.vary` reads and writes the header for each."""
    present = answer.headers.get("Vary", "")
    wanted = _varying(present, tuple(names))
    if not present:
        answer.headers.add("Vary", wanted)
    elif wanted != present:
        answer.headers["Vary"] = wanted


@lru_cache(MOST_KINDS)
def _varying(present: str, names: tuple[str, ...]) -> str:
    """Return a header `Vary` with more names."""
    known = present.lower().split(", ") if present else []
    missing = [name for name in names if name.lower() not in known]
    return ", ".join([present, *missing] if present else missing)


def _needs_sign_in(endpoint: str | None) -> bool:
    """Return whether browsers must not keep what a view answers, because going back would show it after signing out.

    A file with an ETag is asked for again anyway.
    """
    view = current_app.view_functions.get(endpoint or "")
    return getattr(view, "permission", "") != "public"


def sandbox(answer: Response) -> Response:
    """Let nothing in a file of somebody's run that a browser should show after all, and return it."""
    answer.headers["Content-Security-Policy"] = FILE_POLICY
    return answer


def let_camera(answer: Response) -> Response:
    """Let the page ask for the camera, which no other page may, and return it."""
    answer.headers["Permissions-Policy"] = CAMERA
    return answer


def let_inline_scripts(answer: Response) -> Response:
    """Give an answer the policy that rq-dashboard's pages need, and no page of our own (docs/adr/0004); return it."""
    answer.headers["Content-Security-Policy"] = DASHBOARD_POLICY
    return answer


def bounded(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the headers of a request (ASGI) with the lists of what is accepted cut to their first parts."""
    return [
        (name, value[:LONGEST_ACCEPT].rpartition(b",")[0])
        if len(value) > LONGEST_ACCEPT and name.lower().startswith(b"accept")
        else (name, value)
        for name, value in headers
    ]
