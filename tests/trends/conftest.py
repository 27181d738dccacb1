"""A crew of ten whose week began on Saturday 28 November 2026, and the days on which things happen to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hampa.platform import clock
from hampa.platform.db import db
from hampa.trends.actions import publish_numbers
from hampa.trends.models import SETTLING
from tests.factories.checkins import make_check_in
from tests.factories.crews import make_crew
from tests.factories.people import make_person

WEDNESDAY = datetime(2026, 12, 2, 12, tzinfo=UTC)
END = datetime(2026, 12, 4, 20, 30, tzinfo=UTC)
"""Midnight in Tehran, when the week is over."""
SETTLED = END + SETTLING


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.frozen(WEDNESDAY):
        yield


@pytest.fixture
def people(db_session):
    """Return ten people, of whom the first is the crew's admin."""
    return [make_person(name=f"Runner {name}") for name in "ABCDEFGHIJ"]


@pytest.fixture
def crew(people):
    """Return their crew in Tehran."""
    return make_crew(*people, name="Dawn Patrol", first_day=6)


def answer(people, crew, sharing="numbers", **given):
    """Have people answer alike."""
    for person in people:
        make_check_in(person, crew, sharing=sharing, **given)


def publish(at=SETTLED):
    """Publish what has settled at a moment, and return for how many periods that was decided."""
    with clock.frozen(at):
        decided = publish_numbers(100)
    db.session.flush()
    return decided


def weeks_back(number):
    """Return a moment so many weeks before."""
    return WEDNESDAY - timedelta(weeks=number)
