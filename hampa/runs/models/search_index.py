"""The columns and indexes by which runs are searched."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from hampa.people.models.person import Person
from hampa.platform.geo import gazetteer
from hampa.platform.geo.places import LONGEST_KEY, locate_town
from hampa.platform.geo.squares import CELLS, LocatedMixin
from hampa.platform.texts.search import WordVector, searchable_words

LISTED = "visibility = 'public' AND cancelled_at IS NULL"
"""The SQL condition of runs that are in lists, for partial indexes."""

SEARCH_INDEXES = (
    Index("ix_runs_search", "search", postgresql_using="gin"),
    Index(
        "ix_runs_place_key",
        "place_key",
        postgresql_ops={"place_key": "text_pattern_ops"},
        postgresql_where="visibility = 'public' AND latitude IS NOT NULL",
    ),
    Index("ix_runs_women", "starts_at", "id", postgresql_where=f"{LISTED} AND company = 'women'"),
    Index("ix_runs_paces", "paces", postgresql_using="gin", postgresql_where=LISTED),
    Index("ix_runs_pinned", "starts_at", "id", postgresql_where=f"{LISTED} AND latitude IS NOT NULL"),
    *(
        Index(f"ix_runs_{name}", name, "starts_at", "id", postgresql_where=f"{LISTED} AND {name} IS NOT NULL")
        for name in CELLS
    ),
)


class SearchIndexed(LocatedMixin):
    """The columns that searches use.

    `search` holds the folded words of the texts and of the organiser's names. `spot_latitude` and `spot_longitude` are
    the run's pin, else the town named by its place or its organiser, else empty; the cells are the squares of four
    grids around that point. `place_key` is the place as `near` compares it.
    """

    search: Mapped[Any] = mapped_column(WordVector, deferred=True)
    place_key: Mapped[str] = mapped_column(server_default="", deferred=True)

    title: Mapped[str]
    description: Mapped[str]
    place: Mapped[str]
    timezone: Mapped[str]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]

    def update_search_index(self, organiser: Person) -> None:
        """Compute the search columns from the run and its organiser."""
        self.search = searchable_words(self.title, self.place, *organiser.search_names, self.description or "")
        self.place_key = gazetteer.name_key(self.place)[:LONGEST_KEY]
        spot: tuple[float | None, float | None] = (self.latitude, self.longitude)
        if self.latitude is None or self.longitude is None:
            spot = locate_town(self.place, organiser.city, self.timezone)
        self.set_location(*spot)
