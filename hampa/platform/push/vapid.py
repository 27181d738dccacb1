"""The signature by which push services know the site (VAPID, RFC 8292): a token of ES256 for each of them."""

import json
from collections.abc import Mapping
from functools import cached_property
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from hampa.platform import clock
from hampa.platform.push.encoding import from_base64, to_base64
from hampa.platform.push.encryption import point_of

VALID_SECONDS = 12 * 3600
"""A token is good for a day at most."""
KEY_BYTES = 32


def new_private_key() -> str:
    """Return a new private key in base64url, as the tools that make VAPID keys write it."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return to_base64(number.to_bytes(KEY_BYTES, "big"))


class VapidKey:
    """The site's key pair."""

    def __init__(self, private_key: str) -> None:
        """Take a private key in base64url. Raise ValueError for a text that is none."""
        number = from_base64(private_key)
        if len(number) != KEY_BYTES:
            raise ValueError(f"a private key has {KEY_BYTES} bytes, not {len(number)}")
        self._key = ec.derive_private_key(int.from_bytes(number, "big"), ec.SECP256R1())

    @cached_property
    def public(self) -> str:
        """The public key in base64url, which browsers are given when they subscribe."""
        return to_base64(point_of(self._key.public_key()))

    def authorization(self, endpoint: str, contact: str) -> str:
        """Return the header `Authorization` for an endpoint; the operator of its service may write to `contact`."""
        parts = urlsplit(endpoint)
        audience = f"{parts.scheme}://{parts.netloc}"
        return f"vapid t={self._token(audience, contact)}, k={self.public}"

    def _token(self, audience: str, contact: str) -> str:
        claims: dict[str, object] = {"aud": audience, "exp": int(clock.now().timestamp()) + VALID_SECONDS}
        if contact:
            claims["sub"] = contact
        signed = f"{_encoded({'typ': 'JWT', 'alg': 'ES256'})}.{_encoded(claims)}"
        r, s = decode_dss_signature(self._key.sign(signed.encode(), ec.ECDSA(SHA256())))
        signature = r.to_bytes(KEY_BYTES, "big") + s.to_bytes(KEY_BYTES, "big")
        return f"{signed}.{to_base64(signature)}"


def _encoded(part: Mapping[str, object]) -> str:
    return to_base64(json.dumps(part, separators=(",", ":")).encode())
