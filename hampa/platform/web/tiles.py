"""Maps of a tile service: its URL, the pages that may show them, and where a map begins."""

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
    """Give templates `tile_service`."""
    app.jinja_env.globals["tile_service"] = service


def service() -> dict[str, str] | None:
    """Return the URL of tiles, as Leaflet writes it, and their credit; None when no service is set."""
    wanted = settings()
    return {"url": wanted.tile_url, "credit": wanted.tile_credit} if wanted.tile_url else None


def allow_tiles(answer: Response) -> Response:
    """Let the page show tiles, which no other page may, and return it."""
    url = urlsplit(settings().tile_url)
    if url.netloc:
        sources = f"img-src 'self' {url.scheme}://{url.netloc.replace('{s}', '*')}"
        answer.headers["Content-Security-Policy"] = POLICY.replace("img-src 'self'", sources)
    return answer


def shown_when(condition: Callable[[], bool]) -> Callable[[View], View]:
    """Let the pages of a view show tiles if `condition()` is true."""

    def decorate(view: View) -> View:
        @wraps(view)
        def shown(*args: Any, **kwargs: Any) -> Response:
            answer = view(*args, **kwargs)
            return allow_tiles(answer) if condition() else answer

        return shown

    return decorate


def shown_with(mark: str) -> Callable[[View], View]:
    """Let the pages of a view show tiles if `mark` is in them, also those that come from the cache."""

    def decorate(view: View) -> View:
        @wraps(view)
        def shown(*args: Any, **kwargs: Any) -> Response:
            answer = view(*args, **kwargs)
            has_map = service() is not None and mark.encode() in answer.get_data()
            return allow_tiles(answer) if has_map else answer

        return shown

    return decorate


def start_of(place: str, city: str, zone: str) -> tuple[float, float] | tuple[None, None]:
    """Return the centre of a new map in degrees: the town of the place, or that of the time zone.

    Without a tile service there is no map, and no town is looked up.
    """
    if service() is None:
        return None, None
    return places.locate_town(place, city or zone.rpartition("/")[2].replace("_", " "), zone)
