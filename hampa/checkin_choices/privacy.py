"""Export and erasure of what a person chose about check-ins."""

from collections.abc import Iterable
from typing import Any

from hampa.checkin_choices.models import CheckInChoices, CheckInPreferences
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l

privacy_registry.holds(CheckInChoices.person_id, noun="check_in_choices", fate="delete")
privacy_registry.holds(CheckInPreferences.person_id, noun="check_in_preferences", fate="delete")


@privacy_registry.exports("check_in_choices", _l("What you chose about check-ins in each crew"))
def export_choices(person: Person) -> Iterable[dict[str, Any]]:
    """Return the choices; `asking` is nobody, shared or all."""
    return privacy_registry.rows_of(person, CheckInChoices.person_id, "crew_id reminders asking updated_at")


@privacy_registry.exports("check_in_preferences", _l("What you chose for all your check-ins"))
def export_preferences(person: Person) -> Iterable[dict[str, Any]]:
    """Return the one row, if anything was chosen."""
    return privacy_registry.rows_of(person, CheckInPreferences.person_id, "reminders sharing updated_at")
