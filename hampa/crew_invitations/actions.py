"""Inviting phone numbers into a crew, sending that, and what the holder of a number does with it.

Others pay for SMS and get them unasked: a crew and a person invite a few numbers a day, a number gets few invitations in
all, one a crew, and none once its holder wants no SMS. Who invites does not learn of any of that.
"""

import uuid
from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import and_, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from hampa.crew_invitations import queries
from hampa.crew_invitations.models import KEPT_FOR, WORKS_FOR, NumberInvitation
from hampa.crews.actions.logging import log
from hampa.crews.actions.memberships import admit
from hampa.crews.models import BANNED, Crew
from hampa.crews.queries.crews import locked_crew, may, member_of, membership_in
from hampa.notifications.actions.notifying import notify
from hampa.notifications.actions.stops import stop_sms
from hampa.notifications.queries.stops import is_stopped
from hampa.outbox.actions.writing import cancel_by_key, send_sms
from hampa.people.models import Person
from hampa.people.queries import are_hidden
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import Gone, NotFound, Refused, TooFast
from hampa.platform.jobs import enqueue
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _, number

NUMBERS_A_DAY = 50
"""Numbers that a crew, and that a person in all their crews, invites in a day."""
MOST_OPEN = 500
"""Invitations of one crew that wait for an answer."""
MOST_OF_A_NUMBER, WITHIN = 3, timedelta(days=30)
"""Invitations that one number gets from all crews together within this time."""
BATCH = 25


def invite_numbers(person: Person, crew_id: uuid.UUID, numbers: Collection[str]) -> int:
    """Invite phone numbers (E.164) into a crew, and return how many were not invited before; the worker sends it.

    Raise Forbidden, NotFound, Refused for too many that wait, and TooFast.
    """
    crew = locked_crew(crew_id)
    queries.member_who_invites(person, crew_id)
    wanted = [one for one in dict.fromkeys(numbers) if one not in queries.invited_before(crew_id, numbers)]
    if not wanted:
        return 0
    if queries.counts_of(crew_id).waiting + len(wanted) > MOST_OPEN:
        raise Refused(
            _(
                "%(most)s of the crew's invitations are waiting for an answer. Revoke some first.",
                most=number(MOST_OPEN),
            )
        )
    for subject, name in ((crew, "crew_invitations.crew"), (person, "crew_invitations.person")):
        limit(subject, name, NUMBERS_A_DAY, per="day", error=_too_many, amount=len(wanted))
    now = clock.now()
    rows = [
        {
            "id": ids.new_id(),
            "crew_id": crew_id,
            "inviter_id": person.id,
            "number": one,
            "number_hash": queries.hash_of(one),
            "created_at": now,
            "expires_at": now + WORKS_FOR,
        }
        for one in wanted
    ]
    db.session.execute(insert(NumberInvitation).values(rows).on_conflict_do_nothing())
    log(crew_id, "numbers", person, note=str(len(wanted)))
    enqueue("crew_invitations.send", crew_id=crew_id)
    return len(wanted)


def send_batch(crew_id: uuid.UUID) -> bool:
    """Send some of the invitations of a crew that were not sent, and return whether there were any."""
    waits = and_(NumberInvitation.crew_id == crew_id, NumberInvitation.sent_at.is_(None))
    query = select(NumberInvitation).where(waits).order_by(NumberInvitation.id).limit(BATCH)
    rows = db.session.scalars(query.with_for_update(skip_locked=True)).all()
    crew = db.session.get(Crew, crew_id)
    theirs = select(Person).where(Person.phone.in_([row.number for row in rows if row.number]))
    people = {person.phone: person for person in db.session.scalars(theirs)}
    for row in rows:
        row.sent_at = clock.now()
        if crew is None or row.number is None or not queries.is_usable(row, crew):
            continue
        person = people.get(row.number)
        if person is None:
            _send_by_sms(row)
        elif _reaches(crew, person, row):
            notify(
                [person.id],
                "crew_invitation",
                actor_id=row.inviter_id,
                subject_id=row.id,
                data={},
                event=row.id,
                expires_at=row.expires_at,
            )
    db.session.flush()
    return bool(rows)


