"""Notifications of coaching: invitations, agreements, further coaches, and plans that are given."""

from functools import partial

from hampa.coaching.queries import weekly  # noqa: F401 - reads the data of mails
from hampa.coaching.queries.deadlines import DEADLINE
from hampa.coaching.queries.invitations import ATHLETE, INVITATION, STILL_COACHED, TIME, stopped_invitations
from hampa.coaching.queries.matching import SESSION
from hampa.coaching.queries.templates import GIVING
from hampa.notifications.models import NotificationKind, register
from hampa.outbox.models import refuse_with
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.training.queries.words import PLAN

refuse_with(stopped_invitations)

of_coaching = partial(NotificationKind, feature="coaching", topic="people", names_actor=True)

register(
    of_coaching(
        "coaching_invitation",
        endpoint="coaching.own_coaches",
        words=(INVITATION,),
        label=_l("Who would like to coach me"),
    ),
    of_coaching("coach_asks", endpoint="coaching.own_coaches", label=_l("Another coach asks me")),
    of_coaching("coach_added", endpoint="home.answers", words=(ATHLETE,), label=_l("Athletes whom I may coach too")),
    of_coaching("head_asked", endpoint="home.answers", words=(ATHLETE,), setting="coach_added"),
    of_coaching("head_follows", names_actor=False, endpoint="coaching.roster", words=(ATHLETE,), setting="coach_added"),
    of_coaching("head_agreed", endpoint="coaching.roster", words=(ATHLETE,), setting="coach_added"),
    of_coaching("head_changed", endpoint="coaching.own_coaches", setting="coach_asks"),
    of_coaching("coaching_agreed", endpoint="coaching.roster", words=(ATHLETE,), label=_l("Athletes who agree")),
    # `subject_id` is the record; who sees no more when the athlete has time reads no days.
    of_coaching(
        "athlete_time",
        endpoint="coaching.athlete",
        url_argument="athlete_id",
        anchor="time",
        fields=("first", "last", "minutes"),
        words=(TIME,),
        label=_l("Athletes who are ill, or whose free time has changed"),
    ),
    of_coaching(
        "session_moved",
        endpoint="coaching.athlete",
        url_argument="athlete_id",
        anchor="timeline",
        fields=("kind", "day", "moved_to"),
        words=(STILL_COACHED,),
        defaults=(),
        label=_l("Sessions that my athletes move"),
    ),
    of_coaching(
        "plan_given",
        endpoint="coaching.sessions",
        url_argument="plan_id",
        words=(PLAN,),
        label=_l("A plan that a coach gives me"),
    ),
    # Many changes of one plan are shown as one, and go to no other channel by default.
    of_coaching(
        "plan_changed",
        endpoint="coaching.changes",
        url_argument="plan_id",
        words=(PLAN,),
        defaults=(),
        grouped_by=(),
        label=_l("What a coach changes in my plan"),
    ),
    # `day` and `kind` are those of the session.
    NotificationKind(
        "session_done",
        feature="coaching",
        endpoint="coaching.own_session",
        url_argument="training_session_id",
        anchor="answer",
        fields=("day", "kind"),
        words=(SESSION,),
        topic="account",
        label=_l("How a session of mine was"),
        icon="check",
    ),
    # `thing` is the id of a milestone, or of the plan itself; `days` is -1 for what was due yesterday.
    NotificationKind(
        "deadline_near",
        feature="coaching",
        endpoint="training.plan",
        url_argument="plan_id",
        fields=("thing", "due_on", "days"),
        words=(DEADLINE,),
        topic="account",
        label=_l("Deadlines of plans, on the days that I choose"),
        icon="clock",
    ),
    NotificationKind(
        "coaching_week",
        feature="coaching",
        endpoint="coaching.own_week",
        channels=("app", "mail"),
        defaults=("mail",),
        topic="account",
        label=_l("My week of training, and that of my athletes, by email"),
        icon="calendar",
    ),
    NotificationKind(
        "template_given",
        feature="coaching",
        endpoint="coaching.giving",
        url_argument="giving_id",
        words=(GIVING,),
        topic="people",
        label=_l("A template that all my athletes have"),
        icon="check",
    ),
)
