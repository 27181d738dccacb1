"""A crew with a duty, at a fixed time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hampa.platform import clock
from tests.factories.crews import make_crew
from tests.factories.duties import make_schedule

MONDAY = datetime(2026, 11, 30, 9, tzinfo=UTC)


@pytest.fixture
def monday():
    with clock.frozen(MONDAY):
        yield


@pytest.fixture
def crew(monday, owner, companion):
    """Return a crew in Tehran whose admin is the owner, and to which the companion belongs."""
    return make_crew(owner, companion, name="Dawn Patrol")


@pytest.fixture
def schedule(crew):
    """Return a duty of every day at six in Tehran (2:30 UTC), for one person."""
    return make_schedule(crew, name="North gate", role="marshal", timezone="Asia/Tehran")
