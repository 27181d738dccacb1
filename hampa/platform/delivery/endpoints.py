"""The addresses of push services, which browsers say, and of webhooks, which people do: they may be anything."""

from urllib.parse import SplitResult, urlsplit

from hampa.platform.security.ip_addresses import is_loopback
from hampa.platform.security.outgoing import HTTPS_PORT

LONGEST = 1_000
"""Characters; those of all known services have a few hundred."""


def parts_of_endpoint(endpoint: str, *, local: bool = False) -> SplitResult | None:
    """Return the parts of an endpoint that may be asked by its looks, None for others.

    That is one by HTTPS at the usual port; with `local` also any at this machine, for development and tests. Where its
    host leads is looked at when a message is sent.
    """
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname
    if not host or not _is_name(host):
        return None
    is_plain = endpoint.isascii() and endpoint.isprintable() and " " not in endpoint and len(endpoint) <= LONGEST
    if not is_plain or parts.username is not None or parts.fragment:
        return None
    if local and is_loopback(host):
        return parts if parts.scheme in ("http", "https") else None
    return parts if parts.scheme == "https" and port in (None, HTTPS_PORT) else None


def _is_name(host: str) -> bool:
    """Return whether a host can be asked for: no label of its name is empty or too long."""
    try:
        host.encode("idna")
    except UnicodeError:
        return False
    return True
