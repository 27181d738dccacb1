"""Pages that look the same to every visitor: made once, kept for seconds in the memory of the process.

Only for browsers without a session, so that no token, no name and no message of the last page can be in them; a view
that made one all the same is found out, and its page not kept. What is kept is named by the marks of what it shows
(`platform.versions`), so that a change is seen at once, by every process; the seconds are for what time alone changes.
Without Redis there are no marks, and every page is made anew.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, current_app, g, request, session

from hampa.platform import i18n, versions
from hampa.platform.shelf import Shelf
from hampa.platform.web import pages
from hampa.platform.web.list_filters import known_address

MOST_PAGES = 256
LONGEST_ADDRESS = 200
LARGEST_BYTES = 100_000

View = Callable[..., Response]


def for_visitors(*things: str, query_names: frozenset[str] | None = None) -> Callable[[View], View]:
    """Keep the page of a view that shows `things` (names of `platform.versions`) to visitors.

    With `query_names`, the page depends on no other values of the query string.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def kept(*args: Any, **kwargs: Any) -> Response:
            key = _key(things, query_names)
            if key is None:
                return view(*args, **kwargs)
            shelf: Shelf[bytes] = current_app.extensions.setdefault("hampa.kept", Shelf(MOST_PAGES))
            body = shelf.get(key)
            if body is not None:
                return Response(body, mimetype="text/html")
            answer = view(*args, **kwargs)
            if _is_anybodys(answer):
                shelf.put(key, answer.get_data())
            return answer

        return kept

    return decorate


def _key(things: tuple[str, ...], query_names: frozenset[str] | None) -> Any:
    """All that the page depends on; None when it may be another one for each."""
    if request.method != "GET" or current_app.config["SESSION_COOKIE_NAME"] in request.cookies:
        return None
    address = request.full_path if query_names is None else known_address(query_names)
    if len(address) > LONGEST_ADDRESS:
        return None
    marks = tuple(versions.current(thing) for thing in things)
    if None in marks:
        return None
    return address, marks, i18n.voice(), pages.wants_fragment()


def _is_anybodys(answer: Response) -> bool:
    """Whether the page holds nothing of this one browser's."""
    return (
        answer.status_code == 200
        and answer.mimetype == "text/html"
        and "csrf_token" not in g
        and not session.modified
        and "Set-Cookie" not in answer.headers
        and (answer.content_length or 0) <= LARGEST_BYTES
    )
