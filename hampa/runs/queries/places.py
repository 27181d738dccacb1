"""Where a place is that somebody names: a town, or a meeting point that was used here before."""

from __future__ import annotations

from sqlalchemy import select

from hampa.platform.db import db
from hampa.platform.geo import gazetteer, places
from hampa.platform.geo.places import LONGEST_KEY, OFFERED, SHORTEST, Place
from hampa.runs.models.run import Run

SAME_KM = 2.0
LOOKED_AT = 60


def find_places(text: str, locale: str, zone: str) -> list[Place]:
    """What `text` may mean, the likeliest first: "lat,lon", a town's name in either script, the
    beginning of a meeting point's name.
    """
    return places.places_called(text, locale, zone) or places_used_before(text)


def places_used_before(text: str) -> list[Place]:
    """Meeting points with a pin whose name begins so, each once, those used most first."""
    asked = gazetteer.key(text)[:LONGEST_KEY]
    if len(asked) < SHORTEST:
        return []
    rows = db.session.execute(
        select(Run.place, Run.latitude, Run.longitude)
        .where(Run.place_key.startswith(asked, autoescape=True), Run.visibility == "public", Run.latitude.is_not(None))
        .limit(LOOKED_AT)
    ).all()
    found: list[list[Place]] = []
    for row in rows:
        place = Place(row.place, "", row.latitude, row.longitude)
        for same in found:
            if _apart(same[0], place) <= SAME_KM:
                same.append(place)
                break
        else:
            found.append([place])
    return [same[0] for same in sorted(found, key=len, reverse=True)][:OFFERED]


def _apart(one: Place, other: Place) -> float:
    return gazetteer.distance_km(one.latitude, one.longitude, other.latitude, other.longitude)
