"""Flags of activities: who raises them, what they do to boards, and how one answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from hampa.crews.models import MODERATOR
from hampa.leaderboards.actions import flags as actions
from hampa.leaderboards.models.standings import ActivityFlag
from hampa.notifications.models import Notification
from hampa.people.privacy_registry import erase
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Forbidden, NotFound
from tests.factories.crews import add_member, make_crew
from tests.factories.leaderboards import make_standing
from tests.factories.people import make_person
from tests.factories.training import make_activity

WEDNESDAY = datetime(2026, 12, 2, 12, tzinfo=UTC)
REASON = {"reason": "Eighty kilometres in an hour"}


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.frozen(WEDNESDAY):
        yield


def kinds_of(person) -> list[tuple[str, str]]:
    rows = db.session.scalars(select(Notification).where(Notification.person_id == person.id).order_by(Notification.id))
    return [(row.type, row.data.get("what", "")) for row in rows if "flag" in row.type]


def test_a_flag_is_told_answered_and_decided(page, owner, companion, stranger, operator, work):
    moderator = make_person(name="Mina Moderator")
    crew = make_crew(owner, companion)
    add_member(crew, moderator, role=MODERATOR)
    make_standing(companion, crew_id=crew.id)
    activity = make_activity(companion, distance_m=80_000, visibility="crew")
    seen, flag = f"/activities/{activity.id}", f"/activities/{activity.id}/flag"
    board = f"/leaderboards/crew/{crew.id}?by=distance"
    work()
    assert "80 km" in page.as_(owner).get(board).words
    for viewer, status in ((stranger, 404), (operator, 404), (companion, 403)):
        page.as_(viewer).get(flag, status)
        page.as_(viewer).post(flag, REASON, status=status)
    assert "Flag as implausible" not in page.as_(companion).get(seen).words
    assert "Flag as implausible" in page.as_(moderator).get(seen).words
    form = page.as_(moderator).get(flag).form(flag)
    form.fill(reason="x").submit(status=422)
    form.fill(**REASON).submit(status=303)
    page.as_(moderator).speaking("fa").get(seen)
    page.as_(owner).post(flag, REASON, status=409)
    work()
    assert "80 km" not in page.as_(owner).get(board).words
    assert kinds_of(companion) == [("activity_flagged", "flagged")]
    told = page.as_(companion).get(seen).words
    assert REASON["reason"] in told and "Mina" not in told
    # Somebody of no crew of theirs learns nothing of it, and nobody decides about their own.
    for viewer, status in ((stranger, 404), (companion, 403)):
        page.as_(viewer).post(f"{flag}/decision", {"lifts": "1"}, status=status)
    assert db.session.scalar(select(ActivityFlag.state)) == "flagged"
    answer = page.as_(companion).get(f"{flag}/appeal").form(f"{flag}/appeal")
    answer.fill(words="It was a relay by bike").submit(status=303)
    page.as_(companion).post(f"{flag}/appeal", {"words": "And again"}, status=422)
    assert ("flag_appealed", "") in kinds_of(operator) and ("flag_appealed", "") in kinds_of(moderator)
    listed = page.as_(operator).get("/leaderboards/flags")
    assert "It was a relay by bike" in listed.words and companion.name in listed.words
    page.as_(operator).speaking("fa").get("/leaderboards/flags")
    assert "relay" not in page.as_(stranger).get("/leaderboards/flags").words
    page.as_(operator).post(f"{flag}/decision", {"lifts": "0", "answer": "No"}, status=303)
    assert "Decided" in page.as_(companion).get(seen).words
    with pytest.raises((Forbidden, NotFound)):
        actions.decide(moderator, activity.id, lifts=True)  # operators have decided
    page.as_(operator).post(f"{flag}/decision", {"lifts": "1", "answer": "Sorry"}, status=303)
    work()
    assert "80 km" in page.as_(owner).get(board).words
    assert sorted(what for _kind, what in kinds_of(companion)) == ["flagged", "lifted", "upheld"]
    page.as_(moderator).post(flag, REASON, status=409)  # it was looked at
    erase(moderator)
    erase(operator)
    left = page.as_(companion).get(seen).words
    assert "deleted with the account" in left and "It was a relay by bike" in left
    assert REASON["reason"] not in left and "Sorry" not in left


def test_a_right_to_flag_ends_with_the_crew(page, owner, companion):
    crew = make_crew(owner, companion)
    activity = make_activity(companion, visibility="crew")
    secret = make_activity(companion, visibility="companions")
    with pytest.raises((Forbidden, NotFound)):
        actions.flag_activity(owner, secret.id, "Not for boards of crews")
    theirs = next(
        one for one in db.session.scalars(select(type(add_member(crew, make_person())))) if one.person_id == owner.id
    )
    add_member(crew, make_person(), role="admin")
    theirs.status = "inactive"
    db.session.flush()
    with pytest.raises((Forbidden, NotFound)):
        actions.flag_activity(owner, activity.id, "Too late")


def test_who_takes_a_flag_back_keeps_no_other_moderator_from_raising_one(page, owner, companion, stranger):
    make_crew(owner, companion), make_crew(stranger, companion)
    activity = make_activity(companion, distance_m=80_000, visibility="crew")
    flag = f"/activities/{activity.id}/flag"
    page.as_(stranger).post(flag, REASON, status=303)
    page.as_(stranger).post(f"{flag}/decision", {"lifts": "1"}, status=303)
    page.as_(stranger).post(flag, REASON, status=409)
    assert "Flag as implausible" in page.as_(owner).get(f"/activities/{activity.id}").words
    page.as_(owner).post(flag, REASON, status=303)
    assert db.session.scalar(select(ActivityFlag.state)) == "flagged"
    page.as_(stranger).post(f"{flag}/decision", {"lifts": "1"}, status=404)


def test_what_was_looked_at_may_be_flagged_again_once_it_is_changed(page, owner, companion, operator):
    make_crew(owner, companion)
    activity = make_activity(companion, distance_m=8_000, visibility="crew")
    flag = f"/activities/{activity.id}/flag"
    page.as_(owner).post(flag, REASON, status=303)
    page.as_(operator).post(f"{flag}/decision", {"lifts": "1"}, status=303)
    page.as_(owner).post(flag, REASON, status=409)
    with clock.frozen(WEDNESDAY + timedelta(minutes=1)):
        activity.distance_m = 80_000
        db.session.commit()
        assert "Flag as implausible" in page.as_(owner).get(f"/activities/{activity.id}").words
        page.as_(owner).post(flag, REASON, status=303)
