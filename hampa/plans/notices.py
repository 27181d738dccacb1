"""Notifications about changes of a run."""

from functools import partial

from hampa.notifications.models import APP_AND_SMS, NotificationKind, register
from hampa.runs.queries.snapshots import RUN, SNAPSHOT_FIELDS

run_kind = partial(
    NotificationKind, feature="plans", endpoint="runs.show", url_argument="run_id", fields=SNAPSHOT_FIELDS, words=(RUN,)
)

register(
    # `changes` are the names of the columns that changed.
    run_kind("run_changed", fields=(*SNAPSHOT_FIELDS, "changes"), channels=APP_AND_SMS, icon="clock", tone="dawn"),
    run_kind("run_cancelled", channels=APP_AND_SMS, icon="stop", tone="stop"),
    # To participants whose pace group is gone.
    run_kind("run_group_removed"),
)
