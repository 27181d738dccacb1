"""Pages of blocks."""

import uuid

from flask import Blueprint, Response, flash, request, url_for

from hampa.blocks.actions import block as block_person
from hampa.people import queries
from hampa.people.actions import unblock
from hampa.platform.db import db
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me

blueprint = Blueprint("blocks", __name__)


@blueprint.get("/people/<uuid:person_id>/block")
@signed_in
def ask(person_id: uuid.UUID) -> Response:
    """Explain what a block does, and ask for confirmation."""
    other = queries.blockable_person(me(), person_id)
    return pages.render("blocks/ask.html", other=other, blocked=queries.has_blocked(me(), other.id))


@blueprint.post("/people/<uuid:person_id>/block")
@signed_in
def block(person_id: uuid.UUID) -> Response:
    """Block a person."""
    block_person(me(), person_id)
    db.session.commit()
    flash(_("Done. You no longer see each other."))
    return pages.redirect(url_for("blocks.index"))


@blueprint.get("/me/blocks")
@signed_in
def index() -> Response:
    """List the people whom the person blocked."""
    page = queries.blocked_by(me(), request.args.get("after"))
    return pages.render("blocks/index.html", "rows", blocked=page)


@blueprint.post("/me/blocks/<uuid:person_id>/end")
@signed_in
def end(person_id: uuid.UUID) -> Response:
    """Unblock a person."""
    unblock(me(), person_id)
    db.session.commit()
    flash(_("Unblocked. You can see each other again."))
    return pages.redirect(url_for("blocks.index"))
