"""Notifications about badges that one earned, and one that was taken."""

from functools import partial

from hampa.badges.queries.words import BADGE
from hampa.notifications.models import NotificationKind, register
from hampa.platform.locale.i18n import lazy_gettext as _l

badge_kind = partial(
    NotificationKind,
    feature="badges",
    endpoint="badges.badge",
    url_argument="badge_id",
    words=(BADGE,),
    topic="account",
    icon="check",
)

register(
    # `more` is how many further badges were earned at once.
    badge_kind("badge_earned", fields=("more",), label=_l("Badges that I earn"), tone="dawn"),
    badge_kind("badge_taken", setting="badge_earned"),
)
