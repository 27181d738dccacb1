"""What `make test-quick` and `make mutants` take from the source is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import mutants, quick


@pytest.mark.parametrize(
    ("changed", "asked"),
    [
        ("hampa/cards/actions/cards.py", ["tests/cards"]),
        ("hampa/templates/cards/show.html", ["tests/cards"]),
        ("hampa/static/css/safety.css", ["tests/safety"]),
        ("tests/auth/test_limits.py", ["tests/auth"]),
        ("hampa/app.py", []),
        ("hampa/templates/layouts/page.html", []),
        ("tests/browser/runner.py", []),
        ("README.md", []),
    ],
)
def test_a_change_asks_for_the_tests_of_its_feature(changed: str, asked: list[str]) -> None:
    assert quick.tests_for([Path(changed)]) == ["tests/house", *asked]


def test_every_mutant_has_its_guard_and_its_tests() -> None:
    assert len(mutants.mutants()) >= 24
    faults = []
    for mutant in mutants.mutants():
        for look in (mutants.module_of, mutants.tests_of):
            try:
                look(mutant)
            except LookupError as reason:
                faults.append(str(reason))
    assert not faults, "\n".join(faults)
