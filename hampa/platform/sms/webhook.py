"""The gateway that POSTs each SMS to a URL of the operator, which delivers it.

    POST <HAMPA_SMS_WEBHOOK_URL>
    Authorization: Bearer <HAMPA_SMS_WEBHOOK_TOKEN>
    Idempotency-Key: <id>

    {"id", "to", "text", "purpose", "template", "params"}

Answers: 2xx, the message is taken (`{"id": "…"}` in the body may name it); 429 and 503, it is not taken and will be sent
again (after `Retry-After` in seconds); 401, 403 and redirects, it is not taken until an operator corrects a setting; any
other 4xx, it will never be taken; any other 5xx, it may have been taken. The same `id` may come twice and must be
delivered once.
"""

import logging

import httpx

from hampa.platform.delivery.base import Answer, Outcome, SmsMessage

TIMEOUT = httpx.Timeout(connect=3.0, read=8.0, write=3.0, pool=1.0)
"""In seconds; together well below the lease of a message."""
NOT_NOW = frozenset({401, 403, 429, 503})
NO_ANSWER_YET = 408
ERROR_LENGTH = 200

# httpx would log a line for each message, with the URL, which may contain a key.
logging.getLogger("httpx").setLevel(logging.WARNING)


class WebhookGateway:
    """A client of one URL, with a few connections that stay open."""

    name = "webhook"
    parallel = 8

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._client = httpx.Client(
            timeout=TIMEOUT,
            # The sender keeps to `parallel` for each queue; waiting for a connection here would use up the lease.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=self.parallel),
            headers={"Authorization": f"Bearer {token}"} if token else {},
        )

    def send(self, message: SmsMessage, /) -> Outcome:
        """POST a message."""
        body = {name: getattr(message, name) for name in ("to", "text", "purpose", "template")}
        body |= {"id": message.idempotency_key, "params": dict(message.params)}
        try:
            response = self._client.post(self._url, json=body, headers={"Idempotency-Key": message.idempotency_key})
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as reason:
            return Outcome(Answer.RETRY, error=f"no connection: {reason}")
        except httpx.HTTPError as reason:
            return Outcome(Answer.UNKNOWN, error=f"no answer: {type(reason).__name__}")
        return _outcome(response)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _outcome(response: httpx.Response) -> Outcome:
    status = response.status_code
    if response.is_success:
        return Outcome(Answer.TAKEN, provider_id=_provider_id(response))
    error = f"answered {status}: {response.text[:ERROR_LENGTH]}"
    if status in NOT_NOW or response.is_redirect:
        return Outcome(Answer.RETRY, error=error, retry_after=_retry_after(response))
    if response.is_client_error and status != NO_ANSWER_YET:
        return Outcome(Answer.REFUSED, error=error)
    return Outcome(Answer.UNKNOWN, error=error, retry_after=_retry_after(response))


def _provider_id(response: httpx.Response) -> str | None:
    try:
        body = response.json()
    except ValueError:
        return None
    return str(body["id"]) if isinstance(body, dict) and "id" in body else None


def _retry_after(response: httpx.Response) -> float | None:
    seconds = response.headers.get("Retry-After", "").strip()
    return float(seconds) if seconds.isascii() and seconds.isdigit() else None
