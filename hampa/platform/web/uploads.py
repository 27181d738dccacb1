"""Uploads and downloads: the size limits of forms, the field for files, and answers with stored files."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from flask import Flask, Response, current_app, make_response, request, send_file
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import HTTPException
from wtforms import Field
from wtforms.validators import StopValidation
from wtforms.widgets import FileInput

from hampa.platform.errors import NotFound
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, ngettext, number
from hampa.platform.media import qr, storage
from hampa.platform.web import session
from hampa.platform.web.assets import STATIC
from hampa.platform.web.hooks import for_forms, for_pages

MEGABYTE = 1_000_000
PICTURE_CACHE = "private, max-age=604800, immutable"
"""Each picture has an address of its own; one that was removed, or hidden by a block, is gone from browsers in a week."""
SHARED_PICTURE_CACHE = "public, max-age=600, must-revalidate"
"""For pictures that everybody may see: caches that many people share ask again, by ETag, so that removal reaches them."""
TEN_MINUTES = "private, max-age=600"
PICTURES = "image/jpeg,image/png,image/webp"
"""Phones convert photos of other formats to JPEG when a form accepts these."""
PICTURE_REASONS = {
    "not_a_picture": _l("This is not a picture that we can read. JPEG, PNG and WebP work."),
    "heic": _l("This is a HEIC picture, which few programs can read. Send it as JPEG."),
    "avif": _l("This is an AVIF picture. Send it as JPEG, PNG or WebP."),
    "tiff": _l("This is a TIFF or raw picture. Send it as JPEG, PNG or WebP."),
    "gif": _l("This is a GIF picture. Send it as JPEG, PNG or WebP."),
    "bmp": _l("This is a BMP picture. Send it as JPEG, PNG or WebP."),
    "jpeg_xl": _l("This is a JPEG XL picture. Send it as JPEG, PNG or WebP."),
    "jpeg_2000": _l("This is a JPEG 2000 picture. Send it as JPEG, PNG or WebP."),
    "svg": _l("This is an SVG drawing. Send it as JPEG, PNG or WebP."),
    "pdf": _l("This is a PDF file. Send a picture: JPEG, PNG or WebP."),
    "video": _l("This is a video. Send a picture: JPEG, PNG or WebP."),
    "too_large": _l("This picture has too many pixels. Make it smaller and choose it once more."),
    "too_small": _l("This picture is too small. It needs 100 pixels on each side."),
    "broken": _l("This picture is broken or ends in the middle. Choose it once more."),
    "failed": _l("Something went wrong while we read the file. Choose it once more."),
}
"""The message for each of `platform.media.pictures.REASONS`."""

View = TypeVar("View", bound=Callable[..., Any])


def takes_files(megabytes: int) -> Callable[[View], View]:
    """Let people who are signed in send forms of up to so many megabytes to this view."""

    def decorate(view: View) -> View:
        view.most_bytes = megabytes * MEGABYTE  # type: ignore[attr-defined]
        return view

    return decorate


def init_app(app: Flask) -> None:
    """Set the size limit of a form before it is read, which the check of its token does first."""
    app.before_request(for_forms(for_pages(set_size_limit)))
    app.jinja_env.globals["picture_reasons"] = PICTURE_REASONS


def set_size_limit() -> None:
    """Let a request be as large as its view allows, if the person is signed in."""
    view = current_app.view_functions.get(request.endpoint or "")
    most_bytes = getattr(view, "most_bytes", None)
    if most_bytes and request.method == "POST" and session.me():
        request.max_content_length = most_bytes


def size_limit(app: Flask, method: str, path: str, cookies: str, authorization: str = "") -> int:
    """Return how large the body of a request may be, before Flask has it; the last two are its headers of these names.

    Programs show a token, which is read later: who sends none may send no more than a form.
    """
    form: int = app.config["MAX_CONTENT_LENGTH"] or MEGABYTE
    if method != "POST":
        return form
    try:
        endpoint, _values = app.url_map.bind("").match(path, method)
    except HTTPException:
        return form
    view = app.view_functions[endpoint]
    most_bytes: int = getattr(view, "most_bytes", form)
    if getattr(view, "reads_no_cookies", False):
        return most_bytes if authorization else form
    return most_bytes if most_bytes > form and session.was_signed_in(app, cookies) else form


class UploadField(Field):
    """Up to `most` files of at most `megabytes` each; `data` is their list. Without `accept` any file can be chosen.

    Browsers forget the choice when the form comes back, so only the size is checked here; the worker checks the content.
    """

    widget = FileInput()

    def __init__(
        self, label: str | None = None, *, megabytes: int, accept: str = "", most: int = 1, **kwargs: Any
    ) -> None:
        attributes = {"accept": accept or False, "multiple": most > 1, **(kwargs.pop("render_kw", None) or {})}
        if accept == PICTURES:  # a script makes larger ones smaller before they are sent
            attributes["data-most"] = megabytes * MEGABYTE
        super().__init__(label, render_kw=attributes, **kwargs)
        self.megabytes, self.most = megabytes, most

    def process_formdata(self, values: Sequence[Any]) -> None:
        """Read the files; raise ValueError if they are too many, too large or empty."""
        self.data = [file for file in values if isinstance(file, FileStorage) and file.filename]
        if len(self.data) > self.most:
            raise ValueError(ngettext("Choose %(num)d file at most.", "Choose %(num)d files at most.", self.most))
        for file in self.data:
            size = file.stream.seek(0, 2)
            file.stream.seek(0)
            if not size:
                raise ValueError(_("This file is empty."))
            if size > self.megabytes * MEGABYTE:
                most, actual = number(self.megabytes), number(size / MEGABYTE, 1)
                raise ValueError(_("At most %(most)s MB; this file has %(size)s.", most=most, size=actual))

    def pre_validate(self, form: Any) -> None:
        """Stop validation after an error in reading."""
        if self.process_errors:
            raise StopValidation

    def _value(self) -> bool:
        return False


def send(name: str, mimetype: str, *, download_name: str | None = None, keep: str = "private, no-cache") -> Response:
    """Answer with a stored file, or 304; `keep` is its Cache-Control.

    Raise NotFound if there is no such file.
    """
    try:
        file = storage.open_file(name)
    except FileNotFoundError:
        raise NotFound from None
    answer = send_file(
        file.stream,
        mimetype,
        as_attachment=download_name is not None,
        download_name=download_name,
        conditional=False,
        etag=file.tag,
        last_modified=file.written_at,
    )
    answer.content_length = file.size
    answer.make_conditional(request, accept_ranges=True, complete_length=file.size)
    answer.headers["Cache-Control"] = keep
    return answer


def send_share_picture(name: str | None) -> Response:
    """Answer with a stored picture, or with the site's picture until the worker has drawn it."""
    if name and storage.exists(name):
        return send(name, "image/png", keep=TEN_MINUTES)
    answer = send_file(STATIC / "img" / "share.png", "image/png")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def send_qr_code(address: str) -> Response:
    """Answer with the QR code of a URL."""
    answer = make_response(qr.svg(address))
    answer.mimetype = "image/svg+xml"
    answer.headers["Cache-Control"] = TEN_MINUTES
    answer.add_etag()
    answer.make_conditional(request)
    return answer
