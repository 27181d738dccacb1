"""Export and erasure of the reminders that a person got."""

from collections.abc import Iterable
from typing import Any

from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.reminders.models import Reminder

privacy_registry.holds(Reminder.person_id, noun="reminders", fate="delete")


@privacy_registry.exports("reminders", _l("Which runs you were reminded of"))
def export_reminders(person: Person) -> Iterable[dict[str, Any]]:
    """Return the reminders; `kind` is evening or soon."""
    return privacy_registry.rows_of(person, Reminder.person_id, "run_id created_at kind start")
