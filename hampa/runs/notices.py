"""Notifications about a run and about taking part in it."""

from datetime import timedelta
from functools import partial

from hampa.notifications.models import APP_AND_SMS, NotificationKind, register
from hampa.runs.queries.snapshots import JOINED, NOTE, RUN, SNAPSHOT_FIELDS

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
    # To participants whose number an organiser saw around the run.
    run_kind("phones_seen", fields=SNAPSHOT_FIELDS, names_actor=True),
    # To participants; `until` is when an offer ends, `participation` the id of one that an organiser changed.
    run_kind("run_promoted", fields=SNAPSHOT_FIELDS, channels=APP_AND_SMS, icon="check", tone="mine"),
    run_kind("run_offered", fields=(*SNAPSHOT_FIELDS, "until"), channels=APP_AND_SMS, icon="waiting"),
    run_kind("run_approved", fields=(*SNAPSHOT_FIELDS, "status"), channels=APP_AND_SMS, icon="check"),
    run_kind("run_declined", fields=SNAPSHOT_FIELDS),
    run_kind("run_set", fields=(*SNAPSHOT_FIELDS, "status", "participation"), words=(RUN, NOTE), channels=APP_AND_SMS),
)
