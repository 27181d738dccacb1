"""Inviting athletes, their agreement, and what they let each coach see and change."""

import uuid
from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import func, select, update

from hampa.coaching.actions.athletes import end_coach
from hampa.coaching.actions.events import log
from hampa.coaching.models.athletes import WORKS_FOR, Athlete, AthleteInvitation, Coach
from hampa.coaching.models.sessions import CoachedPlan
from hampa.coaching.queries.athletes import athlete_for, locked_athlete, own_coach, rights_from
from hampa.coaching.queries.invitations import hash_of, hashes_of, invitation_for
from hampa.notifications.actions.notifying import notify
from hampa.notifications.actions.stops import stop_sms
from hampa.notifications.queries.stops import is_stopped
from hampa.outbox.actions.writing import cancel_by_key, send_sms
from hampa.people.models import Person
from hampa.people.queries import are_hidden
from hampa.platform import clock
from hampa.platform.db import db, raise_if_taken
from hampa.platform.errors import Conflict, NotFound, Refused, TooFast
from hampa.platform.jobs import enqueue
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _
from hampa.training.models.plans import JOINED, OWNER, PlanMember

NUMBERS_A_DAY = 50
MOST_OF_A_NUMBER, WITHIN = 3, timedelta(days=30)
"""Invitations that one number gets from all coaches together within this time."""


class AthleteAlready(Conflict):
    """The person is an athlete of this coach already."""


def invite_athlete(person: Person, athlete_id: uuid.UUID, number: str | None) -> AthleteInvitation:
    """Invite an athlete by their number (E.164), which the worker sends, or by a link. Raise Refused and Forbidden.

    An earlier invitation of the athlete is over with it. Who invites does not learn whether a number has an account.
    """
    record = locked_athlete(athlete_id)
    athlete_for(person, athlete_id, decides=True)
    if record.person_id is not None:
        raise Refused(_("The athlete has agreed already."))
    limit(person, "coaching.invite", NUMBERS_A_DAY, per="day", error=_too_many)
    revoke_invitation(person, athlete_id)
    invitation = AthleteInvitation(
        athlete_id=athlete_id,
        coach_id=person.id,
        number=number,
        number_hash=hash_of(number) if number else None,
        expires_at=clock.now() + WORKS_FOR,
    )
    db.session.add(invitation)
    db.session.flush()
    if number is not None:
        enqueue("coaching.send_invitation", invitation_id=invitation.id)
    log("invited", person, athlete_id=athlete_id)
    db.session.flush()
    return invitation


def revoke_invitation(person: Person, athlete_id: uuid.UUID) -> None:
    """End the open invitation of an athlete, if there is one. Raise NotFound and Forbidden."""
    athlete_for(person, athlete_id, decides=True)
    row = AthleteInvitation
    ended = (
        update(row)
        .where(row.athlete_id == athlete_id, row.accepted_at.is_(None), row.revoked_at.is_(None))
        .values(revoked_at=clock.now(), number=None)
        .returning(row.id)
        .execution_options(synchronize_session="fetch")
    )
    cancel_by_key([_key(one) for one in db.session.scalars(ended)])


def send_invitation(invitation_id: uuid.UUID) -> None:
    """Tell whom an invitation by number is for: in the app if they have an account, else by SMS."""
    invitation = db.session.get(AthleteInvitation, invitation_id, with_for_update=True)
    if invitation is None or invitation.number is None or invitation.sent_at is not None or not invitation.is_open:
        return
    invitation.sent_at = clock.now()
    person = db.session.scalar(select(Person).where(Person.phone == invitation.number))
    if person is None:
        _send_by_sms(invitation)
    elif person.state == "active" and not are_hidden(invitation.coach_id, person.id):
        notify(
            [person.id],
            "coaching_invitation",
            actor_id=invitation.coach_id,
            subject_id=invitation.id,
            data={},
            event=invitation.id,
            expires_at=invitation.expires_at,
        )
    db.session.flush()


def _send_by_sms(invitation: AthleteInvitation) -> None:
    row = AthleteInvitation
    count = select(func.count()).where(
        row.number_hash == invitation.number_hash,
        row.created_at > clock.now() - WITHIN,
        row.sent_at.is_not(None),
        row.id != invitation.id,
    )
    number = invitation.number or ""
    if is_stopped(number) or (db.session.scalar(count) or 0) >= MOST_OF_A_NUMBER:
        return
    coach = db.session.get_one(Person, invitation.coach_id)
    send_sms(
        number,
        "coaching/sms/invited.txt",
        {"invitation": str(invitation.id)},
        purpose="coaching_invitation",
        key=_key(invitation.id),
        locale=coach.locale,
        priority="bulk",
        expires_at=invitation.expires_at,
        most_a_day=1,
    )


