"""Notifications to people who reported something."""

from hampa.notifications.models import NotificationKind, register

register(NotificationKind("report_decided", feature="moderation", endpoint="moderation.show", url_argument="report_id"))
