"""Export and erasure of a person's training."""

from collections.abc import Iterable
from typing import Any

from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.training.models.activities import Activity
from hampa.training.models.timers import Timer

privacy_registry.holds(Activity.person_id, noun="activities", fate="delete")
privacy_registry.holds(Timer.person_id, noun="activity_timers", fate="delete")


@privacy_registry.exports("activities", _l("What you wrote down of your training"))
def export_activities(person: Person) -> Iterable[dict[str, Any]]:
    """Return the activities; `duration_s` is without breaks, `day` the date on the clock of `timezone`."""
    columns = (
        "id kind started_at ended_at timezone day duration_s distance_m climb_m effort feeling note visibility run_id"
        " created_at updated_at"
    )
    return privacy_registry.rows_of(person, Activity.person_id, columns)


@privacy_registry.exports("activity_timers", _l("Your timer, while it runs"))
def export_timers(person: Person) -> Iterable[dict[str, Any]]:
    """Return the timer, if one runs."""
    columns = "id kind timezone started_at paused_at paused_s asked_at created_at"
    return privacy_registry.rows_of(person, Timer.person_id, columns)
