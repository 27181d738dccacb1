"""Values that are kept by keys which hold all that they depend on."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from hampa.platform.kept import KeptValues


class Rows:
    """A table of numbers and their words, which notes what is read of it."""

    def __init__(self) -> None:
        self.words = {1: "one", 2: "two", 3: "three"}
        self.read: list[list[int]] = []

    def of(self, keys: Sequence[int]) -> dict[int, str]:
        """Return the words of numbers, of those that have any."""
        self.read.append(list(keys))
        return {key: self.words[key] for key in keys if key in self.words}


@pytest.mark.usefixtures("remembering")
def test_only_what_is_not_kept_is_read_and_all_of_it_at_once():
    rows = Rows()
    kept = KeptValues(rows.of, 10)
    assert kept.of([2, 1]) == ["two", "one"]
    assert kept.of([1, 3, 4, 2]) == ["one", "three", None, "two"]
    assert kept.of([3, 1]) == ["three", "one"]
    assert rows.read == [[2, 1], [3, 4]]
    assert kept.of([]) == [] and len(rows.read) == 2


@pytest.mark.usefixtures("remembering")
def test_when_they_are_too_many_all_are_forgotten():
    rows = Rows()
    kept = KeptValues(rows.of, 2)
    assert kept.of([1, 2]) == ["one", "two"]
    assert kept.of([1, 2, 3]) == ["one", "two", "three"]
    assert kept.of([1]) == ["one"]
    assert rows.read == [[1, 2], [3], [1]]


def test_nothing_is_kept_while_caches_are_off():
    rows = Rows()
    kept = KeptValues(rows.of, 10)
    assert kept.of([1]) == kept.of([1]) == ["one"]
    assert rows.read == [[1], [1]]
