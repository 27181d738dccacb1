"""All of the demo community, as each start of the site fills it in."""

from __future__ import annotations

from dataclasses import dataclass

from hampa.demo.actions import cards, people, runs, series


@dataclass(frozen=True)
class Made:
    """How many there are, and how many runs had to be made or moved for that."""

    people: int
    cards: int
    runs: int
    changed: int


def make_community() -> Made:
    """Fill in what is missing, and move what is past. Doing it again touches nothing that a person made."""
    everybody = people.make_people()
    cards.make_cards(everybody)
    cards.make_companions(everybody)
    series.make_series(everybody)
    changed = runs.make_runs(everybody, runs.RUNS - min(series.runs_to_come(), series.RUNS))
    return Made(len(everybody), cards.CARDS, runs.RUNS, changed)
