"""Notifications to people who get a place."""

from functools import partial

from hampa.notifications.models import CHANNELS, MutableSubject, NotificationKind, register, register_mutable
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.runs.queries.runs import series_of, titles_of
from hampa.runs.queries.snapshots import RUN, SNAPSHOT_FIELDS

run_kind = partial(
    NotificationKind,
    feature="runs",
    endpoint="runs.show",
    url_argument="run_id",
    words=(RUN,),
    channels=CHANNELS,
    defaults=("push", "sms"),
    always=("app",),
    passes_quiet="soon",
    topic="going",
)

register(
    run_kind("run_promoted", fields=SNAPSHOT_FIELDS, label=_l("A place is free for you"), icon="check", tone="mine"),
    # `until` is when the offer ends.
    run_kind("run_offered", fields=(*SNAPSHOT_FIELDS, "until"), setting="run_promoted", icon="waiting"),
)

register_mutable(MutableSubject("run", titles_of, "runs.show", "run_id", part_of=series_of))
