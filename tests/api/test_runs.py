"""Runs and taking part in them, for programs."""

from __future__ import annotations

from datetime import timedelta

from hampa.platform import clock
from tests.factories.runs import make_run, take_part

RUN = {
    "title": "Dawn loop",
    "starts_at": "06:30",
    "timezone": "Asia/Tehran",
    "place": "North gate of Laleh park",
    "distance_km": 8,
    "capacity": 2,
    "pace_groups": [{"name": "Easy", "pace": 390}, {"name": "Steady", "pace": 330, "size": 1}],
    "questions": [{"text": "A lift needed?", "kind": "yes_no", "required": True}],
    "latitude": 35.7101,
    "longitude": 51.3912,
}


def a_run(program, **more):
    """Publish a run in three days, and return it."""
    day = (clock.now() + timedelta(days=3)).date()
    return program.post("/runs", RUN | {"starts_on": day.isoformat()} | more, 201)


def test_a_run_is_published_found_joined_and_left(program, owner, companion, stranger):
    mine, theirs = program.as_(owner), program.as_(companion)
    reply = a_run(mine)
    run = reply.data
    assert reply.headers["Location"] == f"/api/v1/runs/{run['id']}"
    assert [group["pace"] for group in run["pace_groups"]] == [390, 330]
    assert (run["is_organiser"], run["distance_km"], run["taken"]) == (True, 8.0, 0)
    assert [one["id"] for one in theirs.get("/runs?near=35.71,51.39", 200).data] == [run["id"]]
    assert theirs.get("/runs?near=32.6,51.6", 200).data == []
    [question] = run["questions"]
    path = f"/runs/{run['id']}"
    refused = theirs.post(f"{path}/join", {"answers": {question["id"]: ""}}, 422)
    assert set(refused.details) == {f"answers.{question['id']}"}
    part = theirs.post(
        f"{path}/join",
        {"pace_group": run["pace_groups"][1]["id"], "note": "First time", "answers": {question["id"]: "yes"}},
        200,
    ).data
    assert (part["status"], part["note"], part["answers"]) == ("GOING", "First time", {question["id"]: "yes"})
    seen = theirs.get(path, 200).data
    assert (seen["taken"], seen["participation"]["status"], seen["admission"]["actions"][0]) == (1, "GOING", "leave")
    full = program.as_(stranger).post(f"{path}/join", {"pace_group": run["pace_groups"][1]["id"]}, 422)
    assert set(full.details) == {"pace_group"}
    assert theirs.post(f"{path}/join", {"pace_group": None}, 200).data["pace_group"] is None
    assert [one["id"] for one in theirs.get("/me/runs", 200).data] == [run["id"]]
    theirs.post(f"{path}/leave", {}, 204)
    assert theirs.get(path, 200).data["taken"] == 0
    assert theirs.get("/me/runs", 200).data == []


def test_who_is_in_a_run_is_told_to_those_who_may_know(program, owner, companion, stranger):
    path = f"/runs/{a_run(program.as_(owner)).data['id']}"
    program.as_(companion).post(f"{path}/join", {"note": "For your eyes"}, 200)
    program.get(f"{path}/participants", 401)
    [row] = program.as_(stranger).get(f"{path}/participants", 200).data
    assert (row["name"], row["note"], row["status"], row["answers"]) == (companion.name, None, None, None)
    [row] = program.as_(owner).get(f"{path}/participants", 200).data
    assert (row["note"], row["status"]) == ("For your eyes", "GOING")
    program.as_(stranger).get(f"{path}/participants?list=requested", 403)


def test_organisers_answer_requests_and_set_statuses(program, owner, companion, stranger):
    mine = program.as_(owner)
    path = f"/runs/{a_run(mine, join_policy='approval').data['id']}"
    assert program.as_(companion).post(f"{path}/join", {}, 200).data["status"] == "REQUESTED"
    assert program.as_(stranger).post(f"{path}/join", {}, 200).data["status"] == "REQUESTED"
    rows = mine.get(f"{path}/participants?list=requested", 200).data
    assert [row["name"] for row in rows] == [companion.name, stranger.name]
    program.as_(companion).post(f"{path}/requests", {"answer": "yes"}, 403)
    first = {"answer": "yes", "participations": [rows[0]["participation_id"]]}
    assert mine.post(f"{path}/requests", first, 200).data == {"answered": 1}
    assert mine.post(f"{path}/requests", {"answer": "no"}, 200).data == {"answered": 1}
    assert program.as_(companion).get(path).data["participation"]["status"] == "GOING"
    assert program.as_(stranger).post(f"{path}/join", {}, 422).error["message"]
    mine.patch(f"{path}/participants/{rows[0]['participation_id']}", {"status": "WAITLISTED"}, 204)
    assert program.as_(companion).get(path).data["participation"]["status"] in ("WAITLISTED", "GOING")


