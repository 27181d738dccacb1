"""Notifications to organisers about people who join."""

from datetime import timedelta
from functools import partial

from hampa.joining.queries.words import JOINED
from hampa.notifications.models import APP_AND_SMS, NotificationKind, register
from hampa.runs.queries.snapshots import RUN, SNAPSHOT_FIELDS

GATHERED_FOR = timedelta(hours=1)
"""How long SMS about people who join a run are gathered after the last one."""

joining_kind = partial(
    NotificationKind,
    feature="joining",
    endpoint="runs.show",
    url_argument="run_id",
    fields=(*SNAPSHOT_FIELDS, "status"),
    words=(RUN, JOINED),
    names_actor=True,
    channels=APP_AND_SMS,
    gathered_for=GATHERED_FOR,
)

register(
    # `status` is the new status of the actor.
    joining_kind("run_joined"),
    joining_kind("run_requested", grouping="run_joined"),
)
