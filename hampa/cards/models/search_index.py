"""By what a card is found: its words, its owner's names, and about where they run."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, Text, func
from sqlalchemy.dialects.postgresql import TSVECTOR, array
from sqlalchemy.orm import Mapped, mapped_column

from hampa.people.models.person import Person
from hampa.platform.geo.places import spot_of
from hampa.platform.geo.squares import CELLS, Spotted
from hampa.platform.texts.search import words_of

LISTED = "state = 'active'"
"""Which cards are in lists, as indexes say it."""
MATCHED_IN = ("cell", "wide_cell")
"""The squares that companions are looked for in: about 5 and 28 kilometres wide."""

FINDING_INDEXES = (
    Index("ix_cards_search", "search", postgresql_using="gin"),
    *(
        Index(f"ix_cards_{name}", name, "created_at", "id", postgresql_where=f"{LISTED} AND {name} IS NOT NULL")
        for name in CELLS
    ),
    *(
        Index(
            f"ix_cards_match_{name}",
            name,
            "time_of_day",
            "pace",
            "id",
            postgresql_where=f"{LISTED} AND {name} IS NOT NULL",
        )
        for name in MATCHED_IN
    ),
    Index("ix_cards_match_nowhere", "time_of_day", "pace", "id", postgresql_where=f"{LISTED} AND cell IS NULL"),
    Index("ix_cards_match_anywhere", "time_of_day", "pace", "id", postgresql_where=LISTED),
)


class SearchIndexed(Spotted):
    """The columns that searches and matches go by; `be_found` works them out.

    `search` holds the folded words of the texts. The spot is the pin as others may see it, so that nobody gets
    nearer to the exact one by asking; else the town that the place or the owner names, else nothing.
    """

    search: Mapped[Any] = mapped_column(TSVECTOR, deferred=True)

    title: Mapped[str]
    description: Mapped[str]
    place: Mapped[str]
    aim: Mapped[str]

    @property
    def shown_pin(self) -> tuple[float, float] | None:
        """The pin as others may see it."""
        raise NotImplementedError

    def be_found(self, owner: Person) -> None:
        """Work out by what the card is found, once it or its owner's town is another."""
        words = words_of(self.title, self.place, *owner.found_by, self.aim or "", self.description or "")
        self.search = func.array_to_tsvector(array(words, type_=Text))
        self.stand_at(*(self.shown_pin or spot_of(self.place, owner.city, owner.timezone)))
