"""Notifications about watches and about looks at emergency contacts."""

from hampa.notifications.models import NotificationKind, register
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.runs.queries.snapshots import RUN, SNAPSHOT_FIELDS
from hampa.safety.queries import CONTACT

register(
    # `what` is nudge, ask or told. The SMS are sent by `safety.actions`.
    NotificationKind(
        "home_safe",
        feature="safety",
        endpoint="safety.index",
        fields=("what", "expected_at", "zone"),
        words=(CONTACT,),
        always=("app", "push", "sms"),
        passes_quiet="always",
        label=_l("Home safe"),
    ),
    NotificationKind(
        "contact_seen",
        feature="safety",
        endpoint="safety.contact",
        fields=SNAPSHOT_FIELDS,
        words=(RUN,),
        names_actor=True,
        defaults=(),
        always=("app",),
        setting="phones_seen",
    ),
)
