"""Notifications about the owner of a run."""

from __future__ import annotations

from hampa.notifications.models import NotificationKind, register
from hampa.runs.actions.snapshots import SNAPSHOT_FIELDS

register(
    # `what` is received or given; `series` says whether the whole series was handed over.
    NotificationKind(
        "run_handed_over",
        feature="organising",
        endpoint="runs.show",
        url_argument="run_id",
        fields=(*SNAPSHOT_FIELDS, "name", "what"),
        names_actor=True,
    )
)
