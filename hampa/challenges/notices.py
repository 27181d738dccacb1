"""Notifications about challenges: a new one in a crew, and the result."""

from functools import partial

from hampa.challenges.queries.words import CHALLENGE, RESULT
from hampa.notifications.models import NotificationKind, register
from hampa.platform.locale.i18n import lazy_gettext as _l

challenge_kind = partial(
    NotificationKind,
    feature="challenges",
    endpoint="challenges.challenge",
    url_argument="challenge_id",
    topic="crews",
    icon="people",
)

register(
    challenge_kind("challenge_new", words=(CHALLENGE,), names_actor=True, label=_l("New challenges in my crews")),
    challenge_kind("challenge_over", words=(RESULT,), label=_l("How challenges of mine ended")),
)
