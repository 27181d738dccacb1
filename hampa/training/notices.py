"""Notifications about training: timers that were forgotten, and plans."""

from functools import partial

from hampa.notifications.models import NotificationKind, register
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.training.queries.gear import GEAR
from hampa.training.queries.words import PLAN

of_plan = partial(
    NotificationKind,
    feature="training",
    endpoint="training.plan",
    url_argument="plan_id",
    words=(PLAN,),
    names_actor=True,
    topic="people",
)

register(
    # `what` is still_running or stopped; `activity` is the id of what was written down then.
    NotificationKind(
        "timer_forgotten",
        feature="training",
        endpoint="training.overview",
        anchor="timer",
        fields=("what", "started_at", "activity"),
        topic="account",
        label=_l("A timer that I may have forgotten"),
        icon="clock",
    ),
    of_plan("plan_invited", label=_l("Who invites me to a plan")),
    # `what` is joined.
    # `limit_m` is the distance after which its person wanted to hear of it.
    NotificationKind(
        "gear_worn",
        feature="training",
        endpoint="training.list_gear",
        fields=("limit_m",),
        words=(GEAR,),
        topic="account",
        label=_l("Gear of mine with many kilometres"),
        icon="info",
    ),
    of_plan("plan_news", fields=("what",), label=_l("Who joins a plan of mine")),
    of_plan("plan_inherited", names_actor=False, setting="plan_news"),
)
