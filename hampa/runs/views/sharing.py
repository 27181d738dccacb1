"""What a run is shared by: its picture, and its link as a QR code."""

from __future__ import annotations

import uuid

from flask import Response, make_response, request, send_file, url_for

from hampa.platform import i18n, qr, storage
from hampa.platform.db import db
from hampa.platform.web import uploads
from hampa.platform.web.assets import STATIC
from hampa.platform.web.permissions import public
from hampa.platform.web.session import me
from hampa.platform.web.ui import canonical
from hampa.runs.actions.sharing import ask_for_poster
from hampa.runs.queries import runs
from hampa.runs.queries.organisers import organisers_of
from hampa.runs.sharing import file_of
from hampa.runs.views.blueprint import blueprint

A_WHILE = "private, max-age=600"


@blueprint.get("/runs/<uuid:run_id>/share.png")
@public
def share_picture(run_id: uuid.UUID) -> Response:
    """The picture of a run in the reader's language; until the worker has drawn it, that of the site."""
    run = runs.run_for(me(), run_id)
    if any(one.owner for one in organisers_of(me(), run)):  # it names the organiser
        name = file_of(run, i18n.get_locale_code())
        if storage.exists(name):
            return uploads.send(name, "image/png", keep=A_WHILE)
        ask_for_poster(run, i18n.get_locale_code())
        db.session.commit()
    answer = send_file(STATIC / "img" / "share.png", "image/png")
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/runs/<uuid:run_id>/qr.svg")
@public
def qr_code(run_id: uuid.UUID) -> Response:
    """The short link of a run as a QR code."""
    run = runs.run_for(me(), run_id)
    answer = make_response(qr.drawing(canonical(url_for("runs.short", code=run.short_code))))
    answer.mimetype = "image/svg+xml"
    answer.headers["Cache-Control"] = A_WHILE
    answer.add_etag()
    answer.make_conditional(request)
    return answer
