"""Notifications about a run and about taking part in it."""

from functools import partial

from hampa.notifications.models import APP_AND_SMS, NotificationKind, register
from hampa.runs.queries.snapshots import SNAPSHOT_FIELDS

run_kind = partial(NotificationKind, feature="runs", endpoint="runs.show", url_argument="run_id")

register(
    # `changes` are the names of the columns that changed.
    run_kind("run_changed", fields=(*SNAPSHOT_FIELDS, "changes"), channels=APP_AND_SMS, icon="clock", tone="dawn"),
    run_kind("run_cancelled", fields=(*SNAPSHOT_FIELDS, "reason"), channels=APP_AND_SMS, icon="stop", tone="stop"),
    # To the organisers; `status` is the new status of the actor.
    run_kind("run_joined", fields=(*SNAPSHOT_FIELDS, "name", "status"), names_actor=True, channels=APP_AND_SMS),
    run_kind(
        "run_requested",
        fields=(*SNAPSHOT_FIELDS, "name", "status"),
        names_actor=True,
        channels=APP_AND_SMS,
        grouping="run_joined",
    ),
    # To participants whose pace group is gone.
    run_kind("run_group_removed", fields=SNAPSHOT_FIELDS),
    # To participants; `until` is when an offer ends, `note` a line from the organiser.
    run_kind("run_promoted", fields=SNAPSHOT_FIELDS, channels=APP_AND_SMS, icon="check", tone="mine"),
    run_kind("run_offered", fields=(*SNAPSHOT_FIELDS, "until"), channels=APP_AND_SMS, icon="waiting"),
    run_kind("run_approved", fields=(*SNAPSHOT_FIELDS, "status"), channels=APP_AND_SMS, icon="check"),
    run_kind("run_declined", fields=SNAPSHOT_FIELDS),
    run_kind("run_set", fields=(*SNAPSHOT_FIELDS, "status", "note"), channels=APP_AND_SMS),
)
