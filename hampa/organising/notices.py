"""Notifications about the organisers of a run."""

from functools import partial

from hampa.notifications.models import CHANNELS, NotificationKind, register
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.runs.queries.snapshots import RUN, SNAPSHOT_FIELDS

run_kind = partial(
    NotificationKind,
    feature="organising",
    endpoint="runs.show",
    url_argument="run_id",
    words=(RUN,),
    names_actor=True,
    topic="organising",
)

register(
    # `what` is received or given; `series` says whether the whole series was handed over.
    run_kind("run_handed_over", fields=(*SNAPSHOT_FIELDS, "what", "series"), setting="run_invited"),
    # `role` is organiser or owner; `series` says whether the whole series is offered.
    run_kind(
        "run_invited",
        endpoint="organising.invitation",
        fields=(*SNAPSHOT_FIELDS, "role", "series"),
        label=_l("Organising and leading together"),
    ),
    # To a companion who is invited to run it together.
    run_kind(
        "run_for_two",
        fields=SNAPSHOT_FIELDS,
        channels=CHANNELS,
        defaults=("push", "sms"),
        topic="people",
        label=_l("Somebody invites you along to a run"),
        icon="runs",
        tone="mine",
    ),
    # To the organiser who gave a short link of a map behind which there is no place; it leads to where it can be mended.
    run_kind(
        "map_link_failed",
        endpoint="organising.edit",
        fields=SNAPSHOT_FIELDS,
        names_actor=False,
        setting="run_invited",
        icon="pin",
    ),
    # `what` is stepped_down, accepted, declined_organiser or declined_owner; `added` in rows of an earlier release.
    run_kind("run_organiser", fields=(*SNAPSHOT_FIELDS, "what"), setting="run_invited"),
)
