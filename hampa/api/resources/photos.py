"""Photos of runs."""

import uuid
from datetime import datetime
from typing import Annotated, Any

from flask import Response, request
from typing_extensions import TypedDict
from werkzeug.datastructures import FileStorage

from hampa.photos import actions, queries
from hampa.photos.forms import MEGABYTES, PhotosForm
from hampa.platform.api.answers import Created
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import OneOf, Paging
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web import uploads
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me
from hampa.runs.queries import runs
from hampa.runs.queries.organisers import organises

resource = Resource("photos", _l("Photos of runs"), scope="runs")


class PhotoData(TypedDict):
    """A photo: whose it is, the widths it comes in, and whether you may delete it."""

    id: uuid.UUID
    person_id: uuid.UUID
    by: str
    state: Annotated[str, OneOf("waiting", "refused", "shown")]
    reason: str | None
    widths: list[int]
    is_removable: bool
    created_at: datetime
    updated_at: datetime
    version: int


@resource.get("/runs/<uuid:run_id>/photos")
def list_photos(run_id: uuid.UUID, query: Paging) -> Page[PhotoData]:
    """List the photos of a run, the oldest first, with those of yours that are not shown yet."""
    run = runs.run_for(me(), run_id)
    removes_all, person_id = organises(me(), run), me().id
    page = queries.photos(me(), run, query.after, query.limit)
    return page.of_rows(lambda row: _photo(row, by=row.by, is_removable=removes_all or row.person_id == person_id))


@resource.post("/runs/<uuid:run_id>/photos", takes_file="photos", megabytes=MEGABYTES + 1, needs_name=True)
def add_photo(run_id: uuid.UUID, photos: FileStorage) -> Created[PhotoData]:
    """Add one photo to a run that you came to; it is shown when it is prepared."""
    form = valid_form(PhotosForm, {}, request.files)
    [photo] = actions.add_photos(me(), run_id, [form.photos.data[0].stream])
    db.session.flush()
    return Created(_photo(photo, by=me().name, is_removable=True), f"/runs/{run_id}/photos")


@resource.get("/runs/<uuid:run_id>/photos/<uuid:picture_id>/<int:width>", produces="image/webp")
def fetch_photo(run_id: uuid.UUID, picture_id: uuid.UUID, width: int) -> Response:
    """Fetch a photo, or the cover of a run, in one of its widths."""
    name, _kind = queries.picture_file(me(), runs.run_for(me(), run_id), picture_id, width)
    return uploads.send(name, "image/webp", keep=uploads.PICTURE_CACHE)


@resource.delete("/runs/<uuid:run_id>/photos/<uuid:picture_id>")
def delete_photo(run_id: uuid.UUID, picture_id: uuid.UUID) -> None:
    """Delete a photo of yours, or any of a run that you organise."""
    actions.remove_photo(me(), run_id, picture_id)


def _photo(photo: Any, *, by: str, is_removable: bool) -> PhotoData:
    return {
        "id": photo.id,
        "person_id": photo.person_id,
        "by": by,
        "state": "shown" if photo.widths else "refused" if photo.reason else "waiting",
        "reason": photo.reason,
        "widths": photo.widths or [],
        "is_removable": is_removable,
        "created_at": photo.created_at,
        "updated_at": photo.updated_at,
        "version": photo.version,
    }
