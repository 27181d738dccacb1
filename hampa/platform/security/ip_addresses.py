"""IP addresses as the sources of requests, for limits."""

import ipaddress
from functools import lru_cache

CUSTOMER_PREFIX = 64
"""Providers give each customer at least a /64 of IPv6, so that its addresses are one source."""


@lru_cache(maxsize=2_000)
def network_of(address: str | None) -> str:
    """Return the source of an IP address: an IPv4 address, also of a mapped one, or an IPv6 /64; "" for other text."""
    try:
        ip = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return ""
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    return str(ip.ipv4_mapped or ipaddress.ip_network((ip, CUSTOMER_PREFIX), strict=False))


def neighbourhood_of(network: str) -> str:
    """Return the /24 of IPv4 or /48 of IPv6 around a source from `network_of`, "" for none.

    Whoever has one address there often has the others too.
    """
    if not network:
        return ""
    source = ipaddress.ip_network(network)
    return str(source.supernet(new_prefix=24 if source.version == 4 else 48))


def is_loopback(host: str | None) -> bool:
    """Return whether a name or IP address is this machine's own."""
    if host == "localhost":
        return True
    try:
        ip = ipaddress.ip_address((host or "").strip("[]"))
    except ValueError:
        return False
    return bool((getattr(ip, "ipv4_mapped", None) or ip).is_loopback)
