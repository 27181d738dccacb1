"""Whether this web server is about to end, known to all of its processes.

On SIGTERM a server first says at `/readyz` and `/readyz/self` that no requests should be sent here, and goes on answering
for `HAMPA_DRAIN_SECONDS`; a proxy that asks there sends nobody any more by the time that it ends.
"""

import mmap

_byte = mmap.mmap(-1, 1)
"""Shared by the processes that are forked after this module was imported."""


def begin() -> None:
    """Say from now on that no requests should be sent here."""
    _byte[0] = 1


def has_begun() -> bool:
    """Return whether no requests should be sent here."""
    return _byte[0] == 1
