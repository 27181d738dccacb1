"""Notifications about close-outs: that one waits, and thanks to who came."""

from hampa.closeouts.queries.words import OCCASION
from hampa.notifications.models import NotificationKind, register
from hampa.platform.locale.i18n import lazy_gettext as _l

register(
    # `what` is asked or again.
    NotificationKind(
        "duty_closeout",
        feature="closeouts",
        endpoint="closeouts.show",
        url_argument="closeout_id",
        fields=("what",),
        words=(OCCASION,),
        topic="crews",
        icon="check",
        label=_l("Days of duties that I close out"),
    ),
    NotificationKind(
        "duty_thanks",
        feature="closeouts",
        bulk=True,
        endpoint="duties.mine",
        names_actor=True,
        words=(OCCASION,),
        topic="crews",
        label=_l("Thanks for my duties"),
        read_on_page=False,
    ),
)
