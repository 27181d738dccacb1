"""How much of the worker's time the hosts get that others have named: push services, and those of webhooks.

The seconds of each call count for the person whose device it is for, for the host that was named, and for the network of
its address: a host may have as many names and addresses as it likes. But a host belongs to many, and one person's part of
it may be slow alone: it rests for those who waited there, and others ask it as before, or one at a time once it was slow for
several.
"""

import ipaddress
import threading
import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from cachetools import TTLCache

SLOW_SECONDS = 2.5
"""From so many seconds on a call counts as slow, answered or not."""
SLOW_TWICE = 2
REST_SECONDS, LONGEST_REST = 60.0, 3_600.0
MOST_KEPT = 3_000
MOST_PLACES, PLACES_OF_A_PERSON = 6, 2
"""Calls of a process at once, of the eight that its workers make side by side: SMS and mails have the others."""
PLACES_OF_SLOW = 2
"""Calls at once to those who were slow the last time, all together: one a person, one a host."""
WAIT_SECONDS, WAIT_OF_SLOW = 0.5, 3.0
SLOW_FOR_ALL = 3
"""For so many persons, with no quick call between, a host counts as slow for everybody."""
MOST_PERSONS = 50
"""Persons that are remembered for a host."""


def person_key(person: str) -> str:
    """Return the key under which the seconds of a person count."""
    return f"person {person}"


def host_key(host: str) -> str:
    """Return the key under which the seconds of a named host count."""
    return f"host {host}"


def network_key(address: str) -> str:
    """Return the key of the network of an IP address: a /24, or a /64 of IPv6; on this machine the address itself."""
    ip = ipaddress.ip_address(address)
    if ip.is_loopback:
        return f"network {ip}"
    return f"network {ipaddress.ip_network((ip, 24 if ip.version == 4 else 64), strict=False)}"


@dataclass(frozen=True, slots=True)
class _Slow:
    """How often somebody was slow, until when they rest, and for which persons that was; none where it is not known."""

    count: int = 0
    until: float = 0.0
    persons: frozenset[str] = frozenset()

    def concerns(self, keys: Collection[str]) -> bool:
        """Return whether a call of these keys is by somebody who waited there."""
        return not self.persons or not self.persons.isdisjoint(keys)


class Pacing:
    """The turns of persons, hosts and networks; each is named by its key."""

    def __init__(self, slow_seconds: float = SLOW_SECONDS) -> None:
        self._slow_seconds = slow_seconds
        self._lock = threading.Lock()
        self._slow: TTLCache[str, _Slow] = TTLCache(MOST_KEPT, 2 * LONGEST_REST)
        self._busy: Counter[str] = Counter()
        self._calls: dict[str, tuple[frozenset[str], bool]] = {}

    def rest_of(self, *keys: str) -> float:
        """Return the seconds for which somebody is not asked, because they were slow again and again."""
        with self._lock:
            return self._rest_of(keys)

    def begin(self, call: str, keys: Collection[str]) -> float:
        """Have a call begin, and return 0; or return the seconds that it has to wait."""
        with self._lock:
            if (rest := self._rest_of(keys)) > 0:
                return rest
            is_slow = any(
                (slow := self._slow.get(key)) and (slow.concerns(keys) or len(slow.persons) >= SLOW_FOR_ALL)
                for key in keys
            )
            busiest = max((self._busy[key] for key in keys if key.startswith("person ") or is_slow), default=0)
            slow_calls = sum(slow for _keys, slow in self._calls.values())
            if is_slow and (busiest or slow_calls >= PLACES_OF_SLOW):
                return WAIT_OF_SLOW
            if busiest >= PLACES_OF_A_PERSON or len(self._calls) >= MOST_PLACES:
                return WAIT_SECONDS
            self._calls[call] = frozenset(keys), is_slow
            self._busy.update(self._calls[call][0])
        return 0.0

    def end(self, call: str) -> None:
        """Give the place of a call free, if it had one."""
        with self._lock:
            keys, _slow = self._calls.pop(call, (frozenset(), False))
            self._busy.subtract(keys)
            self._busy += Counter()  # forgets those without a call

    def note(self, keys: Collection[str], started: float, *, answered: bool) -> None:
        """Note how long a call took: who lets us wait twice rests, each time longer if there was no answer at all.

        A person rests for a minute alone, for one of their devices may be as quick as ever.
        """
        now = time.monotonic()
        is_slow = now - started >= self._slow_seconds
        persons = frozenset(key for key in keys if key.startswith("person "))
        with self._lock:
            for key in keys:
                if not is_slow:
                    if answered:
                        self._slow.pop(key, None)
                    continue
                before = self._slow.get(key, _Slow())
                count = before.count + 1
                grows = not answered and not key.startswith("person ")
                longest = LONGEST_REST if grows else REST_SECONDS
                rest = min(REST_SECONDS * 2.0 ** min(count - SLOW_TWICE, 10), longest)
                known = before.persons if len(before.persons) >= MOST_PERSONS else before.persons | persons
                self._slow[key] = _Slow(count, now + rest, known)

    def _rest_of(self, keys: Collection[str]) -> float:
        now = time.monotonic()
        found = (
            slow for key in keys if (slow := self._slow.get(key)) and slow.count >= SLOW_TWICE and slow.concerns(keys)
        )
        return max((slow.until - now for slow in found), default=0.0)
