"""Export and erasure of looks at phone numbers."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.roster.models import PhoneLook
from hampa.runs.models.run import Run
from hampa.runs.privacy import run_labels

privacy_registry.holds(PhoneLook.person_id, noun="phone_looks", fate="delete")
privacy_registry.holds(
    PhoneLook.organiser_id,
    left_out="it is in the other one's export",
    fate="keep",
    because="whoever's number was seen may know how often, without the name",
)


@privacy_registry.exports("phone_looks", _l("When organisers saw your phone number around a run"))
def export_phone_looks(person: Person) -> Iterable[dict[str, Any]]:
    """Return the looks at the person's number, one row for each run and organiser."""
    columns = privacy_registry.columns(PhoneLook, "run_id created_at last_at organiser_id")
    query = select(*columns, *run_labels()).join(Run, Run.id == PhoneLook.run_id)
    return privacy_registry.rows_in_order(query.where(PhoneLook.person_id == person.id), PhoneLook)
