"""What a first visit costs over the wire."""

from __future__ import annotations

import re
from html import unescape
from http.client import HTTPConnection

from tests.typefaces import files_for

LINKED = re.compile(rb'(?:href|src)="(/static/[^"]+)"')
MARKUP = re.compile(rb"<(script|style).*?</\1>|<[^>]*>", re.DOTALL)
LANGUAGE = "fa"


def first_page(port: int, path: str) -> tuple[int, int]:
    """Bytes of bodies and headers of a page and what it links, and by themselves of the fonts of its letters."""
    page, size = fetch(port, path)
    letters = unescape(MARKUP.sub(b"", page).decode())
    plain, fonts = size, set[str]()
    for name in sorted({link.decode().partition("#")[0] for link in LINKED.findall(page)}):
        if any(part in name for part in ("icon-", "manifest", "share")):
            continue  # asked for when the page is installed or shared, not when it is shown
        if ".woff2" in name:
            fonts.add(name)
            continue
        body, size = fetch(port, name)
        plain += size
        if ".css" in name:
            fonts |= files_for(body.decode(), letters, LANGUAGE)
    return plain, sum(fetch(port, name)[1] for name in fonts)


def fetch(port: int, path: str) -> tuple[bytes, int]:
    """Return the unpacked body, and the bytes that were transferred."""
    import gzip

    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(
        "GET", path.replace("&amp;", "&"), headers={"Accept-Encoding": "gzip", "Accept-Language": LANGUAGE}
    )
    answer = connection.getresponse()
    raw = answer.read()
    head = sum(len(name) + len(value) + 4 for name, value in answer.getheaders())
    body = gzip.decompress(raw) if answer.getheader("Content-Encoding") == "gzip" else raw
    connection.close()
    return body, len(raw) + head
