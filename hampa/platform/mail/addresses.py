"""Mail addresses: which ones we take, and how they are written where nobody should read them in full."""

from __future__ import annotations

import re

LONGEST = 254
"""RFC 5321 §4.5.3.1.3, less the angle brackets."""
LONGEST_LOCAL = 64

# RFC 5322 §3.2.3, dot-atom. Quoted names and letters beyond ASCII before the @ are left out: few servers take them.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def parse(typed: str) -> str:
    """The address as it is kept: the domain in small ASCII letters (IDNA). Raises `ValueError` for what is none.

    What passes has neither spaces nor line ends, and can stand in a header.
    """
    local, at, domain = typed.strip().rpartition("@")
    if not at or len(local) > LONGEST_LOCAL or not _LOCAL.fullmatch(local):
        raise ValueError("not a mail address")
    try:
        ascii_domain = domain.encode("idna").decode().lower()
    except UnicodeError:
        raise ValueError("not a mail address") from None
    labels = ascii_domain.split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        raise ValueError("not a mail address")
    address = f"{local}@{ascii_domain}"
    if len(address) > LONGEST:
        raise ValueError("not a mail address")
    return address


def mask(address: str) -> str:
    """For logs: the first letter, and the domain."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}***@{domain}"
