"""Requests that another site makes in a person's name are refused: by the token in each form, and by what browsers say.

The token alone would do. That the request comes from here is looked at too, so that a token which leaked opens nothing.
"""

from __future__ import annotations

from flask import Flask, request
from flask_wtf.csrf import CSRFError, CSRFProtect

from hampa.platform.config import settings

READING = ("GET", "HEAD", "OPTIONS")
OURS = ("same-origin", "none")
"""What `Sec-Fetch-Site` says of our own pages, and of what a person did without any page."""


def init_app(app: Flask) -> None:
    """Guard every request that changes something."""
    app.before_request(refuse_other_sites)
    CSRFProtect(app)


def refuse_other_sites() -> None:
    """Raise `CSRFError` when the browser says that another site asks. Older browsers say less, or nothing."""
    if request.method in READING:
        return
    said = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if said is not None:
        ours = said in OURS
    else:
        ours = origin in (None, request.host_url.rstrip("/"), settings().base_url)
    if not ours:
        raise CSRFError("asked for by another site")
