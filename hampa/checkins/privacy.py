"""Export and erasure of a person's check-ins."""

from collections.abc import Iterable
from typing import Any

from hampa.checkins.models import CheckIn
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l

privacy_registry.holds(CheckIn.person_id, noun="check_ins", fate="delete")


@privacy_registry.exports("check_ins", _l("Your check-ins"))
def export_check_ins(person: Person) -> Iterable[dict[str, Any]]:
    """Return the check-ins, the oldest first."""
    columns = "id crew_id period_from period_to productive satisfied body care score note mood energy health sharing"
    return privacy_registry.rows_of(person, CheckIn.person_id, f"{columns} counted_from created_at")
