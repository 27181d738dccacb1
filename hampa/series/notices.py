"""Notifications about several runs of a series."""

from hampa.notifications.models import CHANNELS, MutableSubject, NotificationKind, register, register_mutable
from hampa.runs.queries.snapshots import FIRST_RUN, SNAPSHOT_FIELDS
from hampa.series.queries import titles_of

register(
    # `runs` is how many runs changed or were `cancelled`; `run` is the id of the first of them.
    NotificationKind(
        "series_changed",
        feature="series",
        endpoint="series.show",
        url_argument="series_id",
        channels=CHANNELS,
        defaults=("push", "sms"),
        always=("app",),
        passes_quiet="soon",
        passes_mute=lambda data: data["cancelled"] or "starts_local" in data["changes"],
        mute_as="series",
        topic="going",
        setting="run_changed",
        icon="calendar",
        fields=(*SNAPSHOT_FIELDS, "run", "changes", "runs", "cancelled"),
        words=(FIRST_RUN,),
    )
)

register_mutable(MutableSubject("series", titles_of, "series.show", "series_id"))
