"""Places around which runs are searched, and meeting points by name."""

from sqlalchemy import select

from hampa.platform.db import db
from hampa.platform.geo import gazetteer, places
from hampa.platform.geo.places import LONGEST_KEY, OFFERED, SHORTEST, Place
from hampa.runs.models.run import Run

SAME_PLACE_KM = 2.0
PLACES_SCANNED = 60


def find_places(text: str, locale: str, zone: str) -> list[Place]:
    """Return the places that `text` may mean, the likeliest first.

    The text is "lat,lon", the name of a town in either script or the beginning of a meeting point's name.
    """
    return places.places_called(text, locale, zone) or find_meeting_points(text)


def find_meeting_points(text: str) -> list[Place]:
    """Return meeting points with a pin whose name begins with `text`, each once, the most used first."""
    key = gazetteer.name_key(text)[:LONGEST_KEY]
    if len(key) < SHORTEST:
        return []
    rows = db.session.execute(
        select(Run.place, Run.latitude, Run.longitude)
        .where(Run.place_key.startswith(key, autoescape=True), Run.visibility == "public", Run.latitude.is_not(None))
        .limit(PLACES_SCANNED)
    ).all()
    groups: list[list[Place]] = []
    for row in rows:
        place = Place(row.place, "", row.latitude, row.longitude)
        near = (group for group in groups if _distance_km(group[0], place) <= SAME_PLACE_KM)
        group = next(near, None)
        if group is None:
            groups.append([place])
        else:
            group.append(place)
    return [group[0] for group in sorted(groups, key=len, reverse=True)][:OFFERED]


def _distance_km(place: Place, other: Place) -> float:
    return gazetteer.distance_km(place.latitude, place.longitude, other.latitude, other.longitude)
