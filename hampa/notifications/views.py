"""The page of notifications, behind the bell."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask.sansio.blueprints import BlueprintSetupState
from jinja2 import BaseLoader, ChoiceLoader, Environment, TemplateNotFound

from hampa.notifications import actions, queries
from hampa.notifications.models import SMS_TEMPLATES, Notification, find_kind, get_kind, notification_kinds
from hampa.platform.db import db
from hampa.platform.web import pages
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me

blueprint = Blueprint("notifications", __name__)


@blueprint.get("/notifications")
@signed_in
def index() -> Response:
    """List the notifications, the newest first; seeing the list marks none as read."""
    notices = queries.notifications_of(me(), request.args.get("after"))
    return pages.render("notifications/index.html", "notices", notices=notices)


@blueprint.get("/notifications/<uuid:notification_id>")
@signed_in
def open_one(notification_id: uuid.UUID) -> Response:
    """Mark a notification as read, and redirect to what it is about.

    It is a link, so that it opens in a new tab and can stand in a mail or a push. All that this GET
    changes is the reader's own mark, and doing it again changes nothing.
    """
    notification = queries.notification_of(me(), notification_id)
    actions.mark_read(notification)
    db.session.commit()
    return pages.redirect(address_of(notification))


@blueprint.post("/notifications/read-all")
@signed_in
def read_all() -> Response:
    """Mark all as read."""
    actions.mark_all_read(me())
    db.session.commit()
    return pages.redirect(url_for("notifications.index"))


@blueprint.post("/notifications/<uuid:notification_id>/delete")
@signed_in
def delete(notification_id: uuid.UUID) -> Response:
    """Delete one, and stay on the same page of the list."""
    actions.delete_notification(queries.notification_of(me(), notification_id))
    db.session.commit()
    return pages.redirect(url_for("notifications.index", after=request.form.get("after") or None))


def address_of(notification: Notification) -> str:
    """Return the path of the page that a notification leads to."""
    kind = get_kind(notification.type)
    values: dict[str, Any] = {kind.url_argument: notification.subject_id} if kind.url_argument else {}
    return url_for(kind.endpoint, **values)


class SmsTemplates(BaseLoader):
    """Finds the words of each kind by `NotificationKind.sms_template`, wherever their file is."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, None, None]:
        """Return a template that includes the file. Raise TemplateNotFound for other names."""
        kind = find_kind(template.removeprefix(SMS_TEMPLATES).removesuffix(".txt"))
        if kind is None or kind.sms_template != template:
            raise TemplateNotFound(template)
        return f'{{% include "{kind.sms_file}" %}}', None, None

    def list_templates(self) -> list[str]:
        """Return the names of all."""
        return [kind.sms_template for kind in notification_kinds() if "sms" in kind.channels]


@blueprint.record_once
def add_sms_templates(state: BlueprintSetupState) -> None:
    """Let messages that are sent or shown later find their words."""
    environment = state.app.jinja_env
    environment.loader = ChoiceLoader(list(filter(None, (environment.loader, SmsTemplates()))))
