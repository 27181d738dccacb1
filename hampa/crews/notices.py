"""Notifications about crews: who comes, who asks, notices, what becomes of a membership, and the end."""

from functools import partial

from hampa.crews.queries.names import CREW, NOTICE
from hampa.notifications.models import NotificationKind, register
from hampa.platform.locale.i18n import lazy_gettext as _l

crew_kind = partial(NotificationKind, feature="crews", topic="crews", icon="people")

register(
    crew_kind(
        "crew_notice",
        endpoint="crews.show",
        url_argument="crew_id",
        fields=("notice",),
        words=(CREW, NOTICE),
        names_actor=True,
        label=_l("Notices in my crews"),
    ),
    crew_kind(
        "crew_joined",
        endpoint="crews.list_members",
        url_argument="crew_id",
        words=(CREW,),
        names_actor=True,
        label=_l("Who joins a crew that I organise, or asks to"),
    ),
    crew_kind(
        "crew_request",
        endpoint="crews.ways_in",
        url_argument="crew_id",
        words=(CREW,),
        names_actor=True,
        setting="crew_joined",
    ),
    # `what` is accepted, removed, banned, muted, or role_ with the new role.
    crew_kind(
        "crew_membership",
        endpoint="crews.index",
        fields=("what",),
        words=(CREW,),
        always=("app",),
        read_on_page=False,
        label=_l("My place in a crew"),
    ),
    crew_kind(
        "crew_closed",
        endpoint="crews.show",
        url_argument="crew_id",
        words=(CREW,),
        optional=("by",),
        always=("app",),
        setting="crew_membership",
    ),
    # `what` is hidden or shown.
    crew_kind(
        "crew_hidden",
        endpoint="crews.show",
        url_argument="crew_id",
        fields=("what",),
        words=(CREW,),
        always=("app",),
        setting="crew_membership",
    ),
    crew_kind(
        "crew_agreement", endpoint="crews.agreement", url_argument="crew_id", words=(CREW,), setting="crew_membership"
    ),
    crew_kind(
        "crew_exported",
        endpoint="crews.log",
        url_argument="crew_id",
        words=(CREW,),
        names_actor=True,
        setting="crew_membership",
    ),
)