def agree(person: Person, link: str, rights: Collection[str]) -> uuid.UUID:
    """Let the coach of an invitation coach oneself, with these rights, and return the record's id.

    Raise NotFound, Gone, AthleteAlready, and Refused for who invited themself.
    """
    invitation, record, coach = invitation_for(person, link)
    record = locked_athlete(record.id)
    invitation, record, coach = invitation_for(person, link)
    if coach.id == person.id:
        raise Refused(_("This is your own invitation. Send the link to your athlete."))
    row = db.session.scalar(
        select(Coach).where(Coach.athlete_id == record.id, Coach.coach_id == coach.id).with_for_update()
    )
    if record.person_id is not None or row is None:
        raise AthleteAlready(_("Somebody agreed to this invitation already."))
    mine = select(Coach.id).where(Coach.athlete_id == record.id, Coach.coach_id == person.id)
    if db.session.scalar(mine) is not None:
        raise Refused(_("You coach this athlete yourself."))
    with raise_if_taken("uq_coaching_coaches_coach_id_person_id", lambda: AthleteAlready(_("They coach you already."))):
        row.person_id = person.id
        for name, given in rights_from(list(rights)).items():
            setattr(row, name, given)
        db.session.flush()
    record.person_id = person.id
    invitation.accepted_at, invitation.number = clock.now(), None
    _own_plans(record)
    log("agreed", person, athlete_id=record.id, after={"rights": row.rights})
    notify([coach.id], "coaching_agreed", actor_id=person.id, subject_id=row.id, data={}, event=row.id)
    db.session.flush()
    return record.id


def _own_plans(record: Athlete) -> None:
    """Make the athlete, who has an account from now on, the owner of the plans of their record."""
    plans = select(CoachedPlan.plan_id).where(CoachedPlan.athlete_id == record.id)
    for plan_id in db.session.scalars(plans).all():
        db.session.add(PlanMember(plan_id=plan_id, person_id=record.person_id, role=OWNER, status=JOINED))


def decline(person: Person, link: str) -> None:
    """End an invitation; who sent it is not told. Raise NotFound and Gone."""
    invitation, record, _coach = invitation_for(person, link)
    locked_athlete(record.id)
    invitation.revoked_at, invitation.number = clock.now(), None
    cancel_by_key([_key(invitation.id)])
    db.session.flush()


def set_rights(person: Person, athlete_id: uuid.UUID, coach_id: uuid.UUID, rights: Collection[str]) -> Coach:
    """Say what a coach may see and change of oneself, which also agrees to one who asks. Raise NotFound."""
    row = own_coach(person, athlete_id, coach_id)
    before, is_new = row.rights, row.person_id is None
    taken = AthleteAlready(_("They coach you already."))
    with raise_if_taken("uq_coaching_coaches_coach_id_person_id", lambda: taken):
        row.person_id = person.id
        for name, given in rights_from(list(rights)).items():
            setattr(row, name, given)
        db.session.flush()
    if is_new:
        notify([coach_id], "coaching_agreed", actor_id=person.id, subject_id=row.id, data={}, event=row.id)
    if is_new or before != row.rights:
        log("rights", person, athlete_id=athlete_id, before={"rights": before}, after={"rights": row.rights})
    db.session.flush()
    return row


def end(person: Person, athlete_id: uuid.UUID, coach_id: uuid.UUID) -> None:
    """Take everything back from a coach: they see nothing any more, as if they had never coached the person.

    With the last coach the record goes; plans stay with their athlete. Raise NotFound.
    """
    locked_athlete(athlete_id)
    end_coach(own_coach(person, athlete_id, coach_id))


def stop_by_link(link: str) -> None:
    """Send no SMS to the number of a link any more, and end the invitation. Raise NotFound and Gone."""
    invitation, record, _coach = invitation_for(None, link)
    if invitation.number is None:
        raise NotFound
    stop_sms(invitation.number)
    locked_athlete(record.id)
    invitation.revoked_at, invitation.number = clock.now(), None
    cancel_by_key([_key(invitation.id)])
    db.session.flush()


def forget_numbers() -> None:
    """Forget the numbers of invitations that are over."""
    row = AthleteInvitation
    over = update(row).where(row.expires_at <= clock.now(), row.number.is_not(None)).values(number=None)
    db.session.execute(over.execution_options(synchronize_session=False))


def numbers_of(person: Person) -> list[str]:
    """Return what may be kept of the number of a person."""
    return hashes_of(person.phone) if person.phone else []


def _key(invitation_id: uuid.UUID) -> str:
    return f"coaching_invitation:{invitation_id}"


def _too_many(seconds: int) -> TooFast:
    return TooFast(_("That is enough invitations for one day. Try again tomorrow."), seconds)
