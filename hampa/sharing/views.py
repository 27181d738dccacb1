"""The poster of a run, and its QR code."""

import uuid

from flask import Blueprint, Response, url_for

from hampa.platform.db import db
from hampa.platform.locale import i18n
from hampa.platform.web import uploads
from hampa.platform.web.permissions import public
from hampa.platform.web.session import me
from hampa.platform.web.ui import canonical
from hampa.runs.queries.organisers import organisers_of
from hampa.runs.queries.runs import run_for
from hampa.sharing.actions import posters

blueprint = Blueprint("sharing", __name__)


@blueprint.get("/runs/<uuid:run_id>/share.png")
@public
def share_picture(run_id: uuid.UUID) -> Response:
    """Send the poster of a run in the viewer's language, or that of the site until the worker has drawn it."""
    run = run_for(me(), run_id)
    named = any(organiser.owner for organiser in organisers_of(me(), run))  # the picture names the organiser
    name = posters.file_of(run, i18n.get_locale_code()) if named else None
    if named and posters.request(run, i18n.get_locale_code()):
        db.session.commit()
    return uploads.send_share_picture(name)


@blueprint.get("/runs/<uuid:run_id>/qr.svg")
@public
def qr_code(run_id: uuid.UUID) -> Response:
    """Send the short link of a run as a QR code."""
    run = run_for(me(), run_id)
    return uploads.send_qr_code(canonical(url_for("runs.short", code=run.short_code)))
