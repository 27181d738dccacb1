"""Notifications about messages of organisers."""

from hampa.announcements.queries import MESSAGE
from hampa.notifications.models import CHANNELS, NotificationKind, register
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.runs.queries.snapshots import RUN, SNAPSHOT_FIELDS

register(
    # `message` is its id. Readers from whom the organiser is hidden get it without an actor.
    NotificationKind(
        "organiser_message",
        feature="announcements",
        bulk=True,
        endpoint="runs.show",
        url_argument="run_id",
        names_actor=True,
        channels=CHANNELS,
        # By SMS only if the organiser chose that for the message.
        defaults=("push", "sms"),
        passes_quiet="soon",
        mute_as="run",
        topic="going",
        label=_l("Messages of organisers"),
        fields=(*SNAPSHOT_FIELDS, "message"),
        words=(RUN, MESSAGE),
        goes_unsigned=True,
        says_how_to_stop=False,
        anchor="messages",
    )
)
