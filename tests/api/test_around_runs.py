"""What goes with runs, for programs: comments, attendance, series, follows, invitations."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hampa.people.models import Block
from hampa.platform import clock
from tests.api.test_runs import a_run
from tests.factories.base import made
from tests.factories.cards import make_companions
from tests.factories.runs import make_run, take_part


def test_comments_are_written_read_and_deleted(program, owner, companion, stranger):
    mine, theirs = program.as_(owner), program.as_(companion)
    path = f"/runs/{a_run(mine).data['id']}/comments"
    ids = [theirs.post(path, {"text": text}, 201).data["id"] for text in ("Lamps?", "Yes, lamps.")]
    page = mine.get(f"{path}?limit=1", 200)
    assert [(one["text"], one["is_own"], one["is_removable"]) for one in page.data] == [("Yes, lamps.", False, True)]
    assert [one["id"] for one in mine.get(f"{path}?after={page.meta['next']}", 200).data] == ids[:1]
    program.as_(stranger).delete(f"{path}/{ids[0]}", 403)
    mine.delete(f"{path}/{ids[0]}", 204)
    assert len(theirs.get(path, 200).data) == 1
    assert set(theirs.post(path, {"text": ""}, 422).details) == {"text"}
    program.get(path, 401)


@pytest.fixture
def run_now(owner):
    return make_run(owner, starts_at=clock.now() + timedelta(minutes=10))


def test_who_came_is_marked_by_codes_and_by_hand(program, owner, companion, stranger, run_now):
    take_part(run_now, companion)
    take_part(run_now, stranger)
    mine, path = program.as_(owner), f"/runs/{run_now.id}"
    code = program.as_(companion).get(f"{path}/ticket", 200).data["code"]
    scanned = mine.post(f"{path}/attendance/code", {"code": code}, 200).data
    assert (scanned["name"], scanned["again"]) == (companion.name, False)
    assert mine.post(f"{path}/attendance/code", {"code": code}, 200).data["again"] is True
    [row] = mine.get(f"{path}/attendance?awaited=true", 200).data["attendees"]
    assert row["name"] == stranger.name
    after = mine.post(f"{path}/attendance", {"marks": {row["participation_id"]: "NO_SHOW"}}, 200).data
    assert (after["all"], after["came"], after["missing"]) == (2, 1, 1)
    program.as_(companion).get(f"{path}/attendance", 403)
    program.as_(companion).post(f"{path}/attendance", {"marks": {row["participation_id"]: "COMPLETED"}}, 403)


def test_a_series_is_joined_and_ended(program, owner, companion, work):
    mine, theirs = program.as_(owner), program.as_(companion)
    series_id = a_run(mine, repeats="weekly", times=4, capacity=None).data["series_id"]
    work()
    path = f"/series/{series_id}"
    assert len(theirs.get(f"{path}/runs?limit=2", 200).data) == 2
    assert theirs.post(f"{path}/join", {}, 200).data["is_member"] is True
    work()
    assert len(theirs.get("/me/runs", 200).data) == 4
    assert theirs.post(f"{path}/leave", {"runs": True}, 200).data["members"] == 0
    theirs.post(f"{path}/end", {}, 403)
    assert mine.post(f"{path}/end", {"runs": "cancel", "reason": "Winter"}, 200).data["ended_at"]


def test_organisers_series_and_places_are_followed(program, owner, companion):
    theirs = program.as_(companion)
    a_run(program.as_(owner))
    theirs.put(f"/people/{owner.id}/follow", {}, 204)
    theirs.post("/me/following/places", {"latitude": 35.701, "longitude": 51.387, "radius_km": 5}, 204)
    place, organiser = theirs.get("/me/following", 200).data
    assert (place["kind"], place["place"]["latitude"], place["place"]["radius_km"]) == ("place", 35.7, 5)
    assert (organiser["kind"], organiser["organiser"]["name"]) == ("organiser", owner.name)
    theirs.delete(f"/me/following/{place['id']}", 204)
    theirs.delete(f"/people/{owner.id}/follow", 204)
    assert theirs.get("/me/following", 200).data == []


def test_a_companion_is_asked_along_and_says_no(program, owner, companion, stranger):
    make_companions(owner, companion)
    path = f"/runs/{a_run(program.as_(owner)).data['id']}"
    program.as_(owner).post(f"{path}/invite", {"person_id": str(companion.id)}, 204)
    program.as_(owner).post(f"{path}/invite", {"person_id": str(stranger.id)}, 404)
    program.as_(stranger).post(f"{path}/invite", {"person_id": str(companion.id)}, 403)
    kinds = [one["kind"] for one in program.as_(companion).get("/notifications", 200).data]
    assert "run_invite" in kinds
    program.as_(companion).post(f"{path}/decline-invite", {}, 204)


def test_a_series_has_no_id_of_an_organiser_who_is_hidden(program, owner, companion, work):
    series_id = a_run(program.as_(owner), repeats="weekly", times=4, capacity=None).data["series_id"]
    path = f"/series/{series_id}"
    program.as_(companion).post(f"{path}/join", {}, 200)
    assert program.as_(companion).get(path, 200).data["organiser_id"] == str(owner.id)
    made(Block, blocker_id=owner.id, blocked_id=companion.id)
    shown = program.as_(companion).get(path, 200)
    assert (shown.data["organiser_id"], shown.data["organiser_name"]) == (None, "")
    owner.state = "banned"
    assert str(owner.id) not in program.get(path, 200).text
