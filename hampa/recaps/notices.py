"""Notifications after a run."""

from functools import partial

from hampa.notifications.models import NotificationKind, register
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.recaps.queries import THANKS
from hampa.runs.queries.snapshots import RUN, SNAPSHOT_FIELDS

recap_kind = partial(
    NotificationKind,
    feature="recaps",
    endpoint="runs.show",
    url_argument="run_id",
    fields=SNAPSHOT_FIELDS,
    anchor="recap",
    defaults=(),
    mute_as="run",
)

register(
    # To people who came, after the end; to the organisers, once a day, of all who thanked them.
    recap_kind(
        "run_recap",
        words=(RUN,),
        topic="going",
        label=_l("How was it? – afterwards, once a day at most"),
        switch="recap_notices",
        icon="runs",
        tone="dawn",
    ),
    recap_kind(
        "run_thanked",
        words=(RUN, THANKS),
        topic="organising",
        label=_l("Thanks after a run"),
        icon="check",
        tone="mine",
    ),
)
