"""Notifications that ask newcomers how it has been, and that tell admins of an answer."""

from functools import partial

from hampa.crews.queries.names import CREW
from hampa.notifications.models import NotificationKind, register
from hampa.platform.locale.i18n import lazy_gettext as _l

newcomer_kind = partial(
    NotificationKind, feature="newcomers", url_argument="crew_id", words=(CREW,), topic="crews", icon="people"
)

register(
    newcomer_kind("newcomer_question", endpoint="newcomers.ask", label=_l("How it has been, two weeks after I joined")),
    newcomer_kind(
        "newcomer_answer",
        endpoint="newcomers.answers",
        names_actor=True,
        label=_l("What newcomers say in a crew that I look after"),
    ),
)
