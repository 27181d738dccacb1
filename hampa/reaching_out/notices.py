"""The notification that an organiser saw that one might like to be asked."""

from hampa.crews.queries.names import CREW
from hampa.notifications.models import NotificationKind, register
from hampa.platform.locale.i18n import lazy_gettext as _l

register(
    NotificationKind(
        "drift_seen",
        feature="reaching_out",
        endpoint="checkin_reminders.choices",
        url_argument="crew_id",
        words=(CREW,),
        topic="crews",
        always=("app",),
        icon="hidden",
        label=_l("Who saw that I might like to be asked how I am"),
    )
)
