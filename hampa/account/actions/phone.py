"""Change the phone number by which a person signs in."""

from datetime import timedelta

from sqlalchemy import delete, select

from hampa.account.models import OBJECTION, PhoneChange
from hampa.account.queries import change_for_link
from hampa.auth.actions import sessions
from hampa.auth.actions.theft import end_all_ways
from hampa.notifications.actions.notifying import notify
from hampa.outbox.actions.writing import send_sms, update_recipient
from hampa.people import queries
from hampa.people.actions import reactivate
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db, raise_if_taken
from hampa.platform.errors import Conflict, NotFound, Refused
from hampa.platform.locale.i18n import gettext as _

BEFORE_CHANGE = timedelta(days=1)
"""How long before a change of number, which was taken back, others may have had the account."""


def change_phone(person: Person, new_phone: str, device_token: str | None = None) -> PhoneChange:
    """Change the person's number to one (E.164) that they have proved to be theirs, and send an SMS to the old one.

    All other sessions end, other browsers are forgotten, unsent messages go to the new number, and links sent to the
    old one become invalid. Raise Conflict when somebody else has the number: the unique index lets one of two have it.
    """
    locked = queries.lock_person(person.id)
    if locked is None or locked.state != "active":
        raise NotFound
    old_phone = locked.phone
    _set_phone(locked, new_phone)
    change = PhoneChange(person_id=locked.id, old_phone=old_phone, new_phone=new_phone)
    db.session.add(change)
    db.session.flush()
    sessions.end_sessions(locked, but=locked.session_id)
    sessions.forget_other_devices(locked, device_token)
    update_recipient(locked.id, old_phone, new_phone)
    send_sms(
        old_phone,
        "account/sms/phone_changed.txt",
        {"link": str(change.id)},
        purpose="phone_changed",
        key=f"phone_changed:{change.id}",
        locale=locked.locale,
        person_id=locked.id,
        expires_at=clock.now() + OBJECTION,
    )
    notify([locked.id], "phone_changed", subject_id=change.id, data={"phone": new_phone}, event=change.id)
    return change


def undo_change(token: str) -> Person:
    """Restore the old number for the holder of the link that was sent to it; end all other ways into the account, and out.

    What was done since from other numbers is undone too: further changes, and a deletion of the account. Raise NotFound
    and Gone as `change_for_link` does, and Refused when somebody else has the old number by now.
    """
    person = queries.lock_person(change_for_link(token)[1].id)
    change, _person = change_for_link(token)  # again, under the lock
    if person is None or person.state not in ("active", "leaving"):
        raise NotFound
    present = person.phone
    try:
        _set_phone(person, change.old_phone)
    except Conflict:
        raise Refused(_("Your old number has another account by now. Write to the operators of this site.")) from None
    reactivate(person)
    since = PhoneChange.person_id == person.id, PhoneChange.created_at >= change.created_at
    for undone in db.session.scalars(select(PhoneChange).where(*since, PhoneChange.undone_at.is_(None))):
        undone.undone_at = clock.now()
    end_all_ways(person, change.created_at - BEFORE_CHANGE)
    update_recipient(person.id, present, change.old_phone)
    return person


def delete_old_changes() -> None:
    """Delete the changes that can't be undone any more, and with them numbers that nobody needs to know."""
    old = delete(PhoneChange).where(PhoneChange.created_at < clock.now() - OBJECTION)
    db.session.execute(old.execution_options(synchronize_session=False))


def _set_phone(person: Person, phone: str) -> None:
    message = _("This number can't be used: it has an account already. Sign in with it, or take another.")
    with raise_if_taken("uq_people_phone", lambda: Conflict(message, "code")):
        person.phone = phone
