"""Notifications of new runs of what people follow: one a day."""

from functools import partial

from hampa.follows.queries import SEVERAL_RUNS
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
    new_run_kind("new_runs", endpoint="follows.index", words=(SEVERAL_RUNS,), setting="new_run"),
)
