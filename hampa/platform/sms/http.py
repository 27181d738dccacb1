"""What gateways by HTTP have in common: time-outs, and what a call without an answer means."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from hampa.platform.delivery.base import Answer, Fault, Outcome

TIMEOUT = httpx.Timeout(connect=3.0, read=7.0, write=2.0, pool=1.0)
"""In seconds; two gateways, of which the second takes over, together take less than the lease of a message."""
PARALLEL = 8
ERROR_LENGTH = 200
UNAVAILABLE, TOO_MANY = 503, 429

# httpx would log a line for each message, with the URL, which may contain a key.
logging.getLogger("httpx").setLevel(logging.WARNING)


def new_client(**options: Any) -> httpx.Client:
    """Return a client with a few connections that stay open; options are httpx's."""
    # The sender keeps to `parallel` for each queue; waiting for a connection here would use up the lease.
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=PARALLEL)
    return httpx.Client(timeout=TIMEOUT, limits=limits, **options)


def post(client: httpx.Client, url: str, read: Callable[[httpx.Response], Outcome], **request: Any) -> Outcome:
    """POST a request and return what `read` reads in the answer, or what it means that there is none."""
    try:
        response = client.post(url, **request)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as reason:
        return Outcome(Answer.RETRY, error=f"no connection: {reason}", fault=Fault.GATEWAY)
    except httpx.HTTPError as reason:
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
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def retry_after(response: httpx.Response) -> float | None:
    """Return the seconds of the `Retry-After` header, None without one that is a number."""
    seconds = response.headers.get("Retry-After", "").strip()
    return float(seconds) if seconds.isascii() and seconds.isdigit() else None
