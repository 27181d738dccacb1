"""The share poster of a run and its short link as a QR code."""

from __future__ import annotations

import uuid

from flask import Response, url_for

from hampa.platform.db import db
from hampa.platform.locale import i18n
from hampa.platform.web import sharing
from hampa.platform.web.permissions import public
from hampa.platform.web.session import me
from hampa.platform.web.ui import canonical
from hampa.runs.actions.sharing import posters
from hampa.runs.queries import runs
from hampa.runs.queries.organisers import organisers_of
from hampa.runs.views.blueprint import blueprint


@blueprint.get("/runs/<uuid:run_id>/share.png")
@public
def share_picture(run_id: uuid.UUID) -> Response:
    """Send the poster of a run in the reader's language; until the worker has drawn it, that of the site."""
    run = runs.run_for(me(), run_id)
    named = any(one.owner for one in organisers_of(me(), run))  # the picture names the organiser
    name = posters.file_of(run, i18n.get_locale_code()) if named else None
    if named and posters.request(run, i18n.get_locale_code()):
        db.session.commit()
    return sharing.picture(name)


@blueprint.get("/runs/<uuid:run_id>/qr.svg")
@public
def qr_code(run_id: uuid.UUID) -> Response:
    """The short link of a run as a QR code."""
    run = runs.run_for(me(), run_id)
    return sharing.code(canonical(url_for("runs.short", code=run.short_code)))
