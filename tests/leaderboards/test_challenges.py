"""The board of a challenge: who takes part, by what it counts, and for good once it is over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.challenges.jobs import finish
from hampa.challenges.models import ChallengeEntry
from hampa.crews.models import ACTIVE, INACTIVE, CrewMembership
from hampa.platform import clock
from hampa.platform.db import db
from hampa.training.models.activities import Activity
from tests.factories.badges import make_challenge
from tests.factories.base import made
from tests.factories.crews import make_crew
from tests.factories.training import make_activity
from tests.leaderboards.test_boards import WEDNESDAY, follow, ranks, shown


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.frozen(WEDNESDAY):
        yield


def test_a_challenge_ranks_who_takes_part_and_keeps_its_ranks_when_it_is_over(
    page, owner, companion, stranger, operator, work
):
    crew = make_crew(owner, companion, name="Sunrise")
    challenge = make_challenge(crew, owner, companion, name="To Yazd")
    made(ChallengeEntry, challenge_id=challenge.id, person_id=stranger.id, by_link=True)
    make_activity(owner, distance_m=4_000, visibility="crew")
    make_activity(companion, distance_m=9_000, visibility="crew")
    make_activity(companion, timedelta(days=6), distance_m=3_000, visibility="crew", kind="ride")
    make_activity(companion, distance_m=90_000, visibility="companions")
    make_activity(stranger, distance_m=10_000, visibility="everyone")
    make_activity(stranger, distance_m=80_000, visibility="crew")  # they are of no crew here
    make_activity(stranger, timedelta(days=20), distance_m=70_000, visibility="everyone")
    work()
    address = f"/leaderboards/challenge/{challenge.id}"
    page.get(address, 303)
    page.as_(operator).get(address, 404)
    page.as_(stranger).get(address, 404)  # who came by the link sees on no board what members alone may see
    page.as_(companion).post(f"{address}/standing", {"stands": "0"}, status=303)  # it is no choice
    board = page.as_(companion).get(address)
    assert "Your rank 1 of 3" in board.words and "12 km" in board.words and "To Yazd" in board.words
    assert "Join this board" not in board.words and f"/challenges/{challenge.id}" in board.links
    assert address in page.as_(companion).get(f"/challenges/{challenge.id}").links
    page.as_(owner).speaking("fa").get(f"{address}?in=month")
    by_week = shown(owner, "challenge", challenge.id)
    assert ranks(by_week) == [(stranger.id, 10_000, 1), (companion.id, 9_000, 2), (owner.id, 4_000, 3)]
    # Who leaves the crew is off at once, who came by the link leaves with the entry.
    membership = db.session.scalar(select(CrewMembership).filter_by(crew_id=crew.id, person_id=companion.id))
    membership.status = INACTIVE
    db.session.flush()
    assert [row.person.id for row in shown(owner, "challenge", challenge.id, window="all").rows] == [
        stranger.id,
        owner.id,
    ]
    membership.status = ACTIVE
    follow()
    with clock.frozen(WEDNESDAY + timedelta(days=9)):
        finish()
        activities = select(Activity).where(Activity.person_id == stranger.id)
        for one in db.session.scalars(activities).all():
            db.session.delete(one)
        follow()
        final = [(companion.id, 12_000, 1), (stranger.id, 10_000, 2), (owner.id, 4_000, 3)]
        assert ranks(shown(owner, "challenge", challenge.id, window="all")) == final
        assert "This week" not in page.as_(owner).get(f"{address}?in=week").words
        db.session.delete(db.session.scalar(select(ChallengeEntry).filter_by(person_id=stranger.id)))
        db.session.flush()
        assert len(shown(owner, "challenge", challenge.id, window="all").rows) == 2
        follow()
        assert ranks(shown(owner, "challenge", challenge.id, window="all")) == [final[0], (owner.id, 4_000, 2)]
