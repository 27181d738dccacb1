"""Export of the pace groups that a person leads."""

from collections.abc import Iterable
from typing import Any

from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.runs.models.run import PaceGroup

privacy_registry.holds(PaceGroup.leader_id, noun="paces_led", fate="empty")
privacy_registry.holds(PaceGroup.leader_asker_id, left_out="whom one asked to lead a group is about them", fate="empty")


@privacy_registry.exports("paces_led", _l("Pace groups that you lead, or are asked to"))
def export_pace_groups(person: Person) -> Iterable[dict[str, Any]]:
    """Return the pace groups with the person's answer; paces are seconds a kilometre."""
    answer = "leader_agreed_at leader_declined_at leader_for_series"
    return privacy_registry.rows_of(person, PaceGroup.leader_id, f"run_id name pace size {answer}")
