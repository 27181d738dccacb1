"""Calls of addresses that others have named, signed as the Standard Webhooks specification says.

Each has the headers `webhook-id`, the same at every try, `webhook-timestamp` and `webhook-signature`; the signature is an
HMAC-SHA256 of `id.timestamp.body`, one for each secret that is good.
"""

import base64
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from hampa.platform import clock

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32


@dataclass(frozen=True)
class SignedCall:
    """A call of one address; `text` is its body, and `to` the id of the webhook that it is of."""

    to: str
    url: str
    text: str
    secrets: Sequence[str]
    purpose: str
    idempotency_key: str
    person: str = ""
    """The id of the person whose webhook it is, under which its time counts."""

    @property
    def veiled(self) -> str:
        """The body, which has no secrets."""
        return self.text

    def headers(self) -> dict[str, str]:
        """Return the headers of a try that is made now."""
        seconds = int(clock.now().timestamp())
        signatures = (signature(secret, self.idempotency_key, seconds, self.text) for secret in self.secrets)
        return {
            "Content-Type": "application/json",
            "User-Agent": "Hampa-Webhooks/1",
            "webhook-id": self.idempotency_key,
            "webhook-timestamp": str(seconds),
            "webhook-signature": " ".join(signatures),
        }


def new_secret() -> str:
    """Return a new secret, as its receiver is given it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signature(secret: str, message_id: str, seconds: int, body: str) -> str:
    """Return the signature of a body with a secret."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    digest = hmac.digest(key, f"{message_id}.{seconds}.{body}".encode(), sha256)
    return f"v1,{base64.b64encode(digest).decode()}"
