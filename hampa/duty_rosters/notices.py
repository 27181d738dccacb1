"""The notification about a roster."""

from hampa.duty_rosters.queries.words import ROSTER
from hampa.notifications.models import CHANNELS, NotificationKind, register

register(
    # `what` is published or redrafted; `day` is that of the roster.
    NotificationKind(
        "duty_roster",
        feature="duty_rosters",
        endpoint="duty_rosters.roster_named",
        url_argument="roster_id",
        fields=("what", "day"),
        words=(ROSTER,),
        channels=CHANNELS,
        sms_without_push=True,
        topic="crews",
        icon="calendar",
        setting="duty_booked",
        read_on_page=False,
    )
)
