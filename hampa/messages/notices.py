"""Notifications about messages."""

from hampa.messages.queries.thread import MESSAGE
from hampa.notifications.models import NotificationKind, register
from hampa.platform.locale.i18n import lazy_gettext as _l

register(
    # `message` is the id of the first message that the person has not read.
    NotificationKind(
        "message_received",
        feature="messages",
        endpoint="messages.show",
        url_argument="conversation_id",
        names_actor=True,
        fields=("message",),
        words=(MESSAGE,),
        read_on_page=False,  # the conversation itself does, when it has something new
        topic="people",
        label=_l("Messages"),
        icon="messages",
        tone="mine",
    )
)
