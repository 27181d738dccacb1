"""Photos of a run, and the files of pictures."""

import uuid
from typing import Any

from flask import Blueprint, Response, flash, g, request, url_for
from markupsafe import Markup

from hampa.photos import actions, queries
from hampa.photos.forms import MEGABYTES, PhotosForm
from hampa.photos.models import COVER
from hampa.platform.db import db
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots, uploads
from hampa.platform.web.attempts import attempt
from hampa.platform.web.parts import part
from hampa.platform.web.permissions import asks_first, public, signed_in
from hampa.platform.web.session import me
from hampa.platform.web.uploads import takes_files
from hampa.runs.models.run import Run
from hampa.runs.queries import runs
from hampa.runs.queries.organisers import organises

blueprint = Blueprint("photos", __name__)


def pictures_on_run(run: Run) -> queries.PicturesOfRun:
    """Return the cover and the first photos for the page of the run; read once per request."""
    pictures: dict[Any, queries.PicturesOfRun] = g.setdefault("pictures_on_run", {})
    if run.id not in pictures:
        pictures[run.id] = queries.pictures_of_page(me(), run)
    return pictures[run.id]


def cover_on_run(run: Run) -> Markup | None:
    """Return the cover for the head of the page of the run, and to whoever gave it that another is awaited or failed."""
    covers = pictures_on_run(run).covers
    if not covers:
        return None
    cover = next((cover for cover in covers if cover.widths), None)
    awaited = not covers[0].widths and not covers[0].reason
    return part("photos/cover.html", run_id=run.id, cover=cover, awaited=awaited, failed=covers[0].reason)


def photos_on_run(run: Run) -> Markup | None:
    """Return the first photos for the page of the run; None for visitors, and before there can be any."""
    photos = pictures_on_run(run).photos
    if me() is None or not (photos or queries.takes_photos(run)):
        return None
    return part("photos/on_run.html", run_id=run.id, photos=photos)


slots.fill_by(blueprint, "run.cover", cover_on_run)
slots.fill_by(blueprint, "run.photos", photos_on_run)


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
    is_seen = runs.is_seen(me(), run_id)
    return pages.redirect(url_for("photos.photos", run_id=run_id) if is_seen else "/")


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
