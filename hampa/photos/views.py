"""Photos of a run, and the files of pictures."""

import uuid
from typing import Any

from flask import Blueprint, Response, flash, g, request, url_for

from hampa.photos import actions, queries
from hampa.photos.forms import MEGABYTES, PhotosForm
from hampa.photos.models import COVER
from hampa.platform.db import db
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots, uploads
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import asks_first, public, signed_in
from hampa.platform.web.session import me
from hampa.platform.web.uploads import takes_files
from hampa.runs.models.run import Run
from hampa.runs.queries import runs
from hampa.runs.queries.organisers import organises

blueprint = Blueprint("photos", __name__)


def pictures_on_run(run: Run) -> dict[str, Any]:
    """Return the cover and the first photos for the page of the run; read once per request."""
    if g.get("pictures_on_run") is None or g.pictures_on_run["run"] is not run:
        viewer = me()
        covers, photos = queries.pictures_of_page(viewer, run)
        newest = covers[0] if covers else None
        g.pictures_on_run = {
            "run": run,
            "cover": next((cover for cover in covers if cover.widths), None),
            "cover_awaited": newest is not None and not newest.widths and not newest.reason,
            "cover_failed": newest if newest is not None and newest.reason else None,
            "photos": photos,
            "photos_shown": queries.PHOTOS_SHOWN,
            "photos_begun": viewer is not None and queries.takes_photos(run),
        }
    return dict(g.pictures_on_run)


slots.fill(blueprint, "run.cover", "photos/cover.html", pictures_on_run)
slots.fill(blueprint, "run.photos", "photos/on_run.html", pictures_on_run)


@blueprint.get("/runs/<uuid:run_id>/photos")
@signed_in
def photos(run_id: uuid.UUID) -> Response:
    """Show all photos of a run, and the form to those who were there."""
    return photos_page(run_id, PhotosForm())


@blueprint.post("/runs/<uuid:run_id>/photos")
@signed_in
@asks_first("name")
@takes_files(megabytes=queries.MOST_PHOTOS * MEGABYTES + 1)
def add_photos(run_id: uuid.UUID) -> Response:
    """Add photos; the worker makes them presentable."""
    form = PhotosForm()
    if form.validate():
        with attempt(form, done=_("Thank you. Your photos will be there in a moment.")):
            sources = [photo.stream for photo in form.photos.data]
            form.once(me(), lambda: actions.add_photos(me(), run_id, sources)[0].id)
    if form.errors:
        return photos_page(run_id, form)
    return pages.redirect(url_for("photos.photos", run_id=run_id))


@blueprint.post("/runs/<uuid:run_id>/photos/<uuid:picture_id>/delete")
@signed_in
def delete_photo(run_id: uuid.UUID, picture_id: uuid.UUID) -> Response:
    """Remove a photo of one's own, or any photo of a run that one organises."""
    actions.remove_photo(me(), run_id, picture_id)
    db.session.commit()
    flash(_("The photo is gone."))
    return pages.redirect(url_for("photos.photos", run_id=run_id))


@blueprint.get("/runs/<uuid:run_id>/photos/<uuid:picture_id>")
@signed_in
def photo(run_id: uuid.UUID, picture_id: uuid.UUID) -> Response:
    """Show one photo whole, with the ways to the one before and the one after it."""
    run = runs.run_for(me(), run_id)
    shown, before, after = queries.photo_of(me(), run, picture_id)
    return pages.render(
        "photos/photo.html", run=run, photo=shown, before=before, after=after, organises=organises(me(), run)
    )


@blueprint.get("/runs/<uuid:run_id>/pictures/<uuid:picture_id>/<int:width>.webp")
@public
def picture_file(run_id: uuid.UUID, picture_id: uuid.UUID, width: int) -> Response:
    """Send a picture in one of its widths."""
    run = runs.run_for(me(), run_id)
    name, kind = queries.picture_file(me(), run, picture_id, width)
    keep = uploads.SHARED_PICTURE_CACHE if kind == COVER else uploads.PICTURE_CACHE
    return uploads.send(name, "image/webp", keep=keep)


def photos_page(run_id: uuid.UUID, form: PhotosForm) -> Response:
    """Render one page of the photos of a run."""
    run = runs.run_for(me(), run_id)
    left = queries.photos_left(me(), run) if queries.takes_photos(run) and queries.took_part(me(), run) else None
    return pages.render(
        "photos/index.html",
        "rows" if request.method == "GET" else None,
        status=form.http_status,
        run=run,
        form=form,
        left=left,
        photos=queries.photos(me(), run, request.args.get("after")),
        organises=organises(me(), run),
    )
