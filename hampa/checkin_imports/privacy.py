"""Export and erasure of imports."""

from collections.abc import Iterable
from typing import Any

from hampa.checkin_imports.models import CheckInImport, ImportedCheckIn
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l

privacy_registry.holds(CheckInImport.person_id, noun="check_in_imports", fate="delete")
privacy_registry.holds(ImportedCheckIn.person_id, left_out="the check-ins themselves are in `check_ins`", fate="delete")


@privacy_registry.exports("check_in_imports", _l("Files of check-ins that you brought here"))
def export_imports(person: Person) -> Iterable[dict[str, Any]]:
    """Return the files of the last month: what was read of those that wait, and the report of the others."""
    return privacy_registry.rows_of(person, CheckInImport.person_id, "id created_at done_at rows bad report")
