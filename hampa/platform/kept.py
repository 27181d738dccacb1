"""What many viewers read alike, kept in the memory of the process under the versions of what it is read from.

A part of a page is kept where its data is not enough (`web/parts.py`); a view that keeps the data can still leave out
what one viewer may not see.
"""

import uuid
from collections.abc import Callable, Hashable, Mapping, Sequence
from itertools import chain
from typing import Any, Generic, TypeVar, cast

from hampa.platform import versions
from hampa.platform.caches import TTLCache, size_of

MOST_VALUES = 4_000
MOST_BYTES, MOST_BYTES_OF_PEOPLE = 8_000_000, 3_000_000
SECONDS_OF_PEOPLE = 300
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

_values: TTLCache[Any, tuple[Any]] = TTLCache(MOST_VALUES, MOST_BYTES, size_of, name="values")
_of_people: TTLCache[Any, tuple[Any, int]] = TTLCache(
    MOST_VALUES, MOST_BYTES_OF_PEOPLE, lambda found: found[1], seconds=SECONDS_OF_PEOPLE, name="values of people"
)


def kept(key: tuple[Hashable, ...], versioned: Sequence[str], read: Callable[[], Value]) -> Value:
    """Return what `read` returns, kept for some seconds under `key` and the versions named in `versioned`.

    It must not depend on the viewer, nor be changed by who gets it. Without Redis, which knows the versions, it is read
    each time.
    """
    current = versions.current_of(versioned)
    if current is None:
        return read()
    found = _values.get((key, current))
    if found is None:
        found = _values[key, current] = (read(),)
    return found[0]


def kept_each(
    what: str, versioned: Mapping[Key, Sequence[str]], read: Callable[[Sequence[Key]], Mapping[Key, Value]]
) -> dict[Key, Value]:
    """Return a value for each key, kept as `kept` does under the versions of the key; the others are read together."""
    names = tuple(dict.fromkeys(chain.from_iterable(versioned.values())))
    current = versions.current_of(names)
    if current is None:
        return dict(read(list(versioned)))
    version_of = dict(zip(names, current, strict=True))
    keys = {key: ((what, key), tuple(version_of[name] for name in of_key)) for key, of_key in versioned.items()}
    found = {key: value[0] for key, kept_by in keys.items() if (value := _values.get(kept_by)) is not None}
    if missing := [key for key in versioned if key not in found]:
        for key, value in read(missing).items():
            found[key] = value
            _values[keys[key]] = (value,)
    return found


def kept_for(
    person_id: uuid.UUID,
    key: tuple[Hashable, ...],
    versioned: Sequence[str],
    read: Callable[[], Value],
    bytes_of: Callable[[Value], int],
) -> Value:
    """Return what `read` returns for one person, kept for minutes as `kept` does, and until a version changes.

    Time alone must not change it, and the versions must change with all that it depends on besides `key`. `bytes_of` says
    about how large it is: to count it takes as long as to read a page.
    """
    current = versions.current_of(versioned)
    if current is None:
        return read()
    found = _of_people.get((person_id, key, current))
    if found is None:
        value = read()
        found = _of_people[person_id, key, current] = (value, bytes_of(value))
    return cast(Value, found[0])


class KeptValues(Generic[Key, Value]):
    """Values by keys that hold all that they depend on, such as the version of a row; `read` returns those of some keys.

    A list asks for the keys of its rows, for each person anew, and reads the rows themselves where they are not kept.
    """

    def __init__(self, read: Callable[[Sequence[Key]], Mapping[Key, Value]], most: int) -> None:
        self._read, self._most = read, most
        self._values: dict[Key, Value] = {}

    def of(self, keys: Sequence[Key]) -> list[Value | None]:
        """Return the values of keys, in the same places; None for a key that has none any more."""
        values = self._values if TTLCache.enabled else {}
        found = [values.get(key) for key in keys]
        if missing := [key for key, value in zip(keys, found, strict=True) if value is None]:
            values = {**values, **self._read(missing)}
            self._values = values if len(values) <= self._most else {}
            found = [values.get(key) for key in keys]
        return found
