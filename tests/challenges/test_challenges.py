"""Challenges: a sum and a ranking, the link, what counts, hiding, leaving, and the end."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from hampa.badges.jobs import collect
from hampa.challenges.actions import entries
from hampa.challenges.jobs import finish
from hampa.challenges.models import Challenge, ChallengeEntry
from hampa.challenges.queries.challenges import challenge_for, ranking_of
from hampa.crews.models import CrewMembership
from hampa.notifications.models import Notification
from hampa.people.models import Block, Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.participation import COMPLETED
from tests.factories.badges import make_challenge
from tests.factories.base import made
from tests.factories.crews import make_crew
from tests.factories.duties import make_booking, make_schedule
from tests.factories.people import make_person
from tests.factories.runs import make_run, take_part
from tests.factories.training import make_activity
from tests.races import at_once

WEDNESDAY = datetime(2026, 12, 2, 12, tzinfo=UTC)


@pytest.fixture
def _wednesday():
    with clock.frozen(WEDNESDAY):
        yield


def values(challenge) -> dict:
    query = select(ChallengeEntry.person_id, ChallengeEntry.value).where(ChallengeEntry.challenge_id == challenge.id)
    return {row.person_id: row.value for row in db.session.execute(query)}


def notices(person, kind: str) -> list:
    query = select(Notification.id).where(Notification.person_id == person.id, Notification.type == kind)
    return list(db.session.scalars(query))


@pytest.mark.usefixtures("_wednesday")
def test_a_crew_runs_towards_a_sum_with_whoever_has_the_link(page, work, owner, companion, stranger, operator):
    crew = make_crew(owner, companion, name="Sunrise")
    new = f"/crews/{crew.id}/challenges/new"
    first, second, third = page.as_(owner), page.as_(companion), page.as_(stranger)
    second.get(new, 403)
    third.get(new, 404)
    form = first.get(new).form(new).fill(name="To Yazd", mode="sum", metric="distance", kind="run")
    refused = form.fill(starts_on="2026-12-01", ends_on="2026-11-20").submit(status=422)
    assert "before the first one" in refused.words and "How much do you want" in refused.words
    refused.form(new).fill(starts_on="2026-11-30", ends_on="2026-12-10", target="20").submit(status=303)
    challenge = db.session.scalars(select(Challenge)).one()
    path = f"/challenges/{challenge.id}"
    assert len(notices(companion, "challenge_new")) == 1 and not notices(owner, "challenge_new")

    make_activity(companion, visibility="crew", distance_m=5_000)
    make_activity(companion, visibility="companions", distance_m=700)
    private = make_activity(companion, visibility="me", distance_m=30)
    make_activity(companion, visibility="everyone", kind="ride", distance_m=40_000)
    make_activity(companion, dt.timedelta(days=5), visibility="everyone", distance_m=9_000)
    db.session.commit()
    second.get(path).form(f"{path}/join").submit(status=303)
    second.post(f"{path}/join", {}, 303)
    shown = second.get(path)
    assert "You: 5 km" in shown.words and "5 km of 20 km: 15 km to go" in shown.words
    assert "2 activities of yours do not count" in shown.words and "8 days left" in shown.words
    assert f"/activities/{private.id}/edit?see=1#visibility" in shown.text
    assert "700 m" not in first.get(path).words

    third.get(path, 404)
    page.as_(operator).get(path, 404)
    link = f"/challenges/in/{challenge.token}"
    assert "To Yazd" in third.get(link).words and companion.name not in third.get(link).words
    third.get(link).form(link).submit(status=303)
    make_activity(stranger, visibility="crew", distance_m=3_000)
    make_activity(stranger, visibility="everyone", distance_m=16_000)
    collect()
    work()
    assert values(challenge) == {companion.id: 5_000, stranger.id: 16_000}
    assert "Reached" in second.get(path).words
    shown = third.get(path)  # who does not belong to the crew learns nothing of what its members alone may see
    assert "16 km of 20 km: 4 km to go" in shown.words and "place 1" in shown.words and companion.name in shown.words
    assert "5 km" not in shown.words and "21 km" not in shown.words
    assert not [one for one in shown.links if one.startswith("/leaderboards")]
    third.get(f"/leaderboards/challenge/{challenge.id}", 404)
    third.post(f"{path}/edit", {}, 403)
    third.post(f"{path}/link", {"open": "1"}, 403)
    first.post(f"{path}/link", {"open": "1"}, 303)
    page.as_(operator).get(link, 404)
    wrong = first.get(f"{path}/edit").form(f"{path}/edit").fill(metric="time").submit(status=422)
    assert "has begun" in wrong.words
    second.get(path).form(f"{path}/leave").submit(status=303)
    assert values(challenge) == {stranger.id: 16_000}
    second.get(path).form(f"{path}/join").submit(status=303)

    with clock.frozen(datetime(2026, 12, 11, 7, tzinfo=UTC)):
        finish()
        work()
        assert "still counts" in second.get(path).words and not second.get(path).all("form", action=f"{path}/join")
        make_activity(companion, dt.timedelta(days=1), visibility="crew", distance_m=2_000)
        db.session.commit()
    with clock.frozen(datetime(2026, 12, 11, 9, tzinfo=UTC)):
        finish()
        finish()
        work()
        assert values(challenge)[companion.id] == 7_000
        assert "you reached 23 km together" in second.get("/notifications").words
        assert "you did 16 km together" in third.get("/notifications").words
        assert len(notices(stranger, "challenge_over")) == 1 and not notices(owner, "challenge_over")
        make_activity(companion, dt.timedelta(days=2), visibility="crew", distance_m=2_000)
        collect()
        work()
        assert (
            values(challenge)[companion.id] == 7_000 and "over" in second.post(f"{path}/leave", {}, 303).follow().words
        )
        first.get(path).form(f"{path}/delete").submit(status=303)
        second.get(path, 404)


@pytest.mark.usefixtures("_wednesday")
def test_a_ranking_shows_the_first_and_me_with_neighbours_and_nobody_who_is_hidden(page, work, owner, companion):
    crew = make_crew(owner, companion, max_members=50)
    runners = [make_person(name=f"Runner {number}") for number in range(20)]
    challenge = make_challenge(crew, companion, *runners, name="Long spring")
    for entry in db.session.scalars(select(ChallengeEntry).where(ChallengeEntry.person_id != companion.id)):
        entry.by_link = True
    path = f"/challenges/{challenge.id}"
    rows = {entry.person_id: entry for entry in db.session.scalars(select(ChallengeEntry))}
    for place, person in enumerate(runners):
        rows[person.id].value = 20_000 - 1_000 * place
    rows[runners[1].id].value = 20_000
    rows[companion.id].value = 4_500
    db.session.commit()
    shown = ranking_of(companion, challenge_for(companion, challenge.id))
    assert [row.rank for row in shown.rows] == [1, 1, *range(3, 11), 15, 16, 17, 18, 19] and shown.own_rank == 17
    assert [row.is_own for row in shown.rows].index(True) == 12 and len(shown.parts) == 2
    assert "place 17" in page.as_(companion).get(path).words
    made(Block, blocker_id=runners[0].id, blocked_id=companion.id)
    runners[2].state = "suspended"
    db.session.commit()
    seen = page.as_(companion).get(path).words
    assert "Runner 0 " not in seen and "Runner 2 " not in seen and "Runner 1 " in seen and "place 17" in seen
    membership = db.session.scalars(select(CrewMembership).where(CrewMembership.person_id == companion.id)).one()
    membership.status = "inactive"
    db.session.commit()
    page.as_(companion).get(path, 404)
    assert "Long spring" not in page.as_(companion).get("/me/challenges").words
    membership.status = "active"
    db.session.commit()
    assert "place 17" in page.as_(companion).get(path).words
    board = page.as_(owner)
    ban = f"/crews/{crew.id}/members/{companion.id}/ban"
    board.post(ban, {"reason": "Loud", "days": "7"}, 303)
    assert companion.id not in values(challenge)
    page.as_(companion).get(path, 404)
    page.as_(companion).post(f"{path}/join", {}, 404)


@pytest.mark.usefixtures("_wednesday")
def test_runs_and_duties_of_the_crew_count_for_it_and_no_others(page, work, owner, companion):
    crew = make_crew(owner, companion)
    runs = make_challenge(crew, companion, metric="attendance", mode="sum", target=3)
    duties = make_challenge(crew, companion, metric="duties")
    other = make_run(owner, starts_local=datetime(2026, 11, 29, 6, tzinfo=UTC).replace(tzinfo=None))
    own = make_run(owner, starts_local=datetime(2026, 11, 29, 7, tzinfo=UTC).replace(tzinfo=None), crew_id=crew.id)
    early = make_run(owner, starts_local=datetime(2026, 11, 3, 7, tzinfo=UTC).replace(tzinfo=None), crew_id=crew.id)
    for run in (other, own, early):
        take_part(run, companion, COMPLETED)
    schedule = make_schedule(crew)
    for days, attendance in ((1, "attended"), (2, "no_show"), (30, "late")):
        make_booking(schedule, companion, WEDNESDAY - dt.timedelta(days=days), attendance=attendance)
    collect()
    work()
    assert values(runs) == values(duties) == {companion.id: 1}
    own.cancelled_at = clock.now()
    db.session.flush()
    entries.refresh(challenge_id=runs.id)
    assert values(runs) == {companion.id: 0}
    shown = page.as_(companion).get(f"/crews/{crew.id}/challenges").words
    assert runs.name in shown and "0 runs of 3 runs: 3 runs to go" in shown
    assert duties.name in page.as_(companion).get("/me/challenges").words


@pytest.mark.usefixtures("_wednesday", "remembering")
def test_sums_are_kept_until_an_entry_or_who_belongs_to_the_crew_changes(page, program, work, owner, companion):
    crew = make_crew(owner, companion, joining="open", is_listed=True)
    challenge = make_challenge(crew, owner, companion)
    mine, theirs = program.as_(owner), page.as_(companion)

    def sums() -> tuple[int, int]:
        [row] = mine.get("/me/challenges", 200).data
        return row["people"], row["total"]

    assert sums() == (2, 0)
    make_activity(companion, visibility="crew", distance_m=5_000)
    collect()
    work()
    assert sums() == (2, 5_000)
    theirs.post(f"/crews/{crew.id}/leave", {}, 303)
    assert sums() == (1, 0)
    theirs.post(f"/crews/{crew.id}/join", {}, 303)
    assert sums() == (2, 5_000)
    theirs.post(f"/challenges/{challenge.id}/leave", {}, 303)
    assert sums() == (1, 0)
    theirs.post(f"/challenges/{challenge.id}/join", {}, 303)
    assert sums() == (2, 5_000)


@pytest.mark.usefixtures("real_database")
def test_who_joins_eight_times_at_once_takes_part_once_and_it_ends_once(app):
    with app.app_context():
        owner, member = make_person(), make_person()
        crew = make_crew(owner, member)
        challenge = make_challenge(crew, owner)
        challenge_id, member_id = challenge.id, member.id
        db.session.commit()

    def join():
        person = db.session.get_one(Person, member_id)
        entries.join_challenge(person, challenge_for(person, challenge_id), by_link=False)

    assert Counter(at_once(app, [join] * 8)) == {"done": 8}
    with app.app_context():
        assert len(values(db.session.get_one(Challenge, challenge_id))) == 2
        late = clock.now() + dt.timedelta(days=10)
    at_once(app, [lambda: entries.finish_challenges(late)] * 4)
    with app.app_context():
        assert db.session.scalar(select(Challenge.finished_at)) == late
        told = select(Notification.person_id).where(Notification.type == "challenge_over")
        assert sorted(map(str, db.session.scalars(told))) == sorted(
            map(str, db.session.scalars(select(CrewMembership.person_id)))
        )
