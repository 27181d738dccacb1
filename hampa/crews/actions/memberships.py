"""Getting into a crew and out of it, and what organisers do with members.

Whoever changes memberships locks the crew first. The checks of its row decide what a trigger counts: how many get in,
and that an admin stays.
"""

import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from hampa.crews.actions import events
from hampa.crews.actions.agreements import check_agreement
from hampa.crews.actions.codes import wrong_code
from hampa.crews.actions.crews import check_room, forbid_for_member
from hampa.crews.actions.endings import tell_banned
from hampa.crews.actions.events import tell_of_member
from hampa.crews.actions.groups import choose_groups, leave_groups
from hampa.crews.actions.logging import log
from hampa.crews.models import (
    ACTIVE,
    ADMIN,
    BANNED,
    INACTIVE,
    MEMBER,
    OPEN,
    REQUEST,
    RIGHTS,
    Crew,
    CrewInvitation,
    CrewMembership,
    CrewRequest,
    members_version,
)
from hampa.crews.queries import crews as queries, members
from hampa.crews.queries.people import people_who_admit
from hampa.crews.queries.timeline import JOINED
from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.people.queries import lock_person
from hampa.platform import clock, ids
from hampa.platform.db import db, raise_if_taken
from hampa.platform.errors import Forbidden, NotFound, Refused, TooFast
from hampa.platform.limits import limit
from hampa.platform.live import publish
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.row_versions import bumping
from hampa.timeline.actions import record

REQUESTS_A_DAY = 20
INVITATIONS_A_DAY = 30
JOINS_A_DAY = 20


def join_crew(person: Person, crew_id: uuid.UUID, *, agrees: bool = False, version: int | None = None) -> None:
    """Join a crew that is open. Joining twice is joining once. Raise Refused, and NotFound as `crew_for` does."""
    crew = queries.locked_crew(crew_id)
    queries.crew_for(person, crew_id)
    if crew.joining != OPEN:
        raise Refused(_("This crew asks for an invitation or a request."))
    admit(person, crew, agrees=agrees, version=version)


def use_invitation(
    person: Person, invitation_id: uuid.UUID, *, agrees: bool = False, version: int | None = None
) -> uuid.UUID:
    """Join the crew of a link, and return its id. Raise Gone for a link that is over, Refused and NotFound."""
    crew_id = members.invitation_for(person, invitation_id)[1].id
    crew = queries.locked_crew(crew_id)
    invitation, _crew = members.invitation_for(person, invitation_id)
    membership = queries.membership_in(crew, person.id)
    if membership is not None and membership.is_active:
        return crew_id
    admit(person, crew, agrees=agrees, version=version)
    invitation.uses += 1
    return crew_id


def use_code(
    person: Person, crew_id: uuid.UUID, code: str, *, agrees: bool = False, version: int | None = None
) -> None:
    """Join the crew that `crew_of_code` found by its code. Raise Refused, also if the code was changed just now."""
    crew = queries.locked_crew(crew_id)
    if crew.access_code != code:
        raise wrong_code()
    admit(person, crew, agrees=agrees, version=version)


def admit(person: Person, crew: Crew, *, agrees: bool, version: int | None = None, announced: bool = True) -> None:
    """Make a person a member of a locked crew, unless they are one. Raise Refused.

    `version` is that of the agreement that they read.
    """
    membership = queries.membership_in(crew, person.id)
    if membership is not None and membership.is_active:
        return
    if crew.closed_at is not None:
        raise Refused(_("The crew is closed, and can only be read."))
    if crew.hidden_at is not None or (membership is not None and membership.is_shut_out):
        raise Refused(_("You can't join this crew."))
    check_agreement(crew, agrees=agrees, version=version)
    _take_place(person, crew, crew.agreement_version if crew.agreement else None, is_asked=announced)
    if announced:
        event = f"{crew.id}:{person.id}:{clock.now().date()}"  # once a day, however often somebody comes and goes
        organisers = people_who_admit(crew.id)
        notify(organisers, "crew_joined", actor_id=person.id, subject_id=crew.id, data={}, event=event)


