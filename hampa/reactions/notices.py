"""Notifications about likes and comments."""

from functools import partial

from hampa.notifications.models import NotificationKind, register
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.reactions.queries import ENTRY_COMMENT

of_entry = partial(
    NotificationKind,
    feature="reactions",
    endpoint="reactions.entry",
    url_argument="entry_id",
    names_actor=True,
    topic="people",
    grouped_by=(),
)

register(
    of_entry("entry_liked", label=_l("Who likes what I did")),
    # `comment` is the id of the comment.
    of_entry("entry_commented", fields=("comment",), words=(ENTRY_COMMENT,), label=_l("Who comments on what I did")),
)
