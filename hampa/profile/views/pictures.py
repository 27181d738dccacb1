"""One's own picture, and the files of faces."""

from __future__ import annotations

import uuid

from flask import Response, flash, url_for

from hampa.platform.db import db
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, uploads
from hampa.platform.web.permissions import public, signed_in
from hampa.platform.web.session import me
from hampa.platform.web.uploads import takes_files
from hampa.profile.actions import pictures as actions
from hampa.profile.forms import PICTURE_MEGABYTES, PictureForm
from hampa.profile.queries import pictures
from hampa.profile.views.blueprint import blueprint

FACE_STAYS = "private, max-age=604800, immutable"
"""A picture has an address of its own; but who is blocked, or takes it away, is gone everywhere within a week."""


@blueprint.get("/me/picture")
@signed_in
def picture() -> Response:
    """One's picture as it is, and a form for another."""
    return picture_page(PictureForm())


@blueprint.post("/me/picture")
@signed_in
@takes_files(megabytes=PICTURE_MEGABYTES + 1)
def give_picture() -> Response:
    """Give a picture. The worker makes it anew; until then the one before stays."""
    form = PictureForm()
    if not form.validate():
        return picture_page(form, 422)
    actions.give_picture(me(), form.picture.data[0].stream)
    db.session.commit()
    return pages.redirect(url_for("profile.picture"))


@blueprint.post("/me/picture/delete")
@signed_in
def remove_picture() -> Response:
    """Be seen by one's first letter again."""
    actions.remove_pictures(me())
    db.session.commit()
    flash(_("Your picture is gone."))
    return pages.redirect(url_for("profile.picture"))


@blueprint.get("/people/<uuid:person_id>/face/<uuid:picture_id>/<int:width>.webp")
@public
def face(person_id: uuid.UUID, picture_id: uuid.UUID, width: int) -> Response:
    """Somebody's picture in one of its widths."""
    return uploads.send(pictures.face_file(me(), person_id, str(picture_id), width), "image/webp", keep=FACE_STAYS)


def picture_page(form: PictureForm, status: int = 200) -> Response:
    """The form, below the picture that is seen and what became of the last one that was sent."""
    person = me()
    newest = pictures.newest_picture(person)
    return pages.render("profile/picture.html", "mine", status=status, form=form, person=person, newest=newest)
