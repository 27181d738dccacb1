"""The page behind the bell."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, flash, request, url_for

from hampa.notifications import actions, queries
from hampa.notifications.models import Notification
from hampa.platform.db import db
from hampa.platform.i18n import gettext as _
from hampa.platform.web import pages
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me

blueprint = Blueprint("notifications", __name__)


@blueprint.get("/notifications")
@signed_in
def index() -> Response:
    """What one was told, the newest first; looking at the list reads nothing."""
    found = queries.of_person(me(), request.args.get("after"))
    return pages.render("notifications/list.html", "notices", notices=found)


@blueprint.get("/notifications/<uuid:notification_id>")
@signed_in
def open_one(notification_id: uuid.UUID) -> Response:
    """Read it, and go to what it is about.

    A link, since it is one on the page, in a mail and in a push; all that it changes is one's own mark,
    and doing it twice is doing it once.
    """
    notification = queries.notification_for(me(), notification_id)
    actions.mark_read(notification)
    db.session.commit()
    return pages.redirect(target_of(notification))


@blueprint.post("/notifications/read-all")
@signed_in
def read_all() -> Response:
    """Nothing is new any more."""
    actions.mark_all_read(me())
    db.session.commit()
    return pages.redirect(url_for("notifications.index"))


@blueprint.post("/notifications/<uuid:notification_id>/delete")
@signed_in
def delete(notification_id: uuid.UUID) -> Response:
    """One's own notice is not wanted any more."""
    actions.delete_notification(queries.notification_for(me(), notification_id))
    db.session.commit()
    flash(_("Deleted."))
    return pages.redirect(url_for("notifications.index"))


def target_of(notification: Notification) -> str:
    """The page that a notification is about."""
    kind = notification.type
    if kind.startswith("run_"):
        return url_for("runs.show", run_id=notification.subject_id)
    if kind == "account_security":
        return url_for("auth.sessions")
    if kind == "interest_ended":
        return url_for("cards.index")
    return url_for("cards.show_interest", interest_id=notification.subject_id)
