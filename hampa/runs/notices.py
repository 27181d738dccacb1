"""Notifications to people who get a place."""

from functools import partial

from hampa.notifications.models import APP_AND_SMS, NotificationKind, register
from hampa.runs.queries.snapshots import RUN, SNAPSHOT_FIELDS

run_kind = partial(
    NotificationKind, feature="runs", endpoint="runs.show", url_argument="run_id", words=(RUN,), channels=APP_AND_SMS
)

register(
    run_kind("run_promoted", fields=SNAPSHOT_FIELDS, icon="check", tone="mine"),
    # `until` is when the offer ends.
    run_kind("run_offered", fields=(*SNAPSHOT_FIELDS, "until"), icon="waiting"),
)
