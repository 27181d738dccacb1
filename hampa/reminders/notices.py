"""Notifications that remind of a run."""

from hampa.notifications.models import CHANNELS, NotificationKind, register
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.runs.queries.snapshots import RUN, SNAPSHOT_FIELDS

register(
    # `kind` is evening or soon.
    NotificationKind(
        "run_reminder",
        feature="reminders",
        endpoint="runs.show",
        url_argument="run_id",
        words=(RUN,),
        channels=CHANNELS,
        sms_without_push=True,
        mute_as="run",
        topic="going",
        label=_l("Reminders before the start"),
        switch="reminders",
        fields=(*SNAPSHOT_FIELDS, "kind"),
    )
)
