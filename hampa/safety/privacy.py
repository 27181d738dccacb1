"""Who waited for a person, and when."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from hampa.people import privacy_registry
from hampa.people.models.person import Person
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.safety.models import ContactLook, Watch

COLUMNS = "id created_at run_id place contact_name contact_phone expected_at status heard_at told_at tellings ended_at"

privacy_registry.holds(Watch.person_id, noun="home_safe", fate="delete")
privacy_registry.holds(ContactLook.person_id, noun="contact_looks", fate="delete")
privacy_registry.holds(
    ContactLook.organiser_id,
    left_out="it is in the other one's export",
    fate="keep",
    because="whoever's contact was looked at may know how often, without the name",
)


@privacy_registry.exports("home_safe", _l("When somebody waited for you to come home"))
def home_safe(person: Person) -> Iterable[dict[str, Any]]:
    """With the contacts that the person named."""
    query = select(*privacy_registry.columns(Watch, COLUMNS)).where(Watch.person_id == person.id)
    return privacy_registry.rows(query.order_by(Watch.created_at, Watch.id))


@privacy_registry.exports("contact_looks", _l("When organisers looked at your emergency contact"))
def contact_looks(person: Person) -> Iterable[dict[str, Any]]:
    """One row for each run, organiser and hour."""
    query = select(*privacy_registry.columns(ContactLook, "id created_at run_id run_title organiser_id"))
    query = query.where(ContactLook.person_id == person.id)
    return privacy_registry.rows(query.order_by(ContactLook.created_at, ContactLook.id))
