"""Maps made of other people's pictures: which pages may show them, and from where."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from flask import Response

from hampa.platform.config import settings
from hampa.platform.web.headers import POLICY

View = Callable[..., Response]


def origin() -> str:
    """Where tiles come from, as the content policy names it; "" when no service is set."""
    parts = urlsplit(settings().tile_url)
    return f"{parts.scheme}://{parts.netloc.replace('{s}', '*')}" if parts.netloc else ""


def shown_when(condition: Callable[[], bool]) -> Callable[[View], View]:
    """Let the pages of a view show tiles while `condition()` holds; all other pages stay with our own origin."""

    def decorate(view: View) -> View:
        @wraps(view)
        def shown(*args: Any, **kwargs: Any) -> Response:
            answer = view(*args, **kwargs)
            if condition() and origin():
                policy = POLICY.replace("img-src 'self'", f"img-src 'self' {origin()}")
                answer.headers["Content-Security-Policy"] = policy
            return answer

        return shown

    return decorate
