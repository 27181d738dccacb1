"""The picture of a crew, the posters of its page and of its links, and the page to print."""

import uuid

from flask import Response, flash, request, url_for

from hampa.crews.actions import pictures as actions
from hampa.crews.actions.posters import posters
from hampa.crews.forms import CrewPictureForm
from hampa.crews.models import Crew
from hampa.crews.queries import crews as queries, members, pictures
from hampa.crews.views.blueprint import blueprint
from hampa.platform.db import db
from hampa.platform.locale import i18n
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, uploads
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import public, signed_in
from hampa.platform.web.picture_form import PICTURE_MEGABYTES
from hampa.platform.web.session import me
from hampa.platform.web.ui import canonical

LONGEST_LINK = 100


@blueprint.route("/crews/<uuid:crew_id>/picture", methods=["GET", "POST"])
@signed_in
@uploads.takes_files(megabytes=PICTURE_MEGABYTES + 1)
def picture(crew_id: uuid.UUID) -> Response:
    """Show the picture of a crew, and add another; the one before stays until the worker has processed it."""
    crew = queries.member_with(me(), crew_id, "edit").crew
    form = CrewPictureForm()
    if form.validate_on_submit():
        with attempt(form):
            form.once(me(), lambda: actions.add_picture(me(), crew_id, form.picture.data[0].stream))
        if not form.errors:
            return _to_picture(crew_id)
        crew = queries.member_with(me(), crew_id, "edit").crew
    newest = pictures.newest_picture(crew_id)
    return pages.render("crews/picture.html", "form", status=form.http_status, crew=crew, form=form, newest=newest)


@blueprint.post("/crews/<uuid:crew_id>/picture/delete")
@signed_in
def remove_picture(crew_id: uuid.UUID) -> Response:
    """Remove the picture of a crew."""
    actions.remove_pictures(me(), crew_id)
    db.session.commit()
    flash(_("The picture is gone."))
    return _to_picture(crew_id)


def _to_picture(crew_id: uuid.UUID) -> Response:
    return pages.redirect(url_for("crews.picture", crew_id=crew_id))


@blueprint.get("/crews/<uuid:crew_id>/picture/<uuid:picture_id>/<int:width>.webp")
@public
def picture_file(crew_id: uuid.UUID, picture_id: uuid.UUID, width: int) -> Response:
    """Send the picture of a crew in one of its widths; the page of a link names the link (`link=`)."""
    name = pictures.picture_file(me(), crew_id, str(picture_id), width, request.args.get("link", "")[:LONGEST_LINK])
    return uploads.send(name, "image/webp", keep=uploads.PICTURE_CACHE)


@blueprint.get("/crews/<uuid:crew_id>/share.png")
@public
def share_picture(crew_id: uuid.UUID) -> Response:
    """Send the poster of a crew that anybody may find, or that the viewer belongs to."""
    return _poster(queries.crew_for(me(), crew_id))


@blueprint.get("/crews/in/<uuid:invitation_id>/share.png")
@public
def share_picture_of_link(invitation_id: uuid.UUID) -> Response:
    """Send the poster of the crew of a link."""
    return _poster(members.invitation_for(me(), invitation_id)[1])


def _poster(crew: Crew) -> Response:
    """Answer with the poster of a crew in the viewer's language, or that of the site until the worker has drawn it."""
    name = posters.file_of(crew, i18n.get_locale_code())
    if posters.request(crew, i18n.get_locale_code()):
        db.session.commit()
    return uploads.send_share_picture(name)


@blueprint.get("/crews/in/<uuid:invitation_id>/print")
@signed_in
def print_link(invitation_id: uuid.UUID) -> Response:
    """Show a link as a page to print and put up: the crew, when and where it runs, and the code to scan."""
    link, crew = members.invitation_for(me(), invitation_id)
    queries.member_with(me(), crew.id, "invite")
    address = canonical(url_for("crews.invited", invitation_id=invitation_id))
    return pages.render("crews/print.html", crew=crew, link=link, address=address)
