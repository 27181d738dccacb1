"""What a thing is shared by: its picture, and its address as a QR code."""

from __future__ import annotations

from flask import Response, make_response, request, send_file

from hampa.platform.media import qr, storage
from hampa.platform.web import uploads
from hampa.platform.web.assets import STATIC

A_WHILE = "private, max-age=600"


def picture(name: str | None) -> Response:
    """The picture of this name; without one, and until the worker has drawn it, that of the site."""
    if name and storage.exists(name):
        return uploads.send(name, "image/png", keep=A_WHILE)
    answer = send_file(STATIC / "img" / "share.png", "image/png")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def code(address: str) -> Response:
    """An address as a QR code."""
    answer = make_response(qr.drawing(address))
    answer.mimetype = "image/svg+xml"
    answer.headers["Cache-Control"] = A_WHILE
    answer.add_etag()
    answer.make_conditional(request)
    return answer
