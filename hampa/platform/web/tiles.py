"""Maps made of other people's pictures: which pages may show them, from where, and where a map begins."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response

from hampa.platform.config import settings
from hampa.platform.geo import places
from hampa.platform.web.headers import POLICY

View = Callable[..., Response]


def init_app(app: Flask) -> None:
    """Let templates ask `tile_service()`: its URL and whom to thank, or None where none is set."""
    app.jinja_env.globals["tile_service"] = service


def service() -> dict[str, str] | None:
    """Where tiles come from, as Leaflet writes it, and whom to thank for them."""
    given = settings()
    return {"url": given.tile_url, "credit": given.tile_credit} if given.tile_url else None


def origin() -> str:
    """Where tiles come from, as the content policy names it; "" when no service is set."""
    parts = urlsplit(settings().tile_url)
    return f"{parts.scheme}://{parts.netloc.replace('{s}', '*')}" if parts.netloc else ""


def let_in(answer: Response) -> Response:
    """The answer as a page that may show tiles; all others stay with our own origin."""
    if origin():
        answer.headers["Content-Security-Policy"] = POLICY.replace("img-src 'self'", f"img-src 'self' {origin()}")
    return answer


def shown_when(condition: Callable[[], bool]) -> Callable[[View], View]:
    """Let the pages of a view show tiles while `condition()` holds."""

    def decorate(view: View) -> View:
        @wraps(view)
        def shown(*args: Any, **kwargs: Any) -> Response:
            answer = view(*args, **kwargs)
            return let_in(answer) if condition() else answer

        return shown

    return decorate


def start_of(place: str, city: str, zone: str) -> tuple[float, float] | tuple[None, None]:
    """Where a map begins on which a pin is to be set, in degrees: the town that is named, or that of the time zone.

    Without a tile service there is no such map, and nobody looks.
    """
    if service() is None:
        return None, None
    return places.spot_of(place, city or zone.rpartition("/")[2].replace("_", " "), zone)
