"""Where a request comes from, as far as limits are concerned."""

from __future__ import annotations

import ipaddress

CUSTOMER_PREFIX = 64
"""Providers hand each customer a /64 of IPv6 at least, so that its addresses are one source."""


def network_of(address: str | None) -> str:
    """The source behind an IP address: an IPv4 address as it is, of an IPv6 address its /64.

    An IPv4 address in IPv6's clothes is the IPv4 address. "" for what is no address.
    """
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, CUSTOMER_PREFIX), strict=False))
