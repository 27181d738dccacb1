"""Whose number is whose, and was."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from hampa.account.models import OBJECTION, PhoneChange
from hampa.auth.queries import session_of
from hampa.people.models.person import Person
from hampa.people.queries.people import by_phone
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Gone, NotFound
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.security import signed_links

PROOF_LASTS = timedelta(minutes=5)
"""So fresh is a code that begins what an open session alone may not: another number, a copy."""
PROOF_HOLDS = timedelta(minutes=10)
"""So fresh it still is for the last step of what it began, which waits for a second code."""
OBJECTION_LINK = "p"


def has_proved(person: Person, lately: timedelta = PROOF_LASTS) -> bool:
    """Whether who is signed in here has typed a code from the present number just before."""
    if person.session_id is None:
        return False
    return session_of(person, person.session_id).proved_at > clock.now() - lately


def is_taken(phone: str) -> bool:
    """Whether somebody signs in with this number (E.164)."""
    return by_phone(phone) is not None


def change_of_link(token: str) -> tuple[PhoneChange, Person]:
    """The change that the holder of the old number may take back, and whose it is. Raises NotFound for a link that is forged, Gone once it
    was taken back, the old number is the one that counts, or its days are over.

    That the number has changed again meanwhile does not matter: whoever stole an account would do just that.
    """
    link = signed_links.read(token)
    found = None
    if link is not None and link.purpose == OBJECTION_LINK:
        found = db.session.execute(
            select(PhoneChange, Person)
            .join(Person, Person.id == PhoneChange.person_id)
            .where(PhoneChange.id == link.subject_id)
        ).first()
    if link is None or found is None or not link.fits(found[0].old_phone):
        raise NotFound
    change, person = found
    if person.phone == change.old_phone:
        raise Gone(_("It is taken back: this number is the one that counts. Sign in with it."))
    if change.undone_at is not None or change.created_at < clock.now() - OBJECTION:
        raise Gone(_("This change can't be taken back any more. Write to the people who run this place."))
    return change, person
