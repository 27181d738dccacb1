"""What gateways by HTTP have in common: time-outs, and what a call without an answer means."""

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

import httpx

from hampa.platform.delivery.base import Answer, Fault, Outcome
from hampa.platform.security.outgoing import Lines, resolve

TIMEOUT = httpx.Timeout(connect=3.0, read=7.0, write=2.0, pool=1.0)
MOST_SECONDS = 10.0
"""The limit of a whole call, with that of a name; two gateways, of which the second takes over, together take less than
the lease of a message."""
IDLE_SECONDS = 45.0
MOST_READ = 65_536
"""Bytes of an answer that are read."""
PARALLEL = 8
ERROR_LENGTH = 200
OF_TRANSFER = frozenset({"content-encoding", "content-length", "transfer-encoding"})
UNAVAILABLE, TOO_MANY = 503, 429

# httpx would log a line for each message, with the URL, which may contain a key.
logging.getLogger("httpx").setLevel(logging.WARNING)


class GatewayClient:
    """A client of one server, with a few connections that stay open, for any number of threads.

    Options are httpx's. A call takes no longer than `most_seconds`, `MOST_SECONDS` without it, however the server sends its answer.
    """

    def __init__(self, *, most_seconds: float | None = None, **options: Any) -> None:
        self.timeout = TIMEOUT
        self._options, self._certificates = options, httpx.create_ssl_context()
        most = MOST_SECONDS if most_seconds is None else most_seconds
        self._lines = Lines(self._new_client, most_seconds=most, most_idle=PARALLEL, idle_seconds=IDLE_SECONDS)

    def _new_client(self) -> httpx.Client:
        return httpx.Client(verify=self._certificates, limits=httpx.Limits(max_connections=1), **self._options)

    def post(self, url: str, **request: Any) -> httpx.Response:
        """POST a request, and return what is read of its answer. Raise `httpx.HTTPError`."""
        return self.request("POST", url, **request)

    def request(self, method: str, url: str, **request: Any) -> httpx.Response:
        """Send a request, and return what is read of its answer. Raise `httpx.HTTPError`."""
        server = urlsplit(url)
        if not self._lines.has_idle(server.netloc) and not getproxies():
            _check_name(server.hostname or "")
        with self._lines.to(server.netloc) as line:
            request |= {"timeout": self.timeout, "extensions": {"trace": line.wire.watch}}
            with line.client.stream(method, url, **request) as answer:
                body = b"".join(_first_bytes(answer))
                # As bytes: what is no ASCII is a gateway's mistake, and no reason to stumble.
                headers = [pair for pair in answer.headers.raw if pair[0].decode().lower() not in OF_TRANSFER]
                return httpx.Response(answer.status_code, headers=headers, content=body)

    def close(self) -> None:
        """Close the connections."""
        self._lines.close()


def _check_name(host: str) -> None:
    """Raise `httpx.ConnectError` for a name that has no address, or whose server does not answer in time."""
    try:
        resolve(host)
    except OSError as reason:
        raise httpx.ConnectError(f"no address: {reason}") from None


def _first_bytes(answer: httpx.Response) -> Iterator[bytes]:
    taken = 0
    for part in answer.iter_bytes():
        yield part
        taken += len(part)
        if taken > MOST_READ:
            return


def post(client: GatewayClient, url: str, read: Callable[[httpx.Response], Outcome], **request: Any) -> Outcome:
    """POST a request and return what `read` reads in the answer, or what it means that there is none."""
    try:
        response = client.post(url, **request)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as reason:
        return Outcome(Answer.RETRY, error=f"no connection: {reason}", fault=Fault.GATEWAY)
    except (httpx.HTTPError, OSError) as reason:
        return Outcome(Answer.UNKNOWN, error=f"no answer: {type(reason).__name__}", fault=Fault.GATEWAY)
    return read(response)


def without_verdict(response: httpx.Response) -> Outcome:
    """Return the outcome of an answer that is not in the provider's form, by its status alone.

    429 and 503 say that the request was not processed; after any other 5xx, and after a success that can't be read, the
    message may have been taken.
    """
    status, error = response.status_code, f"answered {response.status_code}: {response.text[:ERROR_LENGTH]}"
    if status == TOO_MANY:
        return Outcome(Answer.RETRY, error=error, retry_after=retry_after(response), fault=Fault.LIMIT)
    if status == UNAVAILABLE:
        return Outcome(Answer.RETRY, error=error, retry_after=retry_after(response), fault=Fault.GATEWAY)
    if status in (401, 403) or response.is_redirect:
        return Outcome(Answer.RETRY, error=error, fault=Fault.ACCOUNT)
    if response.is_client_error and status != httpx.codes.REQUEST_TIMEOUT:
        return Outcome(Answer.RETRY, error=error, fault=Fault.MESSAGE)
    return Outcome(Answer.UNKNOWN, error=error, retry_after=retry_after(response), fault=Fault.GATEWAY)


def read_json(response: httpx.Response) -> Mapping[str, Any]:
    """Return the object in the body of an answer, an empty one if there is none."""
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def retry_after(response: httpx.Response) -> float | None:
    """Return the seconds of the `Retry-After` header, None without one that is a number."""
    seconds = response.headers.get("Retry-After", "").strip()
    return float(seconds) if seconds.isascii() and seconds.isdigit() else None