def _reaches(crew: Crew, person: Person, row: NumberInvitation) -> bool:
    """Return whether an invitation is for a person who has an account: not for members, and not across a block or ban."""
    membership = membership_in(crew, person.id)
    belongs = membership is not None and (membership.is_active or membership.status == BANNED)
    return person.state == "active" and not belongs and not are_hidden(row.inviter_id, person.id)


def _send_by_sms(row: NumberInvitation) -> None:
    """Send an invitation to a number without an account, unless it had enough of them or wants none."""
    since = clock.now() - WITHIN
    query = select(func.count()).where(
        NumberInvitation.number_hash == row.number_hash,
        NumberInvitation.created_at > since,
        NumberInvitation.sent_at.is_not(None),
        NumberInvitation.id != row.id,
    )
    if row.number is None or is_stopped(row.number) or (db.session.scalar(query) or 0) >= MOST_OF_A_NUMBER:
        return
    inviter = db.session.get_one(Person, row.inviter_id)
    send_sms(
        row.number,
        "crew_invitations/sms/invited.txt",
        {"link": str(row.id)},
        purpose="crew_invitation",
        key=_key(row),
        locale=inviter.locale,
        priority="bulk",
        expires_at=row.expires_at,
        most_a_day=1,
    )


def accept(person: Person, invitation_id: uuid.UUID, *, agrees: bool, version: int | None = None) -> uuid.UUID:
    """Join the crew that invited the person's number, and return its id. Raise NotFound, Gone and Refused."""
    crew = locked_crew(queries.invitation_to(person, invitation_id)[1].id)
    membership = membership_in(crew, person.id)
    if membership is not None and membership.is_active:
        return crew.id
    invitation = queries.invitation_to(person, invitation_id)[0]
    if not invitation.is_open:
        raise Gone(_("This invitation is over. Ask whoever invited you for a new one."))
    admit(person, crew, agrees=agrees, version=version)
    invitation.accepted_at, invitation.number = clock.now(), None
    return crew.id


def decline(person: Person, invitation_id: uuid.UUID) -> None:
    """End an invitation to the person's number; who sent it is not told. Raise NotFound and Gone."""
    _end(queries.invitation_to(person, invitation_id)[0])


def stop_by_link(token: str) -> None:
    """Send no SMS to the number of a link any more, and end the invitation. Raise NotFound and Gone."""
    invitation, _crew = queries.invitation_by_token(token)
    stop_sms(invitation.number or "")
    _end(invitation)


def revoke(person: Person, crew_id: uuid.UUID, invitation_id: uuid.UUID) -> None:
    """End an invitation of a number: who sent it may, and who may remove members. Raise Forbidden and NotFound."""
    membership = member_of(person, crew_id)
    invitation = db.session.get(NumberInvitation, invitation_id, with_for_update=True)
    if invitation is None or invitation.crew_id != crew_id:
        raise NotFound
    if invitation.inviter_id != person.id and not may(membership, "remove"):
        raise NotFound
    if invitation.is_open:
        _end(invitation)
        log(crew_id, "revoked", person)


def _end(invitation: NumberInvitation) -> None:
    if invitation.accepted_at is None and invitation.revoked_at is None:
        invitation.revoked_at, invitation.number = clock.now(), None
        cancel_by_key([_key(invitation)])


def _key(invitation: NumberInvitation) -> str:
    return f"crew_invitation:{invitation.id}"


def forget_old() -> None:
    """Forget the numbers of invitations that are over, and delete those that are long over."""
    now = clock.now()
    over = update(NumberInvitation).where(NumberInvitation.expires_at <= now, NumberInvitation.number.is_not(None))
    for statement in (
        over.values(number=None),
        delete(NumberInvitation).where(NumberInvitation.created_at <= now - KEPT_FOR),
    ):
        db.session.execute(statement.execution_options(synchronize_session=False))


def _too_many(seconds: int) -> TooFast:
    text = _(
        "A crew invites %(most)s numbers a day, and so does a person. Try again later.", most=number(NUMBERS_A_DAY)
    )
    return TooFast(text, seconds, "numbers")
