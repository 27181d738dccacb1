"""Another phone number, by which one signs in from then on."""

from __future__ import annotations

from sqlalchemy import delete, select

from hampa.account.models import OBJECTION, PhoneChange
from hampa.account.queries.phone import change_of_link, is_taken
from hampa.auth.actions import sessions
from hampa.calendars.actions import close_feed
from hampa.notifications.actions import notify
from hampa.outbox.actions import send_sms, update_recipient
from hampa.people.actions import reactivate
from hampa.people.models.person import Person
from hampa.people.queries import people
from hampa.platform import clock
from hampa.platform.db import db, raise_if_taken
from hampa.platform.errors import Conflict, NotFound, Refused
from hampa.platform.locale.i18n import gettext as _


def change_phone(person: Person, new_phone: str, device_token: str | None = None) -> PhoneChange:
    """Let the person sign in with another number (E.164), which they have shown to be theirs, and tell the old one.

    All other sessions end, other browsers are known no more, and what waits to be sent goes to the new number; links
    that were sent to the old one fit nobody any more. Raises Conflict when somebody else has the number by now: of two
    who want it at the same moment the unique index lets one have it.
    """
    changing = people.locked(person.id)
    if changing is None or changing.state != "active":
        raise NotFound
    old_phone = changing.phone
    _take(changing, new_phone)
    change = PhoneChange(person_id=changing.id, old_phone=old_phone, new_phone=new_phone)
    db.session.add(change)
    db.session.flush()
    sessions.end_other_sessions(changing)
    sessions.forget_other_devices(changing, device_token)
    update_recipient(changing.id, old_phone, new_phone)
    send_sms(
        old_phone,
        "account/sms/phone_changed.txt",
        {"link": str(change.id)},
        purpose="phone_changed",
        key=f"phone_changed:{change.id}",
        locale=changing.locale,
        person_id=changing.id,
        expires_at=clock.now() + OBJECTION,
    )
    notify(
        [changing.id],
        "phone_changed",
        subject_id=change.id,
        data={"phone": new_phone},
        event=change.id,
    )
    return change


def take_back(token: str) -> Person:
    """Whoever has the old number, and the link that went to it, takes the change back; everybody is signed out,
    programs that read the calendar too.

    With it goes whatever was done since from a number that was not theirs: further changes, and leaving Hampa. Raises NotFound and Gone as the link's page does, and Refused when the old number is somebody else's by now.
    """
    person = people.locked(change_of_link(token)[1].id)
    change, _person = change_of_link(token)  # as it is now that nobody else changes it
    if person is None or person.state not in ("active", "leaving"):
        raise NotFound
    present = person.phone
    try:
        _take(person, change.old_phone)
    except Conflict:
        raise Refused(
            _("Your old number has another account by now. Write to the people who run this place.")
        ) from None
    reactivate(person)
    since = PhoneChange.person_id == person.id, PhoneChange.created_at >= change.created_at
    for undone in db.session.scalars(select(PhoneChange).where(*since, PhoneChange.undone_at.is_(None))):
        undone.undone_at = clock.now()
    sessions.end_all_sessions(person)
    sessions.forget_other_devices(person, None)
    close_feed(person)
    update_recipient(person.id, present, change.old_phone)
    return person


def forget_changes() -> None:
    """Delete changes that can't be taken back any more, and with them numbers that are nobody's business."""
    old = delete(PhoneChange).where(PhoneChange.created_at < clock.now() - OBJECTION)
    db.session.execute(old.execution_options(synchronize_session=False))


def wording_for(phone: str) -> str:
    """What is sent to a number that somebody wants: its holder alone learns that it has an account already."""
    return "auth/sms/number_taken.txt" if is_taken(phone) else ""


def _take(person: Person, phone: str) -> None:
    with raise_if_taken("uq_people_phone", _taken):
        person.phone = phone


def _taken() -> Conflict:
    return Conflict(
        _("This number can't be used: it has an account already. Sign in with it, or take another."), "code"
    )
