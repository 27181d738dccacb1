"""Whole answers to visitors, kept by the shell around Flask: a page that many open at once takes no thread.

Kept are the answers that `page_cache` names: those of its pages, with their headers, for as long as it keeps the page. Each
is asked for by all that an answer may vary by, and only while the versions of what it shows are what they were.

While a thread waits for a database that takes writes, pages are kept for a minute longer: nothing can change, and visitors
who would wait with it read on.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Flask
from werkzeug.datastructures import Headers
from werkzeug.http import parse_set_header

from hampa.platform import logs, metrics, versions
from hampa.platform.caches import SECONDS, TTLCache, count_read
from hampa.platform.pool import is_waiting
from hampa.platform.web.headers import FRAGMENT_HEADERS
from hampa.platform.web.request_limits import is_past_limit

ENVIRON_KEY: Final = "hampa.kept_page"
VARIES_BY: Final = ("Host", "Cookie", "Accept-Language", "Accept-Encoding", *FRAGMENT_HEADERS)
"""The headers of a request that are part of the key."""
FORWARDED: Final = ("X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Prefix")
NEVER_WITH: Final = ("Authorization", "Range", "If-None-Match", "If-Modified-Since", "Transfer-Encoding")
PER_REQUEST: Final = b"x-request-id"
MOST_ANSWERS: Final = 512
MOST_BYTES: Final = 4_000_000
LONGER: Final = 60.0
"""Seconds for which an answer is kept longer while no database takes writes."""


@dataclass(frozen=True, slots=True)
class KeptPage:
    """What `page_cache` says of an answer that may be kept: its route, the versions it shows, and until when."""

    route: str | None
    names: tuple[str, ...]
    versions: tuple[str, ...]
    until: float
    """By `time.monotonic`."""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer without the headers of its one request."""

    page: KeptPage
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def __len__(self) -> int:
        return len(self.body) + sum(len(name) + len(value) for name, value in self.headers)


class KeptAnswers:
    """The kept answers of one application."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._session_cookie = f"{app.config['SESSION_COOKIE_NAME']}="
        self._answers: TTLCache[Any, KeptAnswer] = TTLCache(MOST_ANSWERS, MOST_BYTES, seconds=SECONDS + LONGER)

    def key(self, scope: Mapping[str, Any], headers: Headers) -> Any:
        """Return the key of a request's answer, or None for a request whose answer is not kept."""
        if scope["method"] != "GET" or any(self._session_cookie in cookies for cookies in headers.getlist("Cookie")):
            return None
        if any(name in headers for name in NEVER_WITH):
            return None
        varying = tuple(",".join(headers.getlist(name)) for name in (*VARIES_BY, *FORWARDED))
        return scope.get("scheme", ""), scope["path"], scope["query_string"], varying

    def find(self, key: Any, network: str) -> KeptAnswer | None:
        """Return the answer that is kept under a key, unless what it shows has changed.

        The request is counted for its `network` (`network_of`); past the limit of visitors nothing is returned.
        """
        kept: KeptAnswer | None = self._answers.get(key)
        if kept is None or (kept.page.until < time.monotonic() and not is_waiting()):
            count_read("answers", "miss")
            return None
        with self._app.app_context():
            current = versions.current_of(kept.page.names)
            if current == kept.page.versions and is_past_limit(network):
                return None
        if current != kept.page.versions:
            count_read("answers", "miss")
            return None
        return kept

    def keep(self, key: Any, environ: Mapping[str, Any], status: int, headers: list[Any], body: bytes) -> None:
        """Keep an answer, if `page_cache` says so and nothing in its headers is of one browser."""
        page: KeptPage | None = environ.get(ENVIRON_KEY)
        if page is None or status != 200 or any(name == b"set-cookie" for name, _value in headers):
            return
        varies = {name for field, value in headers if field == b"vary" for name in parse_set_header(value.decode())}
        if not {name.lower() for name in varies} <= {name.lower() for name in VARIES_BY}:
            return
        lasting = [(name, value) for name, value in headers if name != PER_REQUEST]
        self._answers[key] = KeptAnswer(page, status, lasting, body)

    def headers_of(self, kept: KeptAnswer, request_headers: Headers) -> list[tuple[bytes, bytes]]:
        """Return the headers of a kept answer to one more request, and log it."""
        started = time.perf_counter()
        request_id = logs.request_id(request_headers.get("X-Request-ID", ""))
        logs.log_kept(kept.page.route, kept.status, request_id, started)
        metrics.count_kept(self._app, kept.page.route, time.perf_counter() - started)
        return [*kept.headers, (PER_REQUEST, request_id.encode())]
