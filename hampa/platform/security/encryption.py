"""Secrets that must lie in the database for a while: encrypted with a key that does not."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken

from hampa.platform.security import keys


class Unreadable(Exception):
    """It was sealed with another key, or for another purpose, or has been changed."""


def seal(text: str, purpose: str) -> bytes:
    """The text, readable again only by who has the settings and names the purpose."""
    return _lock(purpose).encrypt(text.encode())


def unseal(sealed: bytes, purpose: str) -> str:
    """The text; raises `Unreadable`."""
    try:
        return _lock(purpose).decrypt(sealed).decode()
    except InvalidToken:
        raise Unreadable from None


def _lock(purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(keys.derived(f"sealing/{purpose}")))
