"""The table of follows, and the point of a followed place."""

import uuid
from dataclasses import dataclass, field
from typing import Self

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Record, db
from hampa.platform.geo.squares import CELLS, cell_of

MOST_FOLLOWS = 100
FARTHEST_KM = 200
STEPS = 100
"""Steps in a degree: the middle of a followed place is known to about a kilometre, and no better."""


@dataclass(frozen=True, slots=True)
class FollowedPlace:
    """A circle whose middle is rounded to a hundredth of a degree; `name` is how the person called it, or ""."""

    latitude: float
    longitude: float
    radius_km: int
    name: str = field(default="", compare=False)

    @classmethod
    def around(cls, latitude: float, longitude: float, radius_km: int, name: str = "") -> Self:
        """Return the circle around a point, which is rounded."""
        return cls(round(latitude * STEPS) / STEPS, round(longitude * STEPS) / STEPS, radius_km, name)

    @property
    def id(self) -> uuid.UUID:
        """The circle as an id, for addresses and for what a visitor presses; the name is no part of it."""
        north, east = round((self.latitude + 90) * STEPS), round((self.longitude + 180) * STEPS)
        return uuid.UUID(int=north << 32 | east << 16 | self.radius_km)

    @property
    def query(self) -> str:
        """Return the text that names exactly this place in a search."""
        return f"{self.name} ({self.latitude:.2f}, {self.longitude:.2f})".strip()

    @classmethod
    def of_id(cls, place_id: uuid.UUID, name: str = "") -> Self | None:
        """Return the circle of an id, None if it is that of none."""
        north, east, radius_km = place_id.int >> 32, place_id.int >> 16 & 0xFFFF, place_id.int & 0xFFFF
        if north > 180 * STEPS or east > 360 * STEPS or not 1 <= radius_km <= FARTHEST_KM:
            return None
        return cls((north - 90 * STEPS) / STEPS, (east - 180 * STEPS) / STEPS, radius_km, name)


class Follow(Record, db.Model):
    """A person who wants to hear of new runs of an organiser, of a series, or within `radius_km` of a place.

    `place` is the name of the place, as the person knows it. `widest_cell` is the square of the widest grid
    (`platform.geo.squares`) that its middle is in.
    """

    __tablename__ = "follows"
    __table_args__ = (
        CheckConstraint("num_nonnulls(organiser_id, series_id, radius_km) = 1", name="one_thing"),
        CheckConstraint(
            "num_nonnulls(radius_km, spot_latitude, spot_longitude, widest_cell) IN (0, 4)", name="whole_place"
        ),
        CheckConstraint("organiser_id <> person_id", name="two_people"),
        CheckConstraint(f"radius_km BETWEEN 1 AND {FARTHEST_KM}", name="radius_km"),
        CheckConstraint("char_length(place) <= 120", name="place_length"),
        UniqueConstraint("person_id", "organiser_id"),
        UniqueConstraint("person_id", "series_id"),
        UniqueConstraint(
            "person_id", "spot_latitude", "spot_longitude", "radius_km", name="uq_follows_person_id_place"
        ),
        Index("ix_follows_organiser_id", "organiser_id", "person_id", postgresql_where="organiser_id IS NOT NULL"),
        Index("ix_follows_series_id", "series_id", "person_id", postgresql_where="series_id IS NOT NULL"),
        Index("ix_follows_widest_cell", "widest_cell", "person_id", postgresql_where="widest_cell IS NOT NULL"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    organiser_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    series_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"))
    place: Mapped[str] = mapped_column(default="", server_default="")
    spot_latitude: Mapped[float | None]
    spot_longitude: Mapped[float | None]
    radius_km: Mapped[int | None] = mapped_column(SmallInteger)
    widest_cell: Mapped[int | None]


def columns_of(place: FollowedPlace) -> dict[str, object]:
    """Return the columns of a follow of a place."""
    return {
        "place": place.name,
        "spot_latitude": place.latitude,
        "spot_longitude": place.longitude,
        "radius_km": place.radius_km,
        "widest_cell": cell_of(place.latitude, place.longitude, CELLS["widest_cell"]),
    }
