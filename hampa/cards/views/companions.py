"""One's companions."""

from __future__ import annotations

import uuid

from flask import Response, flash, request, url_for

from hampa.cards.actions.companions import part
from hampa.cards.queries.companions import companion_for
from hampa.cards.views.blueprint import blueprint
from hampa.platform.db import db
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me


@blueprint.route("/me/companions/<uuid:person_id>/end", methods=["GET", "POST"])
@signed_in
def end_companionship(person_id: uuid.UUID) -> Response:
    """Ask whether to be companions no more; then do, without a word to the other."""
    other = companion_for(me(), person_id)
    if request.method == "POST":
        part(me(), person_id)
        db.session.commit()
        flash(_("You two are no longer companions. Nobody was told."))
        return pages.redirect(url_for("cards.mine"))
    return pages.render("cards/part.html", other=other)