def _take_place(person: Person, crew: Crew, agreed_version: int | None, *, is_asked: bool) -> None:
    """Write the membership of a person who may join. Raise Refused for a full crew, and for too many crews."""
    if crew.is_full:
        raise _full()
    if is_asked:
        limit(person, "crews.join", JOINS_A_DAY, per="day", error=_too_many_joins)
    check_room(person, is_asked=is_asked)
    now = clock.now()
    # Who is muted stays so: leaving and coming back ends nothing that an organiser said.
    values = {"status": ACTIVE, "role": MEMBER, "rights": [], "joined_at": now, "last_active_at": now}
    values |= {"agreed_at": now if agreed_version else None, "agreed_version": agreed_version, "shares_phone": False}
    values["ends_at"] = None
    added = insert(CrewMembership).values(
        id=ids.new_id(), crew_id=crew.id, person_id=person.id, created_at=now, updated_at=now, **values
    )
    changes = values | {"version": CrewMembership.version + 1, "updated_at": now}
    with _counted():
        stored = added.on_conflict_do_update(index_elements=["crew_id", "person_id"], set_=changes)
        db.session.execute(stored, execution_options=bumping([members_version(crew.id)]))
    _delete_request(crew.id, person.id)
    log(crew.id, "joined", person, person.id)
    record(JOINED, person.id, crew.id, at=now, crew_id=crew.id)
    tell_of_member(crew.id, "crew.member_joined", person.id)
    publish(f"crew:{crew.id}", "joined", person=person.id)
    publish(f"person:{person.id}", "recheck")


@contextmanager
def _counted() -> Iterator[None]:
    """Raise Refused if a change of memberships breaks a check of what the database counts."""
    with raise_if_taken("ck_crews_keeps_an_admin", _last_admin), raise_if_taken("ck_crews_members", _full):
        yield


def ask_to_join(
    person: Person, crew_id: uuid.UUID, line: str, *, agrees: bool = False, version: int | None = None
) -> None:
    """Ask the organisers of a crew to get in. Asking twice is asking once. Raise Refused, NotFound and TooFast."""
    crew = queries.locked_crew(crew_id)
    queries.crew_for(person, crew_id)
    membership = queries.membership_in(crew, person.id)
    if crew.joining != REQUEST:
        raise Refused(_("This crew takes no requests."))
    if membership is not None and (membership.is_active or membership.is_shut_out):
        raise Refused(_("You can't join this crew."))
    check_agreement(crew, agrees=agrees, version=version)
    limit(person, "crews.request", REQUESTS_A_DAY, per="day", error=_too_many_requests)
    values = {"id": ids.new_id(), "crew_id": crew.id, "person_id": person.id, "line": line}
    values["agreed_version"] = crew.agreement_version if crew.agreement else None
    added = insert(CrewRequest).values(**values, created_at=clock.now()).on_conflict_do_nothing()
    new_id = db.session.scalar(added.returning(CrewRequest.id))
    if new_id is not None:
        tell_of_member(crew.id, "crew.member_asked", person.id)
        notify(
            people_who_admit(crew.id),
            "crew_request",
            actor_id=person.id,
            subject_id=crew.id,
            data={},
            event=f"{crew.id}:{person.id}:{clock.now().date()}",
        )


def withdraw_request(person: Person, crew_id: uuid.UUID) -> None:
    """Take a request back, also to a crew that hides by now. Raise NotFound for a crew that was not asked or seen."""
    if members.request_of(person, crew_id) is None:
        queries.crew_for(person, crew_id)
    _delete_request(crew_id, person.id)


def answer_request(organiser: Person, crew_id: uuid.UUID, person_id: uuid.UUID, *, accept: bool) -> Person:
    """Let somebody in who asked, or decline, and return them. Raise Forbidden, NotFound, and Refused for a full crew."""
    crew = queries.locked_crew(crew_id)
    queries.member_with(organiser, crew_id, "invite")
    person = lock_person(person_id) if members.does_ask(organiser, crew_id, person_id) else None
    if person is None:
        raise NotFound
    if accept:
        asked = members.request_of(person, crew_id)
        admit(person, crew, agrees=True, version=crew.agreement_version, announced=False)
        membership = queries.membership_in(crew, person_id)
        if membership is not None and asked is not None and membership.agreed_version is not None:
            membership.agreed_version = asked.agreed_version  # of an older one they are asked again
        _tell(crew, person_id, "accepted")
    _delete_request(crew.id, person_id)
    log(crew.id, "accepted" if accept else "declined", organiser, person_id)
    return person


