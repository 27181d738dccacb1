"""Export and erasure of appeals to a person."""

from collections.abc import Iterable
from typing import Any

from hampa.duty_appeals.models import Appeal, AppealChoice, Ask
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l

privacy_registry.holds(AppealChoice.person_id, noun="duty_appeal_choices", fate="delete")
privacy_registry.holds(Ask.person_id, noun="duty_asks", fate="delete")
privacy_registry.holds(Appeal.author_id, noun="duty_appeals", fate="empty")


@privacy_registry.exports("duty_appeal_choices", _l("Where you want to be asked when a shift needs people"))
def export_choices(person: Person) -> Iterable[dict[str, Any]]:
    """Return the crews and series."""
    return privacy_registry.rows_of(person, AppealChoice.person_id, "crew_id series_id asked_at created_at")


@privacy_registry.exports("duty_asks", _l("Appeals to take a shift that reached you"))
def export_asks(person: Person) -> Iterable[dict[str, Any]]:
    """Return when you were asked, and what you answered."""
    return privacy_registry.rows_of(person, Ask.person_id, "appeal_id answer answered_at created_at")


@privacy_registry.exports("duty_appeals", _l("Appeals for people in shifts that you made"))
def export_appeals(person: Person) -> Iterable[dict[str, Any]]:
    """Return the shifts, without whom was asked."""
    return privacy_registry.rows_of(person, Appeal.author_id, "id schedule_id starts_at created_at")
