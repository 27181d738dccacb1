"""Notifications of new runs: of what people follow, one a day, and of their crews."""

from functools import partial

from hampa.follows.queries import CREW_OF_RUN, SEVERAL_RUNS
from hampa.notifications.models import NotificationKind, register
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.runs.queries.snapshots import RUN, SNAPSHOT_FIELDS

# `runs` are the ids of the new runs; `what` is whether the first is a run, the first of a series, or a further date of
# a followed series.
new_run_kind = partial(
    NotificationKind,
    feature="follows",
    fields=(*SNAPSHOT_FIELDS, "runs", "what"),
    grouping="new_runs",
    icon="runs",
    topic="following",
    switch="new_run_notices",
)

register(
    new_run_kind(
        "new_run",
        endpoint="runs.show",
        url_argument="run_id",
        words=(RUN,),
        names_actor=True,
        label=_l("New runs, once a day at most"),
    ),
    # `what` is whether it is a run, or the first of a series.
    NotificationKind(
        "crew_run",
        feature="follows",
        endpoint="runs.show",
        url_argument="run_id",
        fields=(*SNAPSHOT_FIELDS, "crew", "what"),
        words=(RUN, CREW_OF_RUN),
        names_actor=True,
        icon="runs",
        topic="crews",
        label=_l("New runs of my crews"),
    ),
    new_run_kind("new_runs", endpoint="follows.index", words=(SEVERAL_RUNS,), setting="new_run"),
)
