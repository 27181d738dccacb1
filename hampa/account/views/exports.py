"""A copy of all that is ours of a person."""

from __future__ import annotations

import uuid

from flask import Response, url_for

from hampa.account.actions import exports as actions
from hampa.account.queries import exports as queries
from hampa.account.views.blueprint import blueprint
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.web import pages, uploads
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me


@blueprint.get("/me/export")
@signed_in
def export() -> Response:
    """What a copy holds, and how the last one stands."""
    return pages.render("account/export.html", "copy", export=queries.latest_of(me()), refused="")


@blueprint.post("/me/export")
@signed_in
def ask_for_export() -> Response:
    """Have one made."""
    try:
        actions.ask_for_export(me())
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        latest = queries.latest_of(me())
        return pages.render("account/export.html", "copy", status=422, export=latest, refused=refusal.message)
    return pages.redirect(url_for("account.export"))


@blueprint.get("/me/export/<uuid:export_id>")
@signed_in
def export_file(export_id: uuid.UUID) -> Response:
    """The ZIP, for whose it is and on its day."""
    found = queries.export_of(me(), export_id)
    day = f"{found.created_at:%Y-%m-%d}"
    return uploads.send(found.file, "application/zip", download_name=f"hampa-{day}.zip", keep="private, no-store")
