"""Access tokens: JWTs that are good for some minutes, signed with a key that is derived from the secret key.

The header names the key (`kid`), so that tokens that were signed with a secret key of before are still read.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

from hampa.platform import clock, ids
from hampa.platform.caches import TTLCache
from hampa.platform.config import settings
from hampa.platform.security.crypto import derive_keys

ALGORITHM: Final = "HS256"
TYPE: Final = "access"
REQUIRED: Final = ("iss", "aud", "sub", "sid", "typ", "scope", "role", "iat", "nbf", "exp", "jti")
LONGEST: Final = 4_000
"""Characters of a token that is looked at."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says of its bearer; whether the session still lasts, the database says."""

    person_id: uuid.UUID
    session_id: uuid.UUID
    scopes: frozenset[str]


def encode(person_id: uuid.UUID, session_id: uuid.UUID, scopes: Collection[str], role: str) -> str:
    """Return a token for a session; `role` is for the program to show, and gives no right."""
    import jwt

    now = clock.now()
    key = _keys()[0]
    claims: dict[str, Any] = {
        "iss": settings().base_url,
        "aud": _audience(),
        "sub": str(person_id),
        "sid": str(session_id),
        "typ": TYPE,
        "scope": " ".join(sorted(scopes)),
        "role": role,
        "iat": now,
        "nbf": now,
        "exp": now + timedelta(seconds=lifetime()),
        "jti": str(ids.new_id()),
    }
    return jwt.encode(claims, key[1], algorithm=ALGORITHM, headers={"kid": key[0]})


def decode(token: str) -> Claims | None:
    """Return the claims of a token that this site has signed and that is good now; None for any other."""
    kept = token, settings().secret_key, settings().base_url
    read: _Read | None = _lately.get(kept)
    if read is None:
        read = _read(token)
        if read is None:
            return None
        _lately[kept] = read
    # By the clock of the site, which tests set.
    return read.claims if read.begins <= clock.now().timestamp() < read.ends else None


@dataclass(frozen=True, slots=True)
class _Read:
    """The claims of a token whose signature is right, and the times from and until which it is good."""

    claims: Claims
    begins: float
    ends: float


_lately: TTLCache[tuple[str, str, str], _Read] = TTLCache(2_000, seconds=900)
"""Tokens that were read lately: a program sends the same one for a quarter of an hour, and reading it takes as long as a list.

What they say is compared with the time at each request."""


def _read(token: str) -> _Read | None:
    import jwt

    if len(token) > LONGEST or token.count(".") != 2:
        return None
    try:
        name = jwt.get_unverified_header(token).get("kid")
        key = dict(_keys()).get(str(name))
        if key is None:
            return None
        options: Any = {"require": list(REQUIRED), "verify_exp": False, "verify_nbf": False, "verify_iat": False}
        found = jwt.decode(
            token, key, algorithms=[ALGORITHM], audience=_audience(), issuer=settings().base_url, options=options
        )
        if found["typ"] != TYPE:
            return None
        claims = Claims(uuid.UUID(found["sub"]), uuid.UUID(found["sid"]), frozenset(found["scope"].split()))
        return _Read(claims, float(found["nbf"]), float(found["exp"]))
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
        return None


def lifetime() -> int:
    """Return the seconds that a token is good for."""
    return settings().access_token_minutes * 60


def _audience() -> str:
    return f"{settings().base_url}/api/v1"


def _keys() -> list[tuple[str, bytes]]:
    """Return the keys with their names, the one that signs first."""
    return [(sha256(key).hexdigest()[:16], key) for key in derive_keys("access token")]
