"""Training for programs: what a watch would send, and read again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hampa.platform import clock

WEDNESDAY = datetime(2026, 12, 2, 12, tzinfo=UTC)
RUN = {
    "kind": "run",
    "started_at": "2026-12-02T05:00:07+03:30",
    "ended_at": "2026-12-02T06:00:09+03:30",
    "duration_s": 3_500,
    "distance_m": 10_004,
    "note": "By the lake",
}


def test_a_program_writes_changes_and_reads_activities(program, owner, stranger):
    with clock.frozen(WEDNESDAY):
        mine = program.as_(owner)
        made = mine.post("/activities", RUN, 201).data
        assert (made["duration_s"], made["distance_m"], made["note"]) == (3_500, 10_004, "By the lake")
        assert made["started_at"] == "2026-12-02T01:30:07Z"
        path = f"/activities/{made['id']}"
        cut = mine.patch(path, {"ended_at": "2026-12-02T05:30:07+03:30"}, 200).data
        assert (cut["duration_s"], cut["distance_m"]) == (1_698, 10_004)
        in_km = mine.patch(path, {"distance_km": 12.5}, 200).data
        assert (in_km["distance_km"], in_km["distance_m"]) == (12.5, 12_500)
        mine.patch(path, {"distance_km": 12.5, "distance_m": 12_500}, 422)
        assert mine.patch(path, {"effort": 7, "distance_m": None}, 200).data["distance_km"] is None
        for wrong in (
            {"ended_at": RUN["started_at"]},
            {"ended_at": "2026-12-05T05:00:00Z"},
            {"started_at": None},
            {"effort": 11},
            {"run_id": made["id"]},
        ):
            mine.patch(path, wrong, 422)
        (listed,) = mine.get("/me/activities?kind=run&from=2026-12-02&to=2026-12-02", 200).data
        assert listed["effort"] == 7 and listed["duration_s"] == 1_698
        assert mine.get("/me/training", 200).data["week"]["duration_s"] == 1_698
        program.as_(stranger).get(path, 404)
        goal = mine.post("/me/goals", {"metric": "time", "target": 3_600, "period": "week"}, 201).data
        assert (goal["amount"], goal["target"]) == (1_698, 3_600)
        its = f"/me/goals/{goal['id']}"
        seen = {"If-Match": mine.get(its, 200).headers["ETag"]}
        assert mine.patch(its, {"target": 1_000}, 200, headers=seen).data["state"] == "reached"
        mine.delete(its, 412, headers=seen)
        mine.delete(path, 204)


def test_a_program_keeps_the_timer(program, owner):
    with clock.frozen(WEDNESDAY):
        mine = program.as_(owner)
        mine.post("/me/timer", {"kind": "ride"}, 201)
        assert mine.post("/me/timer", {"kind": "run"}, 409).error["code"] == "DUPLICATE_RESOURCE"
    with clock.frozen(WEDNESDAY + timedelta(minutes=9)):
        mine = program.as_(owner)
        assert mine.post("/me/timer/pause", None, 200).data["seconds"] == 540
    with clock.frozen(WEDNESDAY + timedelta(minutes=12)):
        mine = program.as_(owner)
        assert mine.post("/me/timer/resume", None, 200).data["seconds"] == 540
        assert mine.get("/me/timer", 200).data["timer"]["kind"] == "ride"
    with clock.frozen(WEDNESDAY + timedelta(minutes=20)):
        mine = program.as_(owner)
        mine.post("/me/timer/stop", {"after_s": 7_200}, 422)
        assert mine.post("/me/timer/stop", {}, 201).data["duration_s"] == 1_020
        assert mine.get("/me/timer", 200).data["timer"] is None
        mine.post("/me/timer/pause", None, 404)
