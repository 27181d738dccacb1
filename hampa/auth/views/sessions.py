"""Pages of the person's sessions."""

import uuid

from flask import Response, flash, request, url_for

from hampa.auth import queries
from hampa.auth.actions import sessions
from hampa.auth.views.blueprint import blueprint
from hampa.platform.db import db
from hampa.platform.locale.i18n import gettext as _, ngettext
from hampa.platform.web import pages, session
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me


@blueprint.get("/me/sessions", endpoint="sessions")
@signed_in
def list_sessions() -> Response:
    """List the person's sessions."""
    page = queries.sessions_of(me(), request.args.get("after"))
    return pages.render("auth/sessions.html", "list", sessions=page, current=me().session_id)


@blueprint.post("/me/sessions/<uuid:session_id>/end")
@signed_in
def end_session(session_id: uuid.UUID) -> Response:
    """End one session, which may be the present one."""
    person = me()
    sessions.end_session(queries.session_of(person, session_id))
    db.session.commit()
    if session_id == person.session_id:
        session.leave()
        return pages.redirect("/")
    flash(_("Signed out there."))
    return pages.redirect(url_for("auth.sessions"))


@blueprint.post("/me/sessions/end-others")
@signed_in
def end_other_sessions() -> Response:
    """End all sessions but the present one."""
    ended = sessions.end_sessions(me(), but=me().session_id)
    db.session.commit()
    flash(ngettext("Signed out in %(num)d other place.", "Signed out in %(num)d other places.", ended))
    return pages.redirect(url_for("auth.sessions"))
