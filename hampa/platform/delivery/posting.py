"""Posting to addresses that others have named: to the public internet by HTTPS, for a few seconds, nowhere else.

Such a request is bounded on every side: public addresses alone, which are resolved once and then connected to; no
redirects, proxies and cookies. An address that lets us wait twice rests, each time longer: what goes there would keep
all others waiting.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from urllib.parse import SplitResult

import httpx
from cachetools import TTLCache

from hampa.platform import clock
from hampa.platform.delivery.base import Answer, Fault, Outcome
from hampa.platform.push.endpoints import parts_of_endpoint
from hampa.platform.security.ip_addresses import is_loopback
from hampa.platform.security.outgoing import HTTPS_PORT, Lines, Resolver, is_public, resolve

TIMEOUT = httpx.Timeout(connect=3.0, read=5.0, write=3.0, pool=1.0)
MOST_SECONDS = 8.0
"""The limit of a whole call, with that of its name well below the lease of a message."""
SLOW_SECONDS = 2.5
"""From so many seconds without an answer on, an address counts as silent."""
SILENT_TWICE = 2
REST_SECONDS, LONGEST_REST = 60.0, 3_600.0
MOST_RESTS = 1_000
IDLE_SECONDS = 45.0
MOST_IDLE = 8
ERROR_LENGTH = 120
MOST_READ = 16_384

# httpx would log a line for each message, with the address, which is a secret.
logging.getLogger("httpx").setLevel(logging.WARNING)


class RefusedEndpoint(Exception):
    """An address that is not asked."""


@dataclass(frozen=True)
class Reply:
    """What an address has answered."""

    status: int
    headers: httpx.Headers


class Poster:
    """Posts to public addresses; `what` names them in refusals. With `local` this machine is asked too."""

    def __init__(
        self,
        what: str,
        *,
        local: bool = False,
        resolver: Resolver = resolve,
        is_public: Callable[[str], bool] = is_public,
        most_seconds: float = MOST_SECONDS,
    ) -> None:
        self._what, self._local = what, local
        self._resolve, self._is_public, self._most_seconds = resolver, is_public, most_seconds
        self._lines = Lines(self._new_client, most_seconds=most_seconds, most_idle=MOST_IDLE, idle_seconds=IDLE_SECONDS)
        self._lock = threading.Lock()
        self._silences: TTLCache[str, tuple[int, float]] = TTLCache(MOST_RESTS, 2 * LONGEST_REST)
        self._certificates = httpx.create_ssl_context(trust_env=False)

    def post(self, endpoint: str, headers: dict[str, str], body: bytes) -> Reply | Outcome:
        """Post a body to an address, and return what it answers, or the outcome if there is no answer."""
        try:
            parts = self._parts_of(endpoint)
            if (rest := self._rest_of(parts.netloc)) > 0:
                return not_now(Answer.RETRY, f"the name of {self._what} was not answered lately", rest)
            started = time.monotonic()
            address = self._address_of(parts)
        except (ValueError, RefusedEndpoint) as reason:
            return Outcome(Answer.REFUSED, error=str(reason)[:ERROR_LENGTH], fault=Fault.MESSAGE)
        except OSError as reason:
            self._note_silence(parts.netloc, started)
            return not_now(Answer.RETRY, f"no address: {type(reason).__name__}")
        if (rest := self._rest_of(address)) > 0:
            return not_now(Answer.RETRY, f"{self._what} has not answered lately", rest)
        started = time.monotonic()
        try:
            reply = Reply(*self._post(parts, address, {"Host": parts.netloc, **headers}, body))
        except (httpx.ConnectError, httpx.ConnectTimeout) as reason:
            self._note_silence(address, started)
            return not_now(Answer.RETRY, f"no connection: {type(reason).__name__}")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as reason:
            self._note_silence(address, started)
            return not_now(Answer.UNKNOWN, f"no answer: {type(reason).__name__}")
        with self._lock:
            self._silences.pop(address, None)
            self._silences.pop(parts.netloc, None)
        return reply

    def _rest_of(self, address: str) -> float:
        """Return the seconds for which an address is not asked, because it was silent again and again."""
        with self._lock:
            count, until = self._silences.get(address, (0, 0.0))
        return until - time.monotonic() if count >= SILENT_TWICE else 0.0

    def _note_silence(self, address: str, started: float) -> None:
        """Have an address rest that let us wait twice, each time longer: its messages would keep all others waiting."""
        now = time.monotonic()
        if now - started < min(SLOW_SECONDS, self._most_seconds):
            return
        with self._lock:
            count = self._silences.get(address, (0, 0.0))[0] + 1
            rest = min(REST_SECONDS * 2.0 ** (count - SILENT_TWICE), LONGEST_REST)
            self._silences[address] = count, now + rest

    def close(self) -> None:
        """Close the connections."""
        self._lines.close()

    def _parts_of(self, endpoint: str) -> SplitResult:
        """Return the parts of an endpoint. Raise RefusedEndpoint."""
        parts = parts_of_endpoint(endpoint, local=self._local)
        if parts is None:
            raise RefusedEndpoint(f"no address of {self._what}")
        return parts

    def _address_of(self, parts: SplitResult) -> str:
        """Return the IP address to connect to. Raise RefusedEndpoint and OSError."""
        host = parts.hostname or ""
        addresses = self._resolve(host)
        if self._local and is_loopback(host):
            return addresses[0]
        if not addresses or not all(map(self._is_public, addresses)):
            raise RefusedEndpoint("no public address")
        return addresses[0]

    def _post(
        self, parts: SplitResult, address: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, httpx.Headers]:
        literal = f"[{address}]" if ":" in address else address
        port = parts.port or HTTPS_PORT
        url = f"{parts.scheme}://{literal}:{port}{parts.path or '/'}" + (f"?{parts.query}" if parts.query else "")
        with self._lines.to((parts.netloc, address)) as line:
            extensions = {"sni_hostname": parts.hostname, "trace": line.wire.watch}
            with line.client.stream("POST", url, content=body, headers=headers, extensions=extensions) as answer:
                _read_some(answer)
                return answer.status_code, answer.headers

    def _new_client(self) -> httpx.Client:
        limits = httpx.Limits(max_connections=1)
        return httpx.Client(verify=self._certificates, timeout=TIMEOUT, trust_env=False, limits=limits)


def _read_some(answer: httpx.Response) -> None:
    """Read what follows the headers, which is little or nothing: a connection that was read to the end can be kept."""
    taken = 0
    for chunk in answer.iter_raw():
        taken += len(chunk)
        if taken > MOST_READ:
            return


def not_now(answer: Answer, error: str, retry_after: float | None = None) -> Outcome:
    """Return the outcome of a message to be sent again; the other services are not the worse for it."""
    return Outcome(answer, error=error, retry_after=retry_after, fault=Fault.MESSAGE)


def retry_after(headers: httpx.Headers) -> float | None:
    """Return the seconds of `Retry-After`, which is a number or a date."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    with suppress(ValueError, TypeError, OverflowError):
        moment = parsedate_to_datetime(value)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (moment - clock.now()).total_seconds())
    return None