def test_a_run_is_changed_field_by_field_and_cancelled(program, owner, companion):
    mine = program.as_(owner)
    run = a_run(mine).data
    path = f"/runs/{run['id']}"
    program.as_(companion).patch(path, {"title": "Mine now"}, 403)
    changed = mine.patch(path, {"directions": "At the kiosk", "capacity": None}, 200).data
    assert (changed["directions"], changed["capacity"], changed["title"]) == ("At the kiosk", None, run["title"])
    assert (changed["starts_at"], changed["questions"]) == (run["starts_at"], run["questions"])
    assert [group["id"] for group in changed["pace_groups"]] == [group["id"] for group in run["pace_groups"]]
    kept = [{"id": group["id"], "name": group["name"], "pace": group["pace"]} for group in run["pace_groups"][:1]]
    assert len(mine.patch(path, {"pace_groups": kept}, 200).data["pace_groups"]) == 1
    assert set(mine.patch(path, {"latitude": None}, 422).details) == {"latitude"}
    elsewhere = {"place": "West gate"}
    pin = {name: run[name] for name in ("latitude", "longitude")}
    refused = mine.patch(path, elsewhere, 422)
    assert set(refused.details) == set(pin), "the pin would stay at the old place"
    assert "pin_is_right" in refused.details["latitude"]
    assert mine.patch(path, elsewhere | pin, 200).data["place"] == "West gate"
    assert mine.patch(path, {"place": "North gate", "pin_is_right": True}, 200).data["place"] == "North gate"
    turned = {"latitude": 51.389, "longitude": 35.689, "timezone": "Asia/Tehran"}
    assert set(mine.patch(path, turned, 422).details) == set(pin), "its numbers look the wrong way round"
    assert mine.patch(path, turned | {"pin_is_right": True}, 200).data["latitude"] == 51.389
    assert mine.patch(path, {"place": "South gate", "latitude": None, "longitude": None}, 200).data["latitude"] is None
    etag = mine.get(path).headers["ETag"]
    mine.patch(path, {"title": "Dawn loop, new"}, 200, headers={"If-Match": etag})
    assert mine.patch(path, {"title": "Lost"}, 412, headers={"If-Match": etag}).error["code"] == "PRECONDITION_FAILED"
    theirs = program.as_(companion)
    theirs.post(f"{path}/join", {}, 200)
    mine.delete(path, 422)
    cancelled = mine.post(f"{path}/cancel", {"reason": "Smog"}, 200).data
    assert (cancelled["cancel_reason"], cancelled["admission"]["status"]) == ("Smog", "cancelled")
    theirs.post(f"{path}/join", {}, 422)
    assert mine.patch(path, {"title": "Too late"}, 422).error["message"]


def test_wrong_fields_are_named(program, owner):
    body = {"title": "ab", "starts_on": "yesterday", "pace_groups": [{"name": "Easy", "pace": 20}], "colour": "red"}
    reply = program.as_(owner).post("/runs", body, 422)
    assert {"title", "starts_on", "starts_at", "place", "pace_groups.0.pace", "colour"} <= set(reply.details)
    past = program.as_(owner).post("/runs", RUN | {"starts_on": "2020-01-01"}, 422)
    assert set(past.details) == {"starts_on"}
    twins = [{"name": "Easy", "pace": 390}, {"name": "easy", "pace": 330}]
    day = (clock.now() + timedelta(days=3)).date().isoformat()
    reply = program.as_(owner).post("/runs", RUN | {"starts_on": day, "pace_groups": twins}, 422)
    assert set(reply.details) == {"pace_groups.1.name"}


def test_a_series_is_published_by_its_rule(program, owner, work):
    run = a_run(program.as_(owner), repeats="weekly", times=4).data
    assert run["series_id"]
    work()
    first = program.as_(owner).get("/me/runs?limit=3", 200)
    rest = program.as_(owner).get(f"/me/runs?limit=3&after={first.meta['next']}", 200)
    assert (len(first.data), len(rest.data), rest.meta["next"]) == (3, 1, None)


def test_blocked_people_find_nothing(program, owner, companion):
    run = a_run(program.as_(owner)).data
    theirs = program.as_(companion)
    theirs.put(f"/people/{owner.id}/block", {}, 204)
    theirs.get(f"/runs/{run['id']}", 404)
    theirs.post(f"/runs/{run['id']}/join", {}, 404)
    assert theirs.get("/runs", 200).data == []


def test_own_runs_go_on_until_they_end_whoever_asks(program, owner, companion):
    now = clock.now()
    minutes = {
        "over": (-180, 60),
        "under way": (-180, 240),
        "long": (-2000, 2880),
        "long over": (-4000, 60),
        "ahead": (60, 60),
    }
    for title, (since, length) in minutes.items():
        run = make_run(owner, title=title, starts_at=now + timedelta(minutes=since), duration_min=length)
        take_part(run, companion)
    for viewer in (owner, companion):
        mine = program.as_(viewer)
        assert [one["title"] for one in mine.get("/me/runs", 200).data] == ["long", "under way", "ahead"]
        first = mine.get("/me/runs?when=past&limit=1&count=1", 200)
        assert ([one["title"] for one in first.data], first.meta["total"]) == (["over"], 2)
        rest = mine.get(f"/me/runs?when=past&after={first.meta['next']}", 200).data
        assert [(one["title"], one["my_status"]) for one in rest] == [
            ("long over", "GOING" if viewer is companion else None)
        ]


def test_days_of_programs_are_of_the_gregorian_calendar(program, owner, companion):
    """A page reads the year 1405 as one of the Solar Hijri calendar, which is now."""
    run = make_run(owner)
    assert run.starts_at.year >= 2026
    mine = program.as_(companion)
    owner.calendar = companion.calendar = "solar"
    last = "1405-01-01"  # as a day of this calendar before all runs, as one of the other before this run
    assert mine.get(f"/runs?to={last}", 200).data == []
    assert [one["id"] for one in mine.get(f"/runs?from={last}", 200).data] == [str(run.id)]
    shoes = mine.post("/me/gear", {"name": "Red ones", "since": last}, 201).data
    assert shoes["since"] == last
