"""Notifications of coaching: invitations, agreements and further coaches."""

from functools import partial

from hampa.coaching.queries.invitations import ATHLETE, INVITATION, stopped_invitations
from hampa.notifications.models import NotificationKind, register
from hampa.outbox.models import refuse_with
from hampa.platform.locale.i18n import lazy_gettext as _l

refuse_with(stopped_invitations)

of_coaching = partial(NotificationKind, feature="coaching", topic="people", names_actor=True)

register(
    of_coaching(
        "coaching_invitation",
        endpoint="coaching.own_coaches",
        words=(INVITATION,),
        label=_l("Who would like to coach me"),
    ),
    of_coaching("coach_asks", endpoint="coaching.own_coaches", label=_l("A further coach who asks me")),
    of_coaching("coach_added", endpoint="coaching.roster", words=(ATHLETE,), label=_l("Athletes whom I may coach too")),
    of_coaching("coaching_agreed", endpoint="coaching.roster", words=(ATHLETE,), label=_l("Athletes who agree")),
)
