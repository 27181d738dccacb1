"""Notifications to and about the leaders of pace groups."""

from functools import partial

from hampa.leading.queries import GROUP
from hampa.notifications.models import NotificationKind, register
from hampa.runs.queries.snapshots import RUN, SNAPSHOT_FIELDS

lead_kind = partial(
    NotificationKind,
    feature="leading",
    url_argument="run_id",
    words=(RUN, GROUP),
    names_actor=True,
    topic="organising",
    setting="run_invited",
)

register(
    # `of` is the pace group that somebody is asked to lead; `what` is accepted, declined or stopped.
    lead_kind("run_lead_asked", endpoint="leading.lead", fields=(*SNAPSHOT_FIELDS, "of")),
    lead_kind("run_lead_answered", endpoint="runs.show", fields=(*SNAPSHOT_FIELDS, "of", "what")),
)
