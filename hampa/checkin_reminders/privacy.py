"""Export and erasure of the reminders and nudges that a person got."""

from collections.abc import Iterable
from typing import Any

from hampa.checkin_reminders.models import CheckInNudge, CheckInReminder, NudgeRound
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l

privacy_registry.holds(CheckInReminder.person_id, noun="check_in_reminders", fate="delete")
privacy_registry.holds(CheckInNudge.person_id, noun="check_in_nudges", fate="delete")
privacy_registry.holds(NudgeRound.actor_id, noun="check_in_nudges_by_you", fate="empty")


@privacy_registry.exports("check_in_reminders", _l("Which check-ins you were reminded of"))
def export_reminders(person: Person) -> Iterable[dict[str, Any]]:
    """Return the reminders; `day` counts the days of the period that were over."""
    return privacy_registry.rows_of(person, CheckInReminder.person_id, "crew_id period_from day created_at")


@privacy_registry.exports("check_in_nudges", _l("When an organiser last nudged you to check in"))
def export_nudges(person: Person) -> Iterable[dict[str, Any]]:
    """Return the last nudge of each crew."""
    return privacy_registry.rows_of(person, CheckInNudge.person_id, "crew_id nudged_at created_at")


@privacy_registry.exports("check_in_nudges_by_you", _l("When you nudged your crew to check in"))
def export_rounds(person: Person) -> Iterable[dict[str, Any]]:
    """Return the rounds, without whom they reached."""
    return privacy_registry.rows_of(person, NudgeRound.actor_id, "crew_id created_at")
