"""Notifications about incidents."""

from functools import partial

from hampa.incidents.queries.alerts import PLACE
from hampa.notifications.models import NotificationKind, register
from hampa.platform.locale.i18n import lazy_gettext as _l

incident_kind = partial(
    NotificationKind, feature="incidents", endpoint="incidents.show", url_argument="incident_id", icon="alert"
)

register(
    # `step` is how often it was told before. From 2 on, all operators hear of it.
    incident_kind(
        "incident_alert",
        fields=("step", "category", "incident"),
        words=(PLACE,),
        channels=("app", "push", "sms"),
        always=("app", "push", "sms"),
        passes_quiet="always",
        says_how_to_stop=False,
        tone="stop",
        label=_l("An incident at a run or in a crew that I look after"),
    ),
    incident_kind(
        "incident_taken",
        names_actor=True,
        always=("app",),
        passes_quiet="always",
        setting="incident_alert",
        tone="mine",
    ),
    incident_kind("incident_added", names_actor=True, label=_l("What is added to a report of mine")),
    incident_kind(
        "incident_looked",
        endpoint="safety.contact",
        url_argument=None,
        names_actor=True,
        defaults=(),
        always=("app",),
        setting="phones_seen",
    ),
    incident_kind(
        "incident_review",
        endpoint="incidents.review",
        url_argument=None,
        fields=("day",),
        defaults=("push", "mail"),
        label=_l("The week's reports, to review them"),
    ),
)
