"""Keys of their own for each purpose, drawn from the one secret of the settings."""

from __future__ import annotations

import hashlib
import hmac

from hampa.platform.config import settings


def derived(purpose: str) -> bytes:
    """32 bytes for one purpose, so that what one key gives away says nothing about another."""
    return hmac.digest(settings().secret_key.encode(), f"hampa/{purpose}".encode(), hashlib.sha256)


def keyed_hash(purpose: str, *parts: str) -> str:
    """What is kept in place of a secret: who has the database, but not the settings, can't try values out."""
    message = "\x1f".join(parts).encode()
    return hmac.new(derived(purpose), message, hashlib.sha256).hexdigest()
