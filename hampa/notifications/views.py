"""The page behind the bell."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, request, url_for

from hampa.notifications import actions, queries
from hampa.notifications.models import Notification
from hampa.platform.db import db
from hampa.platform.web import pages
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me

blueprint = Blueprint("notifications", __name__)


@blueprint.get("/notifications")
@signed_in
def index() -> Response:
    """What one should know, the newest first; seeing the list reads nothing."""
    found = queries.notifications_of(me(), request.args.get("after"))
    return pages.render("notifications/index.html", "notices", notices=found)


@blueprint.get("/notifications/<uuid:notification_id>")
@signed_in
def open_one(notification_id: uuid.UUID) -> Response:
    """Read it, and go on to what it is about.

    A link, so that it opens in a new tab and can stand in a mail or a push. All that this GET
    changes is the reader's own mark, and doing it again changes nothing.
    """
    notification = queries.notification_of(me(), notification_id)
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
    """Take one away; the list stays where it was."""
    actions.delete_notification(queries.notification_of(me(), notification_id))
    db.session.commit()
    return pages.redirect(url_for("notifications.index", after=request.form.get("after") or None))


def target_of(notification: Notification) -> str:
    """The page that a notification is about."""
    kind = notification.type
    if kind.startswith("run_") or kind == "organiser_message":
        return url_for("runs.show", run_id=notification.subject_id)
    if kind == "series_changed":
        return url_for("series.show", series_id=notification.subject_id)
    if kind == "home_safe":
        return url_for("safety.index")
    if kind == "export_ready":
        return url_for("account.export")
    if kind == "report_decided":
        return url_for("moderation.show", report_id=notification.subject_id)
    if kind == "email_changed":
        return url_for("profile.email")
    if kind == "contact_seen":
        return url_for("safety.contact")
    if kind in ("account_security", "phone_changed"):
        return url_for("auth.sessions")
    if kind == "interest_ended":
        return url_for("cards.index")
    return url_for("cards.show_interest", interest_id=notification.subject_id)