def _delete_request(crew_id: uuid.UUID, person_id: uuid.UUID) -> None:
    statement = delete(CrewRequest).where(CrewRequest.crew_id == crew_id, CrewRequest.person_id == person_id)
    db.session.execute(statement.execution_options(synchronize_session=False))


def invite(person: Person, crew_id: uuid.UUID, *, days: int, most_uses: int) -> uuid.UUID:
    """Make a link into a crew, and return its id. Raise Forbidden, NotFound and TooFast."""
    queries.member_with(person, crew_id, "invite")
    limit(person, "crews.invite", INVITATIONS_A_DAY, per="day", error=_too_many_links)
    invitation = CrewInvitation(
        crew_id=crew_id, inviter_id=person.id, expires_at=clock.now() + timedelta(days=days), most_uses=most_uses
    )
    db.session.add(invitation)
    log(crew_id, "invited", person)
    db.session.flush()
    return invitation.id


def revoke(person: Person, crew_id: uuid.UUID, invitation_id: uuid.UUID) -> None:
    """End a link: its maker may, and who may remove members. Raise Forbidden and NotFound."""
    membership = queries.member_of(person, crew_id)
    query = select(CrewInvitation).where(CrewInvitation.id == invitation_id).with_for_update()
    invitation = db.session.scalar(query.execution_options(populate_existing=True))
    if invitation is None or invitation.crew_id != crew_id:
        raise NotFound
    if invitation.inviter_id != person.id and not queries.may(membership, "remove"):
        raise NotFound
    if invitation.revoked_at is None:
        invitation.revoked_at = clock.now()
        log(crew_id, "revoked", person)


def leave_crew(person: Person, crew_id: uuid.UUID) -> None:
    """Leave a crew. Raise Refused for its last admin, and NotFound."""
    crew = queries.locked_crew(crew_id)
    membership = queries.membership_in(crew, person.id)
    if membership is None or not membership.is_active:
        raise NotFound
    if crew.members == 1:
        raise Refused(_("You are the only member. Close the crew instead."))
    _end(crew, membership, INACTIVE, events.LEFT)
    log(crew.id, "left", person, person.id)


def _end(crew: Crew, membership: CrewMembership, status: str, how: str, ends_at: datetime | None = None) -> None:
    """End a membership of a locked crew, and the links that it made."""
    was_active = membership.is_active
    with _counted():
        membership.status, membership.ends_at = status, ends_at
        db.session.flush()
    leave_groups(membership.id)
    statement = update(CrewInvitation).where(
        CrewInvitation.crew_id == crew.id,
        CrewInvitation.inviter_id == membership.person_id,
        CrewInvitation.revoked_at.is_(None),
    )
    db.session.execute(statement.values(revoked_at=clock.now()).execution_options(synchronize_session=False))
    if was_active:
        tell_of_member(crew.id, "crew.member_left", membership.person_id, how=how)
    publish(f"crew:{crew.id}", "left", person=membership.person_id)
    publish(f"person:{membership.person_id}", "recheck")  # what is for members is not for them any more


def _other(actor: Person, crew_id: uuid.UUID, person_id: uuid.UUID) -> tuple[Crew, CrewMembership]:
    """Return the locked crew and the membership of somebody whom an organiser may remove, mute and ban."""
    crew = queries.locked_crew(crew_id)
    mine = queries.member_with(actor, crew_id, "remove")
    membership, _person = members.other_member(actor, crew_id, person_id)
    db.session.refresh(membership)
    forbid_for_member(mine, membership)
    return crew, membership


def remove_member(actor: Person, crew_id: uuid.UUID, person_id: uuid.UUID, reason: str) -> None:
    """Remove a member, who may come back by any way in. Raise Forbidden, NotFound and Refused."""
    crew, membership = _other(actor, crew_id, person_id)
    if not membership.is_active:
        raise NotFound
    membership.reason = reason
    _end(crew, membership, INACTIVE, events.REMOVED)
    log(crew.id, "removed", actor, person_id, reason)
    _tell(crew, person_id, "removed")


