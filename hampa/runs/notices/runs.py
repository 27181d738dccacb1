"""Notifications about a run itself: its changes, its start and its organisers."""

from __future__ import annotations

from functools import partial

from hampa.notifications.models import APP_AND_SMS, NotificationKind, register
from hampa.runs.actions.snapshots import SNAPSHOT_FIELDS

run_kind = partial(NotificationKind, feature="runs", endpoint="runs.show", url_argument="run_id")

register(
    # `changes` are the names of the columns that changed.
    run_kind("run_changed", fields=(*SNAPSHOT_FIELDS, "changes"), channels=APP_AND_SMS, icon="clock", tone="dawn"),
    run_kind("run_cancelled", fields=(*SNAPSHOT_FIELDS, "reason"), channels=APP_AND_SMS, icon="stop", tone="stop"),
    # `what` is added or stepped_down.
    run_kind("run_organiser", fields=(*SNAPSHOT_FIELDS, "name", "what"), names_actor=True),
)
