"""Notifications to participants about what organisers do."""

from functools import partial

from hampa.notifications.models import CHANNELS, NotificationKind, register
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.roster.queries.roster import NOTE
from hampa.runs.queries.snapshots import RUN, SNAPSHOT_FIELDS

run_kind = partial(
    NotificationKind, feature="roster", endpoint="runs.show", url_argument="run_id", words=(RUN,), topic="going"
)

register(
    # To participants whose number an organiser saw around the run.
    run_kind(
        "phones_seen",
        fields=SNAPSHOT_FIELDS,
        names_actor=True,
        defaults=(),
        always=("app",),
        topic="account",
        label=_l("Who looked at your number or your emergency contact"),
    ),
    run_kind(
        "run_approved",
        fields=(*SNAPSHOT_FIELDS, "status"),
        channels=CHANNELS,
        defaults=("push", "sms"),
        passes_quiet="soon",
        label=_l("An organiser answers you"),
        icon="check",
    ),
    run_kind("run_declined", fields=SNAPSHOT_FIELDS, passes_quiet="soon", setting="run_approved"),
    # `participation` is the id of the one that an organiser changed.
    run_kind(
        "run_set",
        fields=(*SNAPSHOT_FIELDS, "status", "participation"),
        words=(RUN, NOTE),
        channels=CHANNELS,
        defaults=("push", "sms"),
        passes_quiet="soon",
        setting="run_approved",
    ),
)
