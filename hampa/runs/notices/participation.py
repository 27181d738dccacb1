"""Notifications about taking part in a run."""

from __future__ import annotations

from functools import partial

from hampa.notifications.models import APP_AND_SMS, NotificationKind, register
from hampa.runs.actions.snapshots import SNAPSHOT_FIELDS

run_kind = partial(NotificationKind, feature="runs", endpoint="runs.show", url_argument="run_id")

register(
    # To the organisers; `status` is what the actor became.
    run_kind("run_joined", fields=(*SNAPSHOT_FIELDS, "name", "status"), names_actor=True, channels=APP_AND_SMS),
    run_kind(
        "run_requested",
        fields=(*SNAPSHOT_FIELDS, "name", "status"),
        names_actor=True,
        channels=APP_AND_SMS,
        grouping="run_joined",
    ),
    # To those who take part; `until` is when an offer ends, `note` the organiser's line to the person.
    run_kind("run_promoted", fields=SNAPSHOT_FIELDS, channels=APP_AND_SMS, icon="check", tone="mine"),
    run_kind("run_offered", fields=(*SNAPSHOT_FIELDS, "until"), channels=APP_AND_SMS, icon="waiting"),
    run_kind("run_approved", fields=(*SNAPSHOT_FIELDS, "status"), channels=APP_AND_SMS, icon="check"),
    run_kind("run_declined", fields=SNAPSHOT_FIELDS),
    run_kind("run_set", fields=(*SNAPSHOT_FIELDS, "status", "note"), channels=APP_AND_SMS),
)
