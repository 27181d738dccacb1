"""Files on their way in and out: how large a form may be, the field they are chosen in, and sending them again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from flask import Flask, Response, current_app, request, send_file
from werkzeug.datastructures import FileStorage
from wtforms import Field
from wtforms.validators import StopValidation
from wtforms.widgets import FileInput

from hampa.platform.errors import NotFound
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, ngettext, number
from hampa.platform.media import storage
from hampa.platform.web import session

MEGABYTE = 1_000_000
FOREVER = "max-age=31536000, immutable"
PICTURES = "image/jpeg,image/png,image/webp"
"""Phones that take photos in another format hand them over as JPEG when asked for these."""
PICTURE_REASONS = {
    "not_a_picture": _l("This is not a picture that we can read. JPEG, PNG and WebP work."),
    "heic": _l("This is a HEIC picture, which few programs can read. Send it as JPEG."),
    "too_large": _l("This picture has too many pixels. Make it smaller and choose it once more."),
    "too_small": _l("This picture is too small. It needs 100 pixels on each side."),
    "broken": _l("This picture is broken or ends in the middle. Choose it once more."),
    "failed": _l("Something went wrong while we read the file. Choose it once more."),
}
"""What to tell people of each of `platform.images.REASONS`."""

View = TypeVar("View", bound=Callable[..., Any])


def takes_files(megabytes: int) -> Callable[[View], View]:
    """Let people who are signed in send forms of up to so many megabytes to this view."""

    def mark(view: View) -> View:
        view.longest_body = megabytes * MEGABYTE  # type: ignore[attr-defined]
        return view

    return mark


def init_app(app: Flask) -> None:
    """Decide how large a form may be before anybody reads it, the check of its token first of all."""
    app.before_request(make_room)
    app.jinja_env.globals["picture_reasons"] = PICTURE_REASONS


def make_room() -> None:
    """Give the request of somebody who is signed in the room that its view is marked with."""
    view = current_app.view_functions.get(request.endpoint or "")
    longest = getattr(view, "longest_body", None)
    if longest and request.method == "POST" and session.me():
        request.max_content_length = longest


class UploadField(Field):
    """One file, or several, of at most `megabytes` each; `data` is a list of them, empty ones left out.

    Browsers forget what was chosen when the form comes back, so nothing but its size is refused here. What is in a
    file is the worker's to say.
    """

    widget = FileInput()

    def __init__(self, label: str | None = None, *, megabytes: int, accept: str, most: int = 1, **kwargs: Any) -> None:
        attributes = {"accept": accept, "multiple": most > 1, **(kwargs.pop("render_kw", None) or {})}
        if accept == PICTURES:  # larger ones are made smaller before they are sent, if it can be
            attributes["data-most"] = megabytes * MEGABYTE
        super().__init__(label, render_kw=attributes, **kwargs)
        self.megabytes, self.most = megabytes, most

    def process_formdata(self, values: Sequence[Any]) -> None:
        self.data = [file for file in values if isinstance(file, FileStorage) and file.filename]
        if len(self.data) > self.most:
            raise ValueError(ngettext("Choose %(num)d file at most.", "Choose %(num)d files at most.", self.most))
        for file in self.data:
            size = size_of(file)
            if not size:
                raise ValueError(_("This file is empty."))
            if size > self.megabytes * MEGABYTE:
                raise ValueError(
                    _(
                        "At most %(most)s MB; this file has %(size)s.",
                        most=number(self.megabytes),
                        size=number(size / MEGABYTE, 1),
                    )
                )

    def pre_validate(self, form: Any) -> None:
        if self.process_errors:
            raise StopValidation

    def _value(self) -> bool:
        return False


def size_of(file: FileStorage) -> int:
    """Bytes of a file that was sent."""
    end = file.stream.seek(0, 2)
    file.stream.seek(0)
    return end


def send(name: str, mimetype: str, *, download_name: str | None = None, keep: str = "private, no-cache") -> Response:
    """Answer with a stored file, or that the browser has it already. `keep` is how long the address stands for this content.

    Raises NotFound when it is gone.
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
