"""The page of notifications, behind the bell icon."""

import uuid
from datetime import datetime
from functools import cache
from typing import Any

from flask import Response, request, url_for
from flask.sansio.blueprints import BlueprintSetupState
from jinja2 import ChoiceLoader, DictLoader

from hampa.notifications.actions import reading as actions
from hampa.notifications.models import TEXT_INCLUDES, Notification, NotificationKind, get_kind, notification_kinds
from hampa.notifications.queries import listing as queries
from hampa.notifications.views.blueprint import blueprint
from hampa.platform.db import db
from hampa.platform.web import pages
from hampa.platform.web.csrf import SAFE_METHODS
from hampa.platform.web.hooks import for_pages
from hampa.platform.web.paging import decode
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me

_current_request = request._get_current_object  # type: ignore[attr-defined]


@blueprint.before_app_request
@for_pages
def read_on_opening() -> None:
    """Mark as read what leads to the page that its reader opens, if anything is unread.

    The number of unread notifications is what the page's bell shows, so that a reader of everything costs no statement.
    """
    asked = _current_request()
    kinds = _kinds_read_on(asked.endpoint)
    if not kinds or asked.method != "GET" or (person := me()) is None or not unread_count():
        return
    argument = kinds[0].url_argument
    subject_id = (asked.view_args or {})[argument] if argument else None
    if actions.read_kinds(person, tuple(kind.name for kind in kinds), subject_id):
        db.session.commit()
        person.unread_count = None


@cache
def _kinds_read_on(endpoint: str | None) -> tuple[NotificationKind, ...]:
    return tuple(kind for kind in notification_kinds() if kind.read_on_page and kind.endpoint == endpoint)


def unread_count() -> int:
    """Return the number of unread notifications of the person who is signed in, as it was read with their session.

    It is counted again in a request that may have changed it.
    """
    person = me()
    if person is None:
        return 0
    person.know_counts()
    if person.unread_count is None or _current_request().method not in SAFE_METHODS:
        person.unread_count = queries.unread_count(person)
    return int(person.unread_count)


@blueprint.get("/notifications")
@signed_in
def index() -> Response:
    """List the notifications, the newest first; seeing the list marks none as read."""
    notices = queries.notifications_of(me(), request.args.get("after"))
    return pages.render("notifications/index.html", "notices", notices=notices)


@blueprint.get("/notifications/<uuid:notification_id>")
@signed_in
def open_notification(notification_id: uuid.UUID) -> Response:
    """Mark a notification as read, and redirect to what it is about.

    A GET, so that it works in a new tab, a mail or a push; it changes nothing but the reader's mark.
    """
    notification = queries.notification_of(me(), notification_id)
    actions.mark_read(notification)
    db.session.commit()
    return pages.redirect(address_of(notification))


@blueprint.post("/notifications/read-all")
@signed_in
def read_all() -> Response:
    """Mark all notifications as read."""
    actions.mark_all_read(me())
    db.session.commit()
    return pages.redirect(url_for("notifications.index"))


@blueprint.post("/notifications/<uuid:notification_id>/delete")
@signed_in
def delete(notification_id: uuid.UUID) -> Response:
    """Delete a notification, and stay on the same page of the list."""
    actions.delete_notification(queries.notification_of(me(), notification_id))
    db.session.commit()
    after = request.form.get("after", "")
    return pages.redirect(url_for("notifications.index", after=after if decode(after, datetime, uuid.UUID) else None))


def address_of(notification: Notification) -> str:
    """Return the path of the page that a notification leads to."""
    kind = get_kind(notification.type)
    values: dict[str, Any] = {kind.url_argument: notification.subject_id} if kind.url_argument else {}
    return url_for(kind.endpoint, **values, _anchor=kind.anchor)


@blueprint.record_once
def add_message_templates(state: BlueprintSetupState) -> None:
    """Add the templates of SMS and mails of kinds to the app, by the names that stored messages have."""
    environment = state.app.jinja_env
    environment.loader = ChoiceLoader(list(filter(None, (environment.loader, DictLoader(TEXT_INCLUDES)))))
