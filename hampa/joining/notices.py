"""Notifications to organisers about people who join."""

from datetime import timedelta
from functools import partial

from hampa.joining.queries.words import JOINED
from hampa.notifications.models import CHANNELS, NotificationKind, register
from hampa.platform.locale.i18n import lazy_gettext as _l
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
    channels=CHANNELS,
    gathered_for=GATHERED_FOR,
    mute_as="run",
    grouped_by=("status",),
    topic="organising",
)

register(
    # `status` is the new status of the actor.
    joining_kind("run_joined", label=_l("Somebody joins or wants to")),
    joining_kind("run_requested", grouping="run_joined", setting="run_joined"),
)
