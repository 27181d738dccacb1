"""The gateway of web push (RFC 8030): each message goes to the push service of the browser that it is for.

The meaning of the answers:

    201 (or another 2xx)       taken
    404, 410                   the browser does not want messages any more: its subscription is forgotten
    413, other 4xx             never taken
    429, 5xx                   not taken; sent again (after `Retry-After`)
    nothing after it was sent  it may have been taken; sent again, since a second one takes the place of the first

Push services are named by browsers, so that requests are bounded on every side (`delivery.posting`).
"""

from collections.abc import Callable
from typing import Any, Final

from hampa.platform.delivery.base import Answer, Outcome
from hampa.platform.delivery.posting import Poster, Reply, not_now, refused, retry_after
from hampa.platform.push.encoding import from_base64
from hampa.platform.push.encryption import encrypt
from hampa.platform.push.messages import PushMessage
from hampa.platform.push.vapid import VapidKey

GONE: Final = frozenset({404, 410})
TOO_MANY: Final = 429


class WebPushGateway:
    """A client of all push services.

    `key` returns the site's key pair, and `forget` drops the subscription with an id. With `local` endpoints at this
    machine are asked too; this and `limits` are for the `Poster`.
    """

    name = "webpush"
    parallel = 8

    def __init__(
        self, key: Callable[[], VapidKey], forget: Callable[[str], None], *, contact: str = "", **limits: Any
    ) -> None:
        self._key, self._forget, self._contact = key, forget, contact
        self._poster = Poster("a push service", **limits)

    def begin(self, message: PushMessage, /) -> float:
        """Take a place for a message, which `send` gives free, and return 0; or return the seconds that it has to wait."""
        return self._poster.begin(message.idempotency_key, message.endpoint, message.person)

    def send(self, message: PushMessage, /) -> Outcome:
        """Encrypt a message and POST it to its endpoint."""
        try:
            body = encrypt(message.words.payload(), from_base64(message.public_key), from_base64(message.auth))
            reply = self._poster.post(message.endpoint, self._headers(message), body, message.person)
        except ValueError as reason:
            return refused(str(reason))
        finally:
            self._poster.end(message.idempotency_key)
        return reply if isinstance(reply, Outcome) else self._outcome(message, reply)

    def close(self) -> None:
        """Close the connections."""
        self._poster.close()

    def _headers(self, message: PushMessage) -> dict[str, str]:
        headers = {
            "Authorization": self._key().authorization(message.endpoint, self._contact),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(message.ttl),
            "Urgency": message.urgency,
        }
        return headers | ({"Topic": message.topic} if message.topic else {})

    def _outcome(self, message: PushMessage, reply: Reply) -> Outcome:
        error = f"answered {reply.status}"
        if 200 <= reply.status < 300:
            return Outcome(Answer.TAKEN)
        if reply.status in GONE:
            self._forget(message.to)
            return refused(f"{error}: the subscription is gone")
        if reply.status == TOO_MANY or reply.status >= 500:
            return not_now(Answer.RETRY, error, retry_after(reply.headers))
        return refused(error)
