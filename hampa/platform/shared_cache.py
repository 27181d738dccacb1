"""Caches that all processes of a site share: values in Redis, behind those in the memory of each process.

A value is found in memory, then in Redis, and else made anew; both forget it after the same seconds. Its key holds all that
it depends on, the versions of what it shows among them (`platform.versions`), so that a change is seen at once and nothing
has to be deleted. Without Redis there are no versions, and nothing is cached.

Names of keys are made here and nowhere else. Values are encrypted for their key with a secret of the site: who reads
Redis, or its file on a disk, reads nothing of people, and what somebody else wrote into it is not taken.
"""

import hashlib
import pickle
import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time as time_of_day, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from secrets import token_bytes
from typing import Any, Generic, TypeVar, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import current_app
from redis import Redis
from sqlalchemy import Row

from hampa.platform import caches
from hampa.platform.caches import SECONDS, TTLCache, key_length
from hampa.platform.config import settings
from hampa.platform.redis import key as redis_key, quietly
from hampa.platform.security import crypto

LARGEST_BYTES = 256_000
"""A larger value, encrypted, stays in the memory of its process."""
WORTH_PACKING = 2_000
BYTES_A_TURN, TURN_SECONDS = 8_000_000, 10.0
"""What a process writes into Redis in so many seconds at most: whatever is asked for, Redis holds a bounded number of bytes."""
NONCE_BYTES = 12
HIT, SHARED, MISS = "hit", "shared", "miss"
"""What came of asking a cache: found in this process, found in Redis, or not found."""
FOLDER = Path(__file__).parents[1]

Key = TypeVar("Key")
Value = TypeVar("Value")


class UnknownKind(TypeError):
    """A value in a key that has no text which is the same in all processes."""


class SharedCache(Generic[Key, Value]):
    """A cache of at most `items` values in memory, of at most `size` in all if it is given, and of the same in Redis.

    `name` is that of the cache in Redis and in metrics.
    """

    def __init__(
        self, name: str, items: int, size: int = 0, getsizeof: Callable[[Any], int] = len, *, seconds: float = SECONDS
    ) -> None:
        self._name, self._seconds = name, seconds
        self._near: TTLCache[Key, tuple[Value, float]] = TTLCache(
            items, size, lambda kept: getsizeof(kept[0]), seconds=seconds
        )

    def get(self, key: Key) -> Value | None:
        """Return the value of a key, or None when there is none or its seconds are over."""
        found = self.find(key)
        return found[0] if found is not None else None

    def find(self, key: Key) -> tuple[Value, float] | None:
        """Return the value of a key, and until when it lasts by `time.monotonic`; None as `get` does."""
        found: tuple[Value, float] | None = self._near.get(key)
        result = HIT
        if found is None or found[1] <= time.monotonic():
            found = self._read(key)
            result = MISS if found is None else SHARED
            if found is not None:
                self._near[key] = found
        caches.count_read(self._name, result)
        return found

    def __setitem__(self, key: Key, value: Value) -> None:
        self.keep(key, value)

    def keep(self, key: Key, value: Value) -> float:
        """Keep a value, and return until when, by `time.monotonic`."""
        until = time.monotonic() + self._seconds
        self._near[key] = value, until
        name = self._redis_name(key)
        if name is None or (sealed := _seal(value, name)) is None or not _budget().take(self._weight(sealed)):
            return until
        left = int((until - time.monotonic()) * 1_000)
        if left > 0:
            quietly(lambda client: client.set(name, sealed, px=left), otherwise=None)
        return until

    def clear(self) -> None:
        """Forget the values of this process."""
        self._near.clear()

    def _weight(self, sealed: bytes) -> int:
        """Return the bytes that a value counts for: one that stays longer in Redis takes up more of a turn."""
        return int(len(sealed) * max(1.0, self._seconds / SECONDS))

    def _read(self, key: Key) -> tuple[Value, float] | None:
        name = self._redis_name(key)
        if name is None:
            return None

        def ask(client: Redis) -> Any:
            pipeline = client.pipeline(transaction=False)
            pipeline.get(name)
            pipeline.pttl(name)
            return pipeline.execute()

        answer: Any = quietly(ask, otherwise=(None, 0))
        sealed, left = answer
        if sealed is None or left <= 0:
            return None
        value = _open(sealed, name)
        return None if value is None else (cast(Value, value[0]), time.monotonic() + left / 1_000)

    def _redis_name(self, key: Key) -> str | None:
        """Return the name in Redis of a key; None of one that is too long or has no text, and while caches are off."""
        if not TTLCache.enabled or key_length(key) > caches.LONGEST_KEY:
            return None
        try:
            text = f"{_code()}:{text_of(key)}"
        except UnknownKind:
            return None
        return redis_key(f"shared:{self._name}:{hashlib.sha256(text.encode()).hexdigest()}")


