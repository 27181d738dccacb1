"""Protection from forged requests of other sites: a token in each form, and the headers of browsers.

The token would be enough; the headers protect people when a token has leaked.
"""

from flask import Flask, request
from flask_wtf.csrf import CSRFError, CSRFProtect

from hampa.platform.config import settings

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
ALLOWED_SITES = ("same-origin", "none")
"""Values of `Sec-Fetch-Site` for requests of our own pages, and of people without any page."""


def init_app(app: Flask) -> None:
    """Check every request with an unsafe method."""
    app.before_request(refuse_other_sites)
    CSRFProtect(app)


def refuse_other_sites() -> None:
    """Raise CSRFError if the request is from a page of another site; older browsers send no header, or only Origin."""
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    own_origins = (None, request.host_url.rstrip("/"), settings().base_url)
    if (site not in ALLOWED_SITES) if site is not None else (origin not in own_origins):
        raise CSRFError("a request of another site")
