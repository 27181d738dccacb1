"""The gateway of web push (RFC 8030): each message goes to the push service of the browser that it is for.

The meaning of the answers:

    201 (or another 2xx)       taken
    404, 410                   the browser does not want messages any more: its subscription is forgotten
    413, other 4xx             never taken
    429, 5xx                   not taken; sent again (after `Retry-After`)
    nothing after it was sent  it may have been taken; sent again, since a second one takes the place of the first

Push services are named by browsers, so a request is bounded on every side: public addresses alone, which are resolved
once and then connected to; HTTPS; no redirects, proxies and cookies; a few seconds.
"""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC
from email.utils import parsedate_to_datetime
from urllib.parse import SplitResult

import httpx

from hampa.platform import clock
from hampa.platform.delivery.base import Answer, Fault, Outcome
from hampa.platform.push.encoding import from_base64
from hampa.platform.push.encryption import encrypt
from hampa.platform.push.endpoints import parts_of_endpoint
from hampa.platform.push.messages import PushMessage
from hampa.platform.push.pacing import SLOW_SECONDS, Pacing, host_key, network_key, person_key
from hampa.platform.push.vapid import VapidKey
from hampa.platform.security.outgoing import (
    HTTPS_PORT,
    Lines,
    RefusedEndpoint,
    Resolver,
    address_to_call,
    is_public,
    resolve,
)

TIMEOUT = httpx.Timeout(connect=3.0, read=5.0, write=3.0, pool=1.0)
MOST_SECONDS = 8.0
"""The limit of a whole call, with that of its name well below the lease of a message."""
IDLE_SECONDS = 45.0
MOST_IDLE = 8
GONE = frozenset({404, 410})
TOO_MANY = 429
ERROR_LENGTH = 120
MOST_READ = 16_384

# httpx would log a line for each message, with the endpoint, by which anybody can disturb the browser.
logging.getLogger("httpx").setLevel(logging.WARNING)


class WebPushGateway:
    """A client of all push services.

    `key` returns the site's key pair, and `forget` drops the subscription with an id. With `local` endpoints at this
    machine are asked too.
    """

    name = "webpush"
    parallel = 8

    def __init__(
        self,
        key: Callable[[], VapidKey],
        forget: Callable[[str], None],
        *,
        contact: str = "",
        local: bool = False,
        resolver: Resolver = resolve,
        is_public: Callable[[str], bool] = is_public,
        most_seconds: float = MOST_SECONDS,
        slow_seconds: float = SLOW_SECONDS,
    ) -> None:
        self._key, self._forget, self._contact, self._local = key, forget, contact, local
        self._resolve, self._is_public, self._most_seconds = resolver, is_public, most_seconds
        self._lines = Lines(self._new_client, most_seconds=most_seconds, most_idle=MOST_IDLE, idle_seconds=IDLE_SECONDS)
        self._pacing = Pacing(min(slow_seconds, most_seconds))
        self._certificates = httpx.create_ssl_context(trust_env=False)

    def begin(self, message: PushMessage, /) -> float:
        """Take a place for a message, which `send` gives free, and return 0; or return the seconds that it has to wait."""
        parts = parts_of_endpoint(message.endpoint, local=self._local)
        return self._pacing.begin(message.idempotency_key, _keys_of(message, parts)) if parts is not None else 0.0

    def send(self, message: PushMessage, /) -> Outcome:
        """Encrypt a message and POST it to its endpoint."""
        try:
            return self._send(message)
        finally:
            self._pacing.end(message.idempotency_key)

    def _send(self, message: PushMessage) -> Outcome:
        keys: list[str] = []
        started = time.monotonic()
        try:
            body = encrypt(message.words.payload(), from_base64(message.public_key), from_base64(message.auth))
            parts = self._parts_of(message.endpoint)
            keys = _keys_of(message, parts)
            if (rest := self._pacing.rest_of(*keys)) > 0:
                return _not_now(Answer.RETRY, "its push service was slow lately", rest)
            started = time.monotonic()
            address = self._address_of(parts)
        except (ValueError, RefusedEndpoint) as reason:
            self._pacing.note(keys, started, answered=False)
            return Outcome(Answer.REFUSED, error=str(reason)[:ERROR_LENGTH], fault=Fault.MESSAGE)
        except OSError as reason:
            self._pacing.note(keys, started, answered=False)
            return _not_now(Answer.RETRY, f"no address: {type(reason).__name__}")
        headers = {
            "Host": parts.netloc,
            "Authorization": self._key().authorization(message.endpoint, self._contact),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(message.ttl),
            "Urgency": message.urgency,
        }
        if message.topic:
            headers["Topic"] = message.topic
        keys.append(network_key(address))
        if (rest := self._pacing.rest_of(*keys)) > 0:
            return _not_now(Answer.RETRY, "its push service was slow lately", rest)
        answered = False
        try:
            status, answer = self._post(parts, address, headers, body)
            answered = True
        except (httpx.ConnectError, httpx.ConnectTimeout) as reason:
            return _not_now(Answer.RETRY, f"no connection: {type(reason).__name__}")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as reason:
            return _not_now(Answer.UNKNOWN, f"no answer: {type(reason).__name__}")
        finally:
            self._pacing.note(keys, started, answered=answered)
        return self._outcome(message, status, answer)

    def close(self) -> None:
        """Close the connections."""
        self._lines.close()

    def _outcome(self, message: PushMessage, status: int, headers: httpx.Headers) -> Outcome:
        error = f"answered {status}"
        if 200 <= status < 300:
            return Outcome(Answer.TAKEN)
        if status in GONE:
            self._forget(message.to)
            return Outcome(Answer.REFUSED, error=f"{error}: the subscription is gone", fault=Fault.MESSAGE)
        if status == TOO_MANY or status >= 500:
            return _not_now(Answer.RETRY, error, _retry_after(headers))
        return Outcome(Answer.REFUSED, error=error, fault=Fault.MESSAGE)

    def _parts_of(self, endpoint: str) -> SplitResult:
        """Return the parts of an endpoint. Raise RefusedEndpoint."""
        parts = parts_of_endpoint(endpoint, local=self._local)
        if parts is None:
            raise RefusedEndpoint("no address of a push service")
        return parts

    def _address_of(self, parts: SplitResult) -> str:
        """Return the IP address to connect to. Raise RefusedEndpoint and OSError."""
        return address_to_call(parts.hostname or "", self._resolve, self._is_public, local=self._local)

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


def _keys_of(message: PushMessage, parts: SplitResult) -> list[str]:
    """Return the keys under which the seconds of a message count, before the address of its host is known."""
    return [host_key(parts.netloc), *([person_key(message.person)] if message.person else [])]


def _read_some(answer: httpx.Response) -> None:
    """Read what follows the headers, which is little or nothing: a connection that was read to the end can be kept."""
    taken = 0
    for chunk in answer.iter_raw():
        taken += len(chunk)
        if taken > MOST_READ:
            return


def _not_now(answer: Answer, error: str, retry_after: float | None = None) -> Outcome:
    """Return the outcome of a message to be sent again; the other services are not the worse for it."""
    return Outcome(answer, error=error, retry_after=retry_after, fault=Fault.MESSAGE)


def _retry_after(headers: httpx.Headers) -> float | None:
    """Return the seconds of `Retry-After`, which is a number or a date."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    with suppress(ValueError, TypeError, OverflowError):
        moment = parsedate_to_datetime(value)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (moment - clock.now()).total_seconds())
    return None
