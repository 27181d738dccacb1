"""By what a run is found: its words, and the place it is at."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from hampa.people.models.person import Person
from hampa.platform.geo import gazetteer
from hampa.platform.geo.places import LONGEST_KEY, spot_of
from hampa.platform.geo.squares import CELLS, Spotted
from hampa.platform.texts.search import WordVector, words_of

LISTED = "visibility = 'public' AND cancelled_at IS NULL"
"""Which runs are in lists, as indexes say it."""

FINDING_INDEXES = (
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


class SearchIndexed(Spotted):
    """The columns that searches go by; `be_found` works them out.

    `search` holds the folded words of the texts and of the organiser's names. `spot_latitude` and
    `spot_longitude` say where the run is: its pin, else the town that its place or its organiser
    names, else nothing. The cells are the squares of four grids that this is in. `place_key` is
    the place as `near` compares it.
    """

    search: Mapped[Any] = mapped_column(WordVector, deferred=True)
    place_key: Mapped[str] = mapped_column(server_default="", deferred=True)

    title: Mapped[str]
    description: Mapped[str]
    place: Mapped[str]
    timezone: Mapped[str]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]

    def be_found(self, organiser: Person) -> None:
        """Work out by what the run is found, once its plan or its organiser's name is another."""
        self.search = words_of(self.title, self.place, *organiser.found_by, self.description or "")
        self.place_key = gazetteer.key(self.place)[:LONGEST_KEY]
        spot: tuple[float | None, float | None] = (self.latitude, self.longitude)
        if self.latitude is None or self.longitude is None:
            spot = spot_of(self.place, organiser.city, self.timezone)
        self.stand_at(*spot)
