"""Notifications about training: timers that were forgotten."""

from hampa.notifications.models import NotificationKind, register
from hampa.platform.locale.i18n import lazy_gettext as _l

register(
    # `what` is still_running or stopped; `activity` is the id of what was written down then.
    NotificationKind(
        "timer_forgotten",
        feature="training",
        endpoint="training.overview",
        anchor="timer",
        fields=("what", "started_at", "activity"),
        topic="account",
        label=_l("A timer of mine that I may have forgotten"),
        icon="clock",
    )
)
