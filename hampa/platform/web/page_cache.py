"""A cache, in memory and in Redis and for seconds, of pages that are the same for all visitors.

It is for browsers without a session, whose pages have no token, name or flashed message; a page that starts a session is
not cached. The key has the versions of what the page shows (`platform.versions`), so that every process sees a change at
once. Without Redis there are no versions, and every page is rendered.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, current_app, g, request, session

from hampa.platform import versions
from hampa.platform.locale import i18n
from hampa.platform.shared_cache import SharedCache
from hampa.platform.web import kept_answers, pages
from hampa.platform.web.kept_answers import KeptPage
from hampa.platform.web.list_filters import known_address

MOST_PAGES = 256
MOST_BYTES = 4_000_000
LONGEST_URL = 200
LARGEST_PAGE_BYTES = 200_000

View = Callable[..., Response]


def cache_for_anonymous(*versioned: str, query_names: frozenset[str] | None = None) -> Callable[[View], View]:
    """Cache the page of a view for visitors; `versioned` are the names in `platform.versions` of what it shows.

    With `query_names`, other values of the query string are no part of the key, and no link of the page repeats them.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def cached(*args: Any, **kwargs: Any) -> Response:
            key = _key(versioned, query_names)
            if key is None:
                return view(*args, **kwargs)
            if query_names is not None:
                g.query_names = query_names
            cache: SharedCache[Any, bytes] = current_app.extensions.setdefault(
                "hampa.page_cache", SharedCache("pages", MOST_PAGES, MOST_BYTES)
            )
            route = request.url_rule.rule if request.url_rule else None
            kept = cache.find(key)
            if kept is not None:
                body, until = kept
                _allow(KeptPage(route, versioned, key[1], until), query_names)
                return Response(body, mimetype="text/html")
            answer = view(*args, **kwargs)
            if _is_anonymous(answer):
                until = cache.keep(key, answer.get_data())
                _allow(KeptPage(route, versioned, key[1], until), query_names)
            return answer

        return cached

    return decorate


def _allow(page: KeptPage, query_names: frozenset[str] | None) -> None:
    """Let the shell keep the whole answer, unless its address has names that are none of the page's."""
    if query_names is None or query_names.issuperset(request.args):
        request.environ[kept_answers.ENVIRON_KEY] = page


def _key(versioned: tuple[str, ...], query_names: frozenset[str] | None) -> Any:
    """Return all that the page depends on, or None if it must not be cached."""
    if request.method != "GET" or current_app.config["SESSION_COOKIE_NAME"] in request.cookies:
        return None
    url = request.full_path if query_names is None else known_address(query_names)
    if len(url) > LONGEST_URL:
        return None
    current = tuple(versions.current(name) for name in versioned)
    if None in current:
        return None
    return url, current, i18n.locale_context(), pages.wants_fragment()


def _is_anonymous(answer: Response) -> bool:
    """Return whether the page has nothing of this one browser."""
    return (
        answer.status_code == 200
        and answer.mimetype == "text/html"
        and "csrf_token" not in g
        and not session.modified
        and "Set-Cookie" not in answer.headers
        and (answer.content_length or 0) <= LARGEST_PAGE_BYTES
    )
