"""Notifications to participants about what organisers do."""

from functools import partial

from hampa.notifications.models import APP_AND_SMS, NotificationKind, register
from hampa.roster.queries.roster import NOTE
from hampa.runs.queries.snapshots import RUN, SNAPSHOT_FIELDS

run_kind = partial(NotificationKind, feature="roster", endpoint="runs.show", url_argument="run_id", words=(RUN,))

register(
    # To participants whose number an organiser saw around the run.
    run_kind("phones_seen", fields=SNAPSHOT_FIELDS, names_actor=True),
    run_kind("run_approved", fields=(*SNAPSHOT_FIELDS, "status"), channels=APP_AND_SMS, icon="check"),
    run_kind("run_declined", fields=SNAPSHOT_FIELDS),
    # `participation` is the id of the one that an organiser changed.
    run_kind("run_set", fields=(*SNAPSHOT_FIELDS, "status", "participation"), words=(RUN, NOTE), channels=APP_AND_SMS),
)