def ban_member(actor: Person, crew_id: uuid.UUID, person_id: uuid.UUID, reason: str, days: int | None) -> None:
    """Keep somebody out for some days or until they are let in: a member, or one who has left. Raise Forbidden, NotFound."""
    crew, membership = _other(actor, crew_id, person_id)
    if membership.is_shut_out:
        raise NotFound
    membership.reason = reason
    _end(crew, membership, BANNED, events.BANNED, clock.now() + timedelta(days=days) if days else None)
    tell_banned(crew.id, person_id)
    log(crew.id, "banned", actor, person_id, reason)
    _tell(crew, person_id, "banned")


def end_ban(actor: Person, crew_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Let a banned person come back by any way in. Raise Forbidden and NotFound."""
    crew, membership = _other(actor, crew_id, person_id)
    if membership.status == BANNED:
        membership.status, membership.ends_at = INACTIVE, None
        log(crew.id, "unbanned", actor, person_id)


def mute_member(actor: Person, crew_id: uuid.UUID, person_id: uuid.UUID, reason: str, days: int) -> None:
    """Let a member only read for some days. Raise Forbidden and NotFound."""
    crew, membership = _other(actor, crew_id, person_id)
    if not membership.is_active:
        raise NotFound
    if membership.is_muted:
        return
    membership.reason, membership.muted_until = reason, clock.now() + timedelta(days=days)
    log(crew.id, "muted", actor, person_id, reason)
    _tell(crew, person_id, "muted")


def unmute_member(actor: Person, crew_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Let a muted member write again. Raise Forbidden and NotFound."""
    crew, membership = _other(actor, crew_id, person_id)
    if membership.is_muted:
        membership.muted_until = None
        log(crew.id, "unmuted", actor, person_id)


def set_role(actor: Person, crew_id: uuid.UUID, person_id: uuid.UUID, role: str, rights: list[str]) -> None:
    """Give a member, or the admin themselves, a role and its rights, or others. Raise Forbidden, NotFound and Refused."""
    crew = queries.locked_crew(crew_id)
    queries.admin_of(actor, crew_id)
    if crew.closed_at is not None:
        raise Forbidden(_("The crew is closed, and can only be read."))
    membership = queries.membership_in(crew, person_id)
    if person_id != actor.id:
        members.other_member(actor, crew_id, person_id)
    if membership is None or not membership.is_active:
        raise NotFound
    former, kept = membership.role, [right for right in RIGHTS if right in rights] if role != ADMIN else []
    if (former, membership.rights) == (role, kept):
        return
    with _counted():
        membership.role, membership.rights = role, kept
        db.session.flush()
    log(crew.id, "role" if role != former else "rights", actor, person_id, role)
    tell_of_member(crew.id, "crew.member_changed", person_id)
    publish(f"crew:{crew.id}", "settings")
    if role != former:
        _tell(crew, person_id, f"role_{role}")


def change_membership(
    person: Person, crew_id: uuid.UUID, *, notices: bool, shares_phone: bool, group_ids: Collection[uuid.UUID]
) -> None:
    """Set what a member chooses for themselves. Raise Forbidden, NotFound, and Refused for a closed crew."""
    membership = queries.member_of(person, crew_id)
    if reason := queries.why_not_change(membership):
        raise Refused(reason)
    membership.notices, membership.shares_phone = notices, shares_phone
    choose_groups(person, crew_id, group_ids)


def choose_notices(person: Person, crew_id: uuid.UUID, *, wanted: bool) -> None:
    """Set whether a member hears of what happens in a crew. Raise Forbidden and NotFound."""
    queries.member_of(person, crew_id).notices = wanted


def _tell(crew: Crew, person_id: uuid.UUID, what: str) -> None:
    """Tell a person what an organiser did to their membership; their name is not said."""
    event = f"{crew.id}:{what}:{clock.now().date()}"  # once a day, however often it is done and undone
    notify([person_id], "crew_membership", subject_id=crew.id, data={"what": what}, event=event)


def _full() -> Refused:
    return Refused(_("The crew is full."))


def _last_admin() -> Refused:
    return Refused(_("You are the only admin. Make another member an admin first."))


def _too_many_joins(seconds: int) -> TooFast:
    return TooFast(_("You joined many crews today. Try again tomorrow."), seconds)


def _too_many_requests(seconds: int) -> TooFast:
    return TooFast(_("You asked many crews today. Try again tomorrow."), seconds)


def _too_many_links(seconds: int) -> TooFast:
    return TooFast(_("You made many links today. Use one of those, or go on tomorrow."), seconds)
