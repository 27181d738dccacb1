"""Keys, keyed hashes and encryption, all derived from the secret key of the settings."""

import base64
import hashlib
import hmac
from functools import lru_cache
from typing import TYPE_CHECKING

from hampa.platform.config import settings

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

MOST_DERIVED = 200
"""Keys that are kept, of as many purposes."""


class DecryptionError(Exception):
    """A text that was encrypted with another key or for another purpose, or has been changed."""


def derive_key(purpose: str) -> bytes:
    """Return 32 bytes for one purpose; one key tells nothing about another."""
    return _derived(settings().secret_key, purpose)


def keyed_hash(purpose: str, *parts: str) -> str:
    """Return the hex digest to store in place of a secret; without the settings no value can be tried against it."""
    return hmac.new(derive_key(purpose), "\x1f".join(parts).encode(), hashlib.sha256).hexdigest()


def keyed_hashes(purpose: str, *parts: str) -> list[str]:
    """Return `keyed_hash`, and what it was with each of the secret keys of before: a row with one of them is meant."""
    text = "\x1f".join(parts).encode()
    return [hmac.digest(key, text, hashlib.sha256).hex() for key in derive_keys(purpose)]


def derive_keys(purpose: str) -> list[bytes]:
    """Return the key of a purpose, and those that the secret keys of before had for it."""
    secrets = (settings().secret_key, *settings().old_secret_keys)
    return [_derived(secret, purpose) for secret in secrets]


@lru_cache(MOST_DERIVED)
def _derived(secret: str, purpose: str) -> bytes:
    return hmac.digest(secret.encode(), f"hampa/{purpose}".encode(), hashlib.sha256)


def encrypt(text: str, purpose: str) -> bytes:
    """Encrypt a text for one purpose."""
    return _cipher(derive_key(f"sealing/{purpose}")).encrypt(text.encode())


def decrypt(encrypted: bytes, purpose: str) -> str:
    """Return the text that was encrypted for the purpose, with the secret key or one of before.

    Raise DecryptionError if it cannot be read.
    """
    from cryptography.fernet import InvalidToken

    for key in derive_keys(f"sealing/{purpose}"):
        try:
            return _cipher(key).decrypt(encrypted).decode()
        except InvalidToken:
            continue
    raise DecryptionError


def is_current(encrypted: bytes, purpose: str) -> bool:
    """Return whether a text was encrypted with the secret key of now, not with one of before."""
    from cryptography.fernet import InvalidToken

    try:
        _cipher(derive_key(f"sealing/{purpose}")).decrypt(encrypted)
    except InvalidToken:
        return False
    return True


def _cipher(key: bytes) -> "Fernet":
    from cryptography.fernet import Fernet  # 2 MB a process, for codes that are asked for

    return Fernet(base64.urlsafe_b64encode(key))
