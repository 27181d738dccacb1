"""Export and erasure of what was found of a person, and of looks."""

from collections.abc import Iterable
from typing import Any

from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.reaching_out.models import Drift, DriftLook

privacy_registry.holds(Drift.person_id, noun="drifts", fate="delete")
privacy_registry.holds(DriftLook.person_id, noun="drift_looks", fate="delete")
privacy_registry.holds(
    DriftLook.viewer_id, left_out="whom it concerns have it, and their names are theirs", fate="empty"
)


@privacy_registry.exports("drifts", _l("What organisers who may ask after you can see"))
def export_drifts(person: Person) -> Iterable[dict[str, Any]]:
    """Return the rows; `basis` is the consent that they stand on."""
    return privacy_registry.rows_of(person, Drift.person_id, "crew_id reason since periods basis created_at")


@privacy_registry.exports("drift_looks", _l("When organisers saw that you might like to be asked"))
def export_looks(person: Person) -> Iterable[dict[str, Any]]:
    """Return the looks, without the ids of who looked."""
    return privacy_registry.rows_of(person, DriftLook.person_id, "crew_id since created_at last_at")
