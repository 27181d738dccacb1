"""Uploaded pictures of badges."""

import uuid

from flask import Response, flash, url_for

from hampa.badges.actions import pictures as actions
from hampa.badges.forms import BadgePictureForm
from hampa.badges.queries import badges as queries
from hampa.badges.views.blueprint import blueprint
from hampa.platform.db import db
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, uploads
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.picture_form import PICTURE_MEGABYTES
from hampa.platform.web.session import me


@blueprint.route("/badges/<uuid:badge_id>/picture", methods=["GET", "POST"])
@signed_in
@uploads.takes_files(megabytes=PICTURE_MEGABYTES + 1)
def picture(badge_id: uuid.UUID) -> Response:
    """Show the picture of a badge, and add another; the one before stays until the worker has processed it."""
    queries.managed_badge(me(), badge_id)
    form = BadgePictureForm()
    if form.validate_on_submit():
        with attempt(form):
            form.once(me(), lambda: actions.add_picture(me(), badge_id, form.picture.data[0].stream))
        if not form.errors:
            return _to_picture(badge_id)
    shown, newest = queries.badge_for(me(), badge_id), queries.newest_picture(badge_id)
    return pages.render("badges/picture.html", "form", status=form.http_status, badge=shown, form=form, newest=newest)


@blueprint.post("/badges/<uuid:badge_id>/picture/delete")
@signed_in
def remove_picture(badge_id: uuid.UUID) -> Response:
    """Show the drawing of a badge again."""
    actions.remove_pictures(me(), badge_id)
    db.session.commit()
    flash(_("The picture is gone."))
    return _to_picture(badge_id)


def _to_picture(badge_id: uuid.UUID) -> Response:
    return pages.redirect(url_for("badges.picture", badge_id=badge_id))


@blueprint.get("/badges/<uuid:badge_id>/picture/<uuid:picture_id>/<int:width>.webp")
@signed_in
def picture_file(badge_id: uuid.UUID, picture_id: uuid.UUID, width: int) -> Response:
    """Send the picture of a badge in one of its widths."""
    name = queries.picture_file(me(), badge_id, str(picture_id), width)
    return uploads.send(name, "image/webp", keep=uploads.PICTURE_CACHE)
