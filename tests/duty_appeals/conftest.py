"""A crew with a day of duties, at a fixed time."""

from __future__ import annotations

import datetime as dt
from datetime import UTC, datetime

import pytest

from hampa.platform import clock
from tests.factories.crews import make_crew
from tests.factories.duties import make_schedule

MONDAY = datetime(2026, 11, 30, 9, tzinfo=UTC)
SATURDAY = dt.date(2026, 12, 5)


@pytest.fixture
def monday():
    with clock.frozen(MONDAY):
        yield


@pytest.fixture
def crew(monday, owner, companion):
    """Return a crew in Tehran whose admin is the owner, and to which the companion belongs."""
    return make_crew(owner, companion, name="Park Saturdays")


@pytest.fixture
def duties(crew):
    """Return the duties of each Saturday at eight in Tehran (4:30 UTC), by role."""

    def duty(role, **given):
        usual = {"rule": "0 8 * * 6", "name": f"The {role}", "timezone": "Asia/Tehran", "duration_min": 90}
        return make_schedule(crew, role=role, **(usual | given))

    return {
        "leader": duty("leader"),
        "marshal": duty("marshal", max_people=3, min_people=2),
        "first_aid": duty("first_aid", qualification="First aid"),
        "sweep": duty("sweep", rule="0 10 * * 6"),
    }
