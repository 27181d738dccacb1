"""Export and erasure of a person's memberships, requests, links, notices and entries of logs."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from hampa.crews.actions.succession import hand_over
from hampa.crews.models import (
    Crew,
    CrewGroup,
    CrewGroupMember,
    CrewInvitation,
    CrewLogEntry,
    CrewMembership,
    CrewNotice,
    CrewPicture,
    CrewRequest,
)
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l

privacy_registry.holds(CrewMembership.person_id, noun="crews", fate="delete")
privacy_registry.holds(CrewRequest.person_id, noun="crew_requests", fate="delete")
privacy_registry.holds(CrewInvitation.inviter_id, noun="crew_links", fate="delete")
privacy_registry.holds(CrewNotice.author_id, noun="crew_notices", fate="delete")
privacy_registry.holds(
    CrewPicture.person_id, left_out="the picture is of the crew, and `crew_log` has that they sent one", fate="empty"
)
privacy_registry.holds(CrewLogEntry.actor_id, noun="crew_log", fate="empty")
privacy_registry.holds(
    CrewLogEntry.person_id, left_out="it is what others did, and `crews` has what became of it", fate="empty"
)


@privacy_registry.exports("crews", _l("Crews that you belong to or belonged to"))
def export_crews(person: Person) -> Iterable[dict[str, Any]]:
    """Return the memberships, with the name of the crew; `reason` is what an organiser gave for muting or removing."""
    columns = "crew_id role rights status joined_at last_active_at agreed_at agreed_version notices shares_phone muted_until ends_at reason"
    query = select(Crew.name.label("crew"), *privacy_registry.columns(CrewMembership, columns)).join(
        Crew, Crew.id == CrewMembership.crew_id
    )
    return privacy_registry.rows_in_order(query.where(CrewMembership.person_id == person.id), CrewMembership)


@privacy_registry.exports("crew_groups", _l("Sub-groups of crews that you are in"))
def export_groups(person: Person) -> Iterable[dict[str, Any]]:
    """Return the sub-groups by name, and since when."""
    query = (
        select(CrewGroup.crew_id, CrewGroup.name, CrewGroup.kind, CrewGroupMember.created_at)
        .join(CrewGroup, CrewGroup.id == CrewGroupMember.group_id)
        .join(CrewMembership, CrewMembership.id == CrewGroupMember.membership_id)
        .where(CrewMembership.person_id == person.id)
    )
    return privacy_registry.rows_in_order(query, CrewGroupMember)


@privacy_registry.exports("crew_requests", _l("Crews that you ask to join"))
def export_requests(person: Person) -> Iterable[dict[str, Any]]:
    """Return the requests with their lines."""
    return privacy_registry.rows_of(person, CrewRequest.person_id, "crew_id line created_at")


@privacy_registry.exports("crew_links", _l("Invitation links that you made"))
def export_links(person: Person) -> Iterable[dict[str, Any]]:
    """Return the links into crews, with how often they were used."""
    columns = "id crew_id created_at expires_at most_uses uses revoked_at"
    return privacy_registry.rows_of(person, CrewInvitation.inviter_id, columns)


@privacy_registry.exports("crew_notices", _l("Notices that you posted in crews"))
def export_notices(person: Person) -> Iterable[dict[str, Any]]:
    """Return the notices."""
    return privacy_registry.rows_of(person, CrewNotice.author_id, "crew_id text created_at")


@privacy_registry.exports("crew_log", _l("What you did in crews"))
def export_log(person: Person) -> Iterable[dict[str, Any]]:
    """Return the entries of the logs of crews, without whom they were about."""
    return privacy_registry.rows_of(person, CrewLogEntry.actor_id, "crew_id what note created_at")


@privacy_registry.erases
def erase_admin(person: Person) -> None:
    """Give the person's crews another admin, and delete those without another member."""
    hand_over(person)