def text_of(value: Any) -> str:
    """Return a text that is the same in all processes for equal keys, and another for others. Raise UnknownKind."""
    kind = type(value)
    if value is None or kind in (bool, int, float):
        return repr(value)
    if isinstance(value, str | bytes):
        return f"{len(value)}{value!r}" if isinstance(value, bytes) else f"{len(value)}'{value}'"
    if isinstance(value, UUID | Decimal | datetime | date | time_of_day | timedelta | ZoneInfo):
        return f"{kind.__name__}<{value}>"
    if isinstance(value, tuple | list | Row):
        return f"({_listed(map(text_of, value))})"
    if isinstance(value, frozenset | set):
        return f"{{{_listed(sorted(map(text_of, value)))}}}"
    if isinstance(value, dict):
        return f"[{_listed(sorted(f'{text_of(name)}:{text_of(each)}' for name, each in value.items()))}]"
    if is_dataclass(value) and not isinstance(value, type):
        parts = (text_of(getattr(value, one.name)) for one in fields(value) if one.compare)
        return f"{kind.__module__}.{kind.__qualname__}({_listed(parts)})"
    raise UnknownKind(kind.__name__)


def _listed(parts: Iterable[str]) -> str:
    return ",".join(parts)


class _Budget:
    """The bytes that this process may write until the end of its turn."""

    def __init__(self) -> None:
        self._ends_at, self._left = 0.0, 0

    def take(self, size: int) -> bool:
        """Return whether so many bytes may be written; threads at once may write a little more."""
        now = time.monotonic()
        if now >= self._ends_at:
            self._ends_at, self._left = now + TURN_SECONDS, BYTES_A_TURN
        self._left -= size
        return self._left >= 0


def _budget() -> _Budget:
    budget: _Budget = current_app.extensions.setdefault("hampa.shared_cache", _Budget())
    return budget


def _seal(value: Any, name: str) -> bytes | None:
    """Return a value encrypted for the name of its key; None of one that cannot be written, or is too large."""
    try:
        plain = pickle.dumps((value,), protocol=5)
    except (pickle.PicklingError, TypeError, AttributeError):
        return None
    packed = b"z" + zlib.compress(plain, 1) if len(plain) > WORTH_PACKING else b"p" + plain
    if len(packed) > LARGEST_BYTES:
        return None
    nonce = token_bytes(NONCE_BYTES)
    sealed: bytes = _cipher(crypto.derive_key("shared cache")).encrypt(nonce, packed, name.encode())
    return nonce + sealed


def _open(sealed: bytes, name: str) -> tuple[Any] | None:
    """Return what was sealed for a name, in a tuple; None of what somebody else wrote, and of another version's values."""
    from cryptography.exceptions import InvalidTag

    try:
        packed = _cipher(crypto.derive_key("shared cache")).decrypt(
            sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], name.encode()
        )
    except (InvalidTag, ValueError):
        return None
    try:
        plain = zlib.decompress(packed[1:]) if packed[:1] == b"z" else packed[1:]
        value: tuple[Any] = pickle.loads(plain)  # noqa: S301 - this site wrote it: it was decrypted with its secret
    except Exception:  # a class that has changed since can fail in any way
        return None
    return value


@cache
def _cipher(secret: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # 2 MB, before the processes are forked

    return AESGCM(secret)


def _code() -> str:
    """Return a mark of this version of the code: another one may write other values under the same keys."""
    return settings().release or _code_mark()


@cache
def _code_mark() -> str:
    mark = hashlib.sha256()
    for path in sorted(path for ending in ("*.py", "*.html") for path in FOLDER.rglob(ending)):
        mark.update(path.read_bytes())
    return mark.hexdigest()[:16]
