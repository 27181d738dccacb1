"""The notification that a crew invites somebody who has an account, and numbers that get no invitations by SMS."""

from hampa.crew_invitations.queries import INVITING_CREW, stopped_invitations
from hampa.notifications.models import NotificationKind, register
from hampa.outbox.models import refuse_with
from hampa.platform.locale.i18n import lazy_gettext as _l

refuse_with(stopped_invitations)

register(
    NotificationKind(
        "crew_invitation",
        feature="crew_invitations",
        topic="crews",
        icon="people",
        endpoint="crew_invitations.invited",
        url_argument="number_invitation_id",
        words=(INVITING_CREW,),
        names_actor=True,
        label=_l("Invitations into crews"),
    )
)
