"""Export and erasure of thanks."""

from collections.abc import Iterable
from typing import Any

from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.recaps.models import Thanks

privacy_registry.holds(Thanks.person_id, noun="run_thanks", fate="delete")


@privacy_registry.exports("run_thanks", _l("Runs for which you thanked the organisers"))
def export_thanks(person: Person) -> Iterable[dict[str, Any]]:
    """Return the runs and when the person thanked."""
    return privacy_registry.rows_of(person, Thanks.person_id, "run_id created_at")
