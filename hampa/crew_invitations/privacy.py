"""Export and erasure of the invitations that a person sent to phone numbers, and of those to their own number."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, select

from hampa.crew_invitations.models import NumberInvitation
from hampa.crew_invitations.queries import hashes_of
from hampa.crews.models import Crew
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l

privacy_registry.holds(NumberInvitation.inviter_id, noun="crew_number_invitations", fate="delete")


@privacy_registry.exports("crew_number_invitations", _l("Phone numbers that you invited into crews"))
def export_sent(person: Person) -> Iterable[dict[str, Any]]:
    """Return the invitations; `number` is there while the invitation is open."""
    columns = "crew_id number created_at expires_at sent_at accepted_at revoked_at"
    return privacy_registry.rows_of(person, NumberInvitation.inviter_id, columns)


@privacy_registry.exports("crew_invitations_to_me", _l("Invitations into crews that your number got"))
def export_received(person: Person) -> Iterable[dict[str, Any]]:
    """Return the invitations to the person's number, without who sent them."""
    columns = "created_at expires_at accepted_at revoked_at"
    query = (
        select(Crew.name.label("crew"), *privacy_registry.columns(NumberInvitation, columns))
        .join(Crew, Crew.id == NumberInvitation.crew_id)
        .where(NumberInvitation.number_hash.in_(hashes_of(person.phone)), NumberInvitation.sent_at.is_not(None))
    )
    return privacy_registry.rows_in_order(query, NumberInvitation)


@privacy_registry.erases
def erase_received(person: Person) -> None:
    """Delete the invitations to the person's number."""
    if person.phone:
        theirs = NumberInvitation.number_hash.in_(hashes_of(person.phone))
        db.session.execute(delete(NumberInvitation).where(theirs).execution_options(synchronize_session=False))
