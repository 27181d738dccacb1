"""A crew of two, for tests of its check-ins."""

from __future__ import annotations

import pytest

from tests.factories.crews import make_crew


@pytest.fixture
def crew(owner, companion):
    """Return a crew in Tehran whose week begins on Saturday, to which owner and companion belong."""
    return make_crew(owner, companion, name="Dawn Patrol", first_day=6)
