"""Sessions, devices and codes of a person, in their export and at their erasure."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, select

from hampa.auth.models import Device, NumberTries, Session, SignInCode
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l

privacy_registry.holds(Session.person_id, noun="sign_ins", fate="delete")
privacy_registry.holds(Device.person_id, noun="devices", fate="delete")


@privacy_registry.exports("sign_ins", _l("Where you are signed in, and where you were lately"))
def sign_ins(person: Person) -> Iterable[dict[str, Any]]:
    """Return the sessions, without their tokens."""
    names = "id created_at method address user_agent timezone proved_at proved_by last_seen_at ended_at is_program"
    return privacy_registry.rows_of(person, Session.person_id, names)


@privacy_registry.exports("devices", _l("Browsers that Hampa knows as yours"))
def devices(person: Person) -> Iterable[dict[str, Any]]:
    """Return the known devices, without their tokens."""
    return privacy_registry.rows_of(
        person, Device.person_id, "id created_at last_sign_in_at wrong_in_a_row waits_until"
    )


@privacy_registry.exports(
    "codes", _l("Codes that were asked for with your number in the last two days, without the codes")
)
def codes(person: Person) -> Iterable[dict[str, Any]]:
    """Return the codes that were requested for the person's number by anybody, without their digits."""
    names = "id created_at purpose network locale sent attempts expires_at ended_as ended_at"
    query = select(*privacy_registry.columns(SignInCode, names)).where(SignInCode.phone == person.phone)
    return privacy_registry.rows_in_order(query, SignInCode)


@privacy_registry.erases
def erase_number(person: Person) -> None:
    """Delete codes and wrong tries, which are stored by the number and not by the person.

    A code that is being typed at this moment is left to `auth.prune`: that transaction holds its row and waits for the
    person's, which this one holds; it goes on with a new person.
    """
    free = select(SignInCode.id).where(SignInCode.phone == person.phone).with_for_update(skip_locked=True)
    for statement in (
        delete(SignInCode).where(SignInCode.id.in_(free)),
        delete(NumberTries).where(NumberTries.phone == person.phone),
    ):
        db.session.execute(statement.execution_options(synchronize_session=False))
