"""Posting to addresses that others have named: to the public internet by HTTPS, for a few seconds, nowhere else.

Such a request is bounded on every side: public addresses alone, which are resolved once and then connected to; no
redirects, proxies and cookies. How much of the worker's time each gets, `pacing` says.
"""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from urllib.parse import SplitResult

import httpx

from hampa.platform import clock
from hampa.platform.delivery.base import Answer, Fault, Outcome
from hampa.platform.delivery.endpoints import parts_of_endpoint
from hampa.platform.delivery.pacing import SLOW_SECONDS, Pacing, host_key, network_key, person_key
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
ERROR_LENGTH = 120
MOST_READ = 16_384

log = logging.getLogger(__name__)

# httpx would log a line for each message, with the address, which is a secret.
logging.getLogger("httpx").setLevel(logging.WARNING)


@dataclass(frozen=True)
class Reply:
    """What an address has answered."""

    status: int
    headers: httpx.Headers


class NoAddress(Exception):
    """A host has no address, or its name server did not say."""


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
        slow_seconds: float = SLOW_SECONDS,
    ) -> None:
        self._what, self._local = what, local
        self._resolve, self._is_public = resolver, is_public
        self._lines = Lines(self._new_client, most_seconds=most_seconds, most_idle=MOST_IDLE, idle_seconds=IDLE_SECONDS)
        self._pacing = Pacing(min(slow_seconds, most_seconds))
        self._certificates = httpx.create_ssl_context(trust_env=False)

    def begin(self, call: str, endpoint: str, person: str) -> float:
        """Take a place for a call, which `end` gives free, and return 0; or return the seconds that it has to wait."""
        parts = parts_of_endpoint(endpoint, local=self._local)
        return self._pacing.begin(call, _keys_of(parts, person)) if parts is not None else 0.0

    def end(self, call: str) -> None:
        """Give the place of a call free."""
        self._pacing.end(call)

    def post(self, endpoint: str, headers: dict[str, str], body: bytes, person: str = "") -> Reply | Outcome:
        """Post a body to an address that a person named, and return what it answers, or the outcome if it does not."""
        parts = parts_of_endpoint(endpoint, local=self._local)
        if parts is None:
            return refused(f"no address of {self._what}")
        keys = _keys_of(parts, person)
        if (rest := self._pacing.rest_of(*keys)) > 0:
            return not_now(Answer.RETRY, f"{self._what} was slow lately", rest)
        started, answered = time.monotonic(), False
        try:
            address = self._address_of(parts)
            network = network_key(address)
            if (rest := self._pacing.rest_of(network, *keys)) > 0:
                return not_now(Answer.RETRY, f"{self._what} was slow lately", rest)
            keys.append(network)
            reply = self._post(parts, address, {"Host": parts.netloc, **headers}, body)
            answered = True
        except RefusedEndpoint as reason:
            return refused(str(reason))
        except NoAddress as reason:
            return not_now(Answer.RETRY, f"no address: {reason}")
        except (httpx.ConnectError, httpx.ConnectTimeout) as reason:
            return not_now(Answer.RETRY, f"no connection: {type(reason).__name__}")
        except Exception as reason:  # whatever an address brings about that a person named, others get their messages
            if not isinstance(reason, httpx.HTTPError | httpx.InvalidURL | OSError):
                log.exception("%s could not be asked", self._what)
            return not_now(Answer.UNKNOWN, f"no answer: {type(reason).__name__}")
        finally:
            self._pacing.note(keys, started, answered=answered)
        return reply

    def close(self) -> None:
        """Close the connections."""
        self._lines.close()

    def _address_of(self, parts: SplitResult) -> str:
        """Return the IP address to connect to. Raise RefusedEndpoint and NoAddress."""
        try:
            return address_to_call(parts.hostname or "", self._resolve, self._is_public, local=self._local)
        except OSError as reason:
            raise NoAddress(type(reason).__name__) from None

    def _post(self, parts: SplitResult, address: str, headers: dict[str, str], body: bytes) -> Reply:
        literal = f"[{address}]" if ":" in address else address
        port = parts.port or HTTPS_PORT
        url = f"{parts.scheme}://{literal}:{port}{parts.path or '/'}" + (f"?{parts.query}" if parts.query else "")
        with self._lines.to((parts.netloc, address)) as line:
            extensions = {"sni_hostname": parts.hostname, "trace": line.wire.watch}
            with line.client.stream("POST", url, content=body, headers=headers, extensions=extensions) as answer:
                _read_some(answer)
                return Reply(answer.status_code, answer.headers)

    def _new_client(self) -> httpx.Client:
        limits = httpx.Limits(max_connections=1)
        return httpx.Client(verify=self._certificates, timeout=TIMEOUT, trust_env=False, limits=limits)


def _keys_of(parts: SplitResult, person: str) -> list[str]:
    """Return the keys under which the seconds of a call count, before the address of its host is known."""
    return [host_key(parts.netloc), *([person_key(person)] if person else [])]


def _read_some(answer: httpx.Response) -> None:
    """Read what follows the headers, which is little or nothing: a connection that was read to the end can be kept."""
    taken = 0
    for chunk in answer.iter_raw():
        taken += len(chunk)
        if taken > MOST_READ:
            return


def refused(error: str) -> Outcome:
    """Return the outcome of a message that can't be sent, now or later."""
    return Outcome(Answer.REFUSED, error=error[:ERROR_LENGTH], fault=Fault.MESSAGE)


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
