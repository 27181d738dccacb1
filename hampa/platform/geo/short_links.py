"""Short links of maps: codes that hold their point, and links that a worker has to open.

Opening one asks other people's servers for what a person typed, so it is bounded on every side: HTTPS alone, hosts of
maps alone, at each hop; public addresses alone, which are resolved once and then connected to; a few hops, seconds and
kilobytes; no cookies and no proxies.
"""

from __future__ import annotations

import html
import re
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, parse_qs, urljoin, urlsplit

from hampa.platform.geo.map_links import Point, is_nowhere, point_in, short_links_in
from hampa.platform.security.outgoing import Resolver, Wire, is_public, resolve

if TYPE_CHECKING:
    import httpx

MOST_HOPS: Final = 5
MOST_SECONDS: Final = 5.0
MOST_BYTES: Final = 64 * 1024
PORT: Final = 443
AGENT: Final = "Hampa (opens links of maps)"
OPENED: Final = (
    ("maps.app.goo.gl", "/"),
    ("goo.gl", "/maps/"),
    ("g.co", "/maps/"),
    ("nshn.ir", "/"),
    ("neshan.org", "/"),
    ("balad.ir", "/"),
    ("maps.apple", "/"),
    ("maps.apple.com", "/"),
    ("osm.org", "/"),
    ("openstreetmap.org", "/"),
    ("maps.google.com", "/"),
    ("google.com", "/maps"),
    ("consent.google.com", "/"),
    ("go.2gis.com", "/"),
    ("yandex.com", "/maps/"),
    ("yandex.ru", "/maps/"),
)
"""Hosts that are asked, also at later hops, and the beginning of their paths; `www.` before them is the same."""
CARRIED: Final = ("continue", "link", "url")
"""Names in the query of a page in between whose value is the address behind it."""
ADDRESSES: Final = re.compile(r"""(?:href|content|src|url)\s*=\s*["']?([^"'<>\s]{10,2000})""", re.IGNORECASE)


class LinkClosed(Exception):
    """A link says no place, and will not say one later: it leads elsewhere, or is refused."""


class LinkUnreachable(Exception):
    """A link could not be opened now."""


def allowed(link: str) -> SplitResult | None:
    """Return the parts of a link that may be asked, None for others."""
    try:
        parts = urlsplit(link)
        port = parts.port
    except ValueError:
        return None
    host = (parts.hostname or "").removeprefix("www.")
    if parts.scheme != "https" or port not in (None, PORT) or parts.username is not None or not link.isascii():
        return None
    return parts if any(host == name and parts.path.startswith(path) for name, path in OPENED) else None


@dataclass(frozen=True)
class LinkOpener:
    """Opens short links. Tests give it a resolver, addresses that count as public, a port and certificates."""

    resolver: Resolver = resolve
    is_public: Callable[[str], bool] = is_public
    port: int = PORT
    certificates: ssl.SSLContext | bool = True
    most_seconds: float = MOST_SECONDS

    def point_behind(self, link: str) -> Point:
        """Return the point to which a short link leads. Raise LinkClosed and LinkUnreachable."""
        deadline = time.monotonic() + self.most_seconds
        for _hop in range(MOST_HOPS):
            parts = allowed(link)
            if parts is None:
                raise LinkClosed("leads to no page of maps")
            status, location, body = self._get(parts, deadline)
            if location is not None:
                link = _joined(link, location)
                if point := _point_of_address(link):
                    return point
            elif status == HTTPStatus.OK:
                return _point_of_page(link, body)
            elif status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
                raise LinkUnreachable(f"answered {status}")
            else:
                raise LinkClosed(f"answered {status}")
        raise LinkClosed("leads from link to link")

    def _get(self, parts: SplitResult, deadline: float) -> tuple[int, str | None, str]:
        """Return the status of one page, where it redirects to, and the beginning of its text."""
        import httpx  # for the worker alone: a web process does without its megabytes

        host = parts.hostname or ""
        address = self._address_of(host)
        literal = f"[{address}]" if ":" in address else address
        url = f"https://{literal}:{self.port}{parts.path or '/'}" + (f"?{parts.query}" if parts.query else "")
        left = deadline - time.monotonic()
        if left <= 0:
            raise LinkUnreachable("takes too long")
        wire = Wire()
        try:
            with (
                wire.cut_after(left),
                httpx.Client(verify=self.certificates, trust_env=False, timeout=left) as client,
                client.stream(
                    "GET",
                    url,
                    headers={"Host": host, "User-Agent": AGENT, "Accept": "text/html", "Accept-Encoding": "identity"},
                    extensions={"sni_hostname": host, "trace": wire.watch},
                ) as answer,
            ):
                location = answer.headers.get("Location") if answer.has_redirect_location else None
                body = b"" if location else b"".join(_first_bytes(answer, deadline))
                return answer.status_code, location, body.decode("utf-8", "replace")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as reason:
            raise LinkUnreachable(type(reason).__name__) from None

    def _address_of(self, host: str) -> str:
        """Return the address of a host to connect to, so that it can't be another one by then."""
        try:
            addresses = self.resolver(host)
        except OSError as reason:
            raise LinkUnreachable(f"{host} has no address") from reason
        if not addresses or not all(map(self.is_public, addresses)):
            raise LinkClosed(f"{host} is no public address")
        return addresses[0]


def openable_in(text: str) -> str | None:
    """Return the short link in a text that can be opened; None without one."""
    links = (re.sub(r"^(?:https?://)?", "https://", link, flags=re.IGNORECASE) for link in short_links_in(text))
    return next((link for link in links if allowed(link) is not None), None)


def _first_bytes(answer: httpx.Response, deadline: float) -> Iterator[bytes]:
    taken = 0
    for chunk in answer.iter_raw():  # as they come: chunks of a size would be waited for, however long that takes
        if time.monotonic() > deadline:
            raise LinkUnreachable("takes too long")
        yield chunk[: MOST_BYTES - taken]
        taken += len(chunk)
        if taken >= MOST_BYTES:
            return
    if time.monotonic() > deadline:  # cut there, which can look like the end of the page
        raise LinkUnreachable("takes too long")


def _joined(page: str, address: str) -> str:
    """Return an address in a page as a whole link, "" for one that is none."""
    try:
        link = urljoin(page, address)
        urlsplit(link)
    except ValueError:
        return ""
    return link


def _point_of_address(link: str) -> Point | None:
    """Return the point that an address says, or the one that it carries to the next page."""
    query = parse_qs(urlsplit(link).query)
    carried = [value for name in CARRIED for value in query.get(name, ())]
    points = (point_in(address) for address in (link, *carried))
    return next((point for point in points if point is not None and not is_nowhere(point)), None)


def _point_of_page(link: str, body: str) -> Point:
    """Return the first point in the addresses of a page, which lead to maps. Raise LinkClosed without one."""
    for match in ADDRESSES.finditer(body):
        address = _joined(link, html.unescape(match[1]))
        if allowed(address) is not None and (point := _point_of_address(address)) is not None:
            return point
    raise LinkClosed("says no place")
