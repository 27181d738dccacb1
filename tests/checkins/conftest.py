"""A crew of three, for tests of its check-ins."""

from __future__ import annotations

import pytest

from hampa.crews.models import ADMIN, Crew, CrewMembership
from hampa.platform import clock
from tests.factories.base import made


@pytest.fixture
def join():
    """Return what lets a person into a crew."""

    def let_in(crew, person, **given):
        return made(CrewMembership, crew_id=crew.id, person_id=person.id, joined_at=clock.now(), **given)

    return let_in


@pytest.fixture
def crew(owner, companion, join):
    """Return a crew in Tehran whose week begins on Saturday, to which owner and companion belong."""
    crew = made(Crew, name="Dawn Patrol", timezone="Asia/Tehran", first_day=6)
    join(crew, owner, role=ADMIN)
    join(crew, companion)
    return crew
