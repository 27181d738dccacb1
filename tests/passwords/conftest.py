"""What the tests of passwords share."""

from __future__ import annotations

import pytest

from hampa.passwords import actions
from tests.auth.conftest import change_settings

__all__ = ["change_settings"]

HASHER = actions.hasher
"""As the site has it, from before the tests' own took its place."""


@pytest.fixture(autouse=True)
def _real_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords at the cost that the site pays."""
    monkeypatch.setattr(actions, "hasher", HASHER)
    actions._hash_of_nothing.cache_clear()
