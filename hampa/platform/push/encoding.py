"""How web push writes bytes, and what the keys of browsers look like."""

import base64

POINT_BYTES, AUTH_BYTES = 65, 16
_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
"""The curve P-256: y² = x³ - 3x + b modulo p."""


def to_base64(value: bytes) -> str:
    """Return bytes in base64url without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def from_base64(text: str) -> bytes:
    """Return the bytes of a text in base64url, with padding or without. Raise ValueError for any other text."""
    text = text.rstrip("=")
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def is_browser_key(text: str) -> bool:
    """Return whether a text is a public key: a point of P-256, uncompressed."""
    point = _bytes_of(text, POINT_BYTES)
    if point is None or point[0] != 4:
        return False
    x, y = int.from_bytes(point[1:33], "big"), int.from_bytes(point[33:], "big")
    return x < _P and y < _P and (y * y - x * x * x + 3 * x - _B) % _P == 0


def is_browser_secret(text: str) -> bool:
    """Return whether a text is the secret of a subscription."""
    return _bytes_of(text, AUTH_BYTES) is not None


def _bytes_of(text: str, length: int) -> bytes | None:
    if len(text) > 2 * length:
        return None
    try:
        value = from_base64(text)
    except ValueError:
        return None
    return value if len(value) == length else None
