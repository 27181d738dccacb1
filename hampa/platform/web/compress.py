"""Compression of text over one kilobyte: zstd if the browser accepts it, else gzip.

Flask-Compress does not compress pages of errors and forms with errors, and does compress for clients that refuse it
(`gzip;q=0`). The one-shot functions make a new compressor each time: one shared between threads kills the process.
"""

import sys
import zlib
from functools import lru_cache

from flask import Flask, Response, request
from werkzeug.http import parse_accept_header

from hampa.platform.web.headers import vary_by

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LEAST_BYTES = 1024
MOST_KEPT = 100
ZSTD_LEVEL = 3
GZIP_LEVEL = 3
BEST_ZSTD_LEVEL = 19
BEST_GZIP_LEVEL = 9
GZIP_WINDOW = 31
TEXT = ("text/", "application/json", "application/manifest+json", "image/svg+xml")


_current_request = request._get_current_object  # type: ignore[attr-defined]


@lru_cache(MOST_KEPT)
def _accepted(header: str) -> str:
    """Return the encoding for a browser that accepts these, "" for none; browsers send a few texts."""
    encodings = parse_accept_header(header)
    return next((name for name in ("zstd", "gzip") if encodings[name] > 0), "")


def init_app(app: Flask) -> None:
    """Compress all answers except streams, files and compressed ones."""
    app.after_request(compress)


def pack(body: bytes) -> dict[str, bytes]:
    """Return a body that is compressed once and sent often, as small as it gets, by encoding, the best one first."""
    return {"zstd": zstd.compress(body, BEST_ZSTD_LEVEL), "gzip": zlib.compress(body, BEST_GZIP_LEVEL, GZIP_WINDOW)}


def compress(answer: Response) -> Response:
    """Return the answer, compressed if it is long enough and the browser accepts it."""
    asked = _current_request()
    if not (answer.mimetype or "").startswith(TEXT) or answer.status_code in (204, 206, 304):
        return answer
    if answer.direct_passthrough or answer.is_streamed or "Content-Encoding" in answer.headers:
        return answer
    vary_by(answer, ("Accept-Encoding",))
    if "HTTP_ACCEPT_ENCODING" not in asked.environ:
        return answer
    body = answer.get_data()
    if len(body) < LEAST_BYTES:
        return answer
    accepted = _accepted(asked.environ["HTTP_ACCEPT_ENCODING"])
    if accepted == "zstd":
        answer.set_data(zstd.compress(body, ZSTD_LEVEL))
        answer.headers["Content-Encoding"] = "zstd"
    elif accepted == "gzip":
        answer.set_data(zlib.compress(body, GZIP_LEVEL, GZIP_WINDOW))
        answer.headers["Content-Encoding"] = "gzip"
    return answer
