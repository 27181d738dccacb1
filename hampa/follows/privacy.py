"""Export and erasure of what a person follows."""

from collections.abc import Iterable
from typing import Any

from hampa.follows.models import Follow
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l

privacy_registry.holds(Follow.person_id, noun="follows", fate="delete")
privacy_registry.holds(
    Follow.organiser_id, left_out="who follows somebody is known to the follower alone", fate="delete"
)


@privacy_registry.exports("follows", _l("Organisers, series and places that you follow"))
def export_follows(person: Person) -> Iterable[dict[str, Any]]:
    """Return the follows: the id of an organiser or of a series, or a place with its radius."""
    columns = "organiser_id series_id place spot_latitude spot_longitude radius_km created_at"
    return privacy_registry.rows_of(person, Follow.person_id, columns)
