"""Notifications of people who are asked along to a run."""

from hampa.notifications.models import NotificationKind, register
from hampa.runs.queries.snapshots import RUN, SNAPSHOT_FIELDS

register(
    NotificationKind(
        "run_invite",
        feature="invites",
        endpoint="invites.answer",
        url_argument="run_id",
        fields=SNAPSHOT_FIELDS,
        words=(RUN,),
        names_actor=True,
        setting="run_for_two",
        icon="runs",
        tone="mine",
    )
)
