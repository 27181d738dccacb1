"""Notifications that ask for a check-in."""

from functools import partial

from hampa.crews.queries.names import CREW
from hampa.notifications.models import NotificationKind, register
from hampa.platform.locale.i18n import lazy_gettext as _l

check_in_kind = partial(
    NotificationKind,
    feature="checkin_reminders",
    endpoint="checkins.ask",
    url_argument="crew_id",
    words=(CREW,),
    topic="crews",
    icon="clock",
)

register(
    # `day` counts the days of the period that are over.
    check_in_kind(
        "check_in_open",
        fields=("period_from", "day"),
        grouped_by=("period_from",),
        label=_l("Reminders of my check-ins"),
    ),
    check_in_kind("check_in_nudge", names_actor=True, setting="check_in_open"),
)
