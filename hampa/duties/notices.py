"""Notifications about duties: places, reminders, questions, news, and shifts that are short of people."""

from functools import partial

from hampa.duties.queries.words import DUTY, SCHEDULE
from hampa.notifications.models import CHANNELS, NotificationKind, register
from hampa.platform.locale.i18n import lazy_gettext as _l

duty_kind = partial(NotificationKind, feature="duties", topic="crews", icon="calendar")
of_booking = partial(duty_kind, endpoint="duties.booking", url_argument="booking_id", words=(DUTY,), read_on_page=False)

register(
    # `what` is booked, standby or given.
    of_booking(
        "duty_booked",
        fields=("what",),
        channels=CHANNELS,
        sms_without_push=True,
        label=_l("My duties: confirmed, cancelled, moved"),
    ),
    # `kind` is day or own.
    of_booking(
        "duty_reminder", fields=("kind",), channels=CHANNELS, sms_without_push=True, label=_l("Reminders of my duties")
    ),
    # `what` is buddy, give, swap or all; `wanted` is the booking for which one is to be swapped.
    of_booking(
        "duty_asked",
        fields=("what", "wanted"),
        names_actor=True,
        label=_l("Who asks me to take a duty, or to come along"),
    ),
    # `what` is cancelled, shift_cancelled, moved, buddy_yes, buddy_no, taken, declined, swapped, swapped_for_you,
    # stood_in or ended, or for coordinators freed.
    of_booking("duty_news", fields=("what",), setting="duty_booked"),
    # `missing` is how many people are missing at least.
    duty_kind(
        "duty_short",
        endpoint="duties.schedule",
        url_argument="schedule_id",
        fields=("begins_at", "missing"),
        words=(SCHEDULE,),
        label=_l("Shifts I coordinate that need people"),
    ),
)
