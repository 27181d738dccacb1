"""Notifications about changes of a run."""

from functools import partial

from hampa.notifications.models import CHANNELS, WITHOUT_SMS, NotificationKind, register
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.runs.queries.snapshots import RUN, SNAPSHOT_FIELDS

run_kind = partial(
    NotificationKind,
    feature="plans",
    endpoint="runs.show",
    url_argument="run_id",
    fields=SNAPSHOT_FIELDS,
    words=(RUN,),
    channels=CHANNELS,
    defaults=("push", "sms"),
    always=("app",),
    passes_quiet="soon",
    mute_as="run",
    topic="going",
)

register(
    # `changes` are the names of the columns that changed.
    run_kind(
        "run_changed",
        fields=(*SNAPSHOT_FIELDS, "changes"),
        passes_mute=lambda data: "starts_local" in data["changes"],
        label=_l("It changes or is cancelled"),
        icon="clock",
        tone="dawn",
    ),
    run_kind("run_cancelled", passes_mute=lambda _data: True, setting="run_changed", icon="stop", tone="stop"),
    # To participants whose pace group is gone.
    run_kind("run_group_removed", channels=WITHOUT_SMS, defaults=("push",), setting="run_changed"),
)
