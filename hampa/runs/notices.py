"""Notifications about a run and about taking part in it."""

from datetime import timedelta
from functools import partial

from hampa.notifications.models import APP_AND_SMS, NotificationKind, register
from hampa.runs.queries.snapshots import JOINED, RUN, SNAPSHOT_FIELDS

GATHERED_FOR = timedelta(hours=1)
"""How long SMS about people who join a run are gathered after the last one."""

run_kind = partial(NotificationKind, feature="runs", endpoint="runs.show", url_argument="run_id", words=(RUN,))
joining_kind = partial(
    run_kind,
    fields=(*SNAPSHOT_FIELDS, "status"),
    words=(RUN, JOINED),
    names_actor=True,
    channels=APP_AND_SMS,
    gathered_for=GATHERED_FOR,
)

register(
    # To the organisers; `status` is the new status of the actor.
    joining_kind("run_joined"),
    joining_kind("run_requested", grouping="run_joined"),
    # To participants; `until` is when an offer ends.
    run_kind("run_promoted", fields=SNAPSHOT_FIELDS, channels=APP_AND_SMS, icon="check", tone="mine"),
    run_kind("run_offered", fields=(*SNAPSHOT_FIELDS, "until"), channels=APP_AND_SMS, icon="waiting"),
)
