"""Watches and looks at the emergency contact, in a person's export and at their erasure."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.safety.models import ContactLook, Watch

COLUMNS = "id created_at run_id place contact_name contact_phone expected_at status heard_at told_at ended_at"

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
    """Return the person's watches, with their contacts."""
    columns = *privacy_registry.columns(Watch, COLUMNS), Watch.alerts_sent.label("tellings")
    return privacy_registry.rows_in_order(select(*columns).where(Watch.person_id == person.id), Watch)


@privacy_registry.exports("contact_looks", _l("When organisers looked at your emergency contact"))
def contact_looks(person: Person) -> Iterable[dict[str, Any]]:
    """Return the looks at the person's contact, one row for each run, organiser and hour."""
    return privacy_registry.rows_of(person, ContactLook.person_id, "id created_at run_id run_title organiser_id")
