"""Duties by the API: a schedule, its shifts, bookings and their refusals."""

from __future__ import annotations

from datetime import timedelta

from hampa.platform import clock
from tests.duties.test_duties import FIRST
from tests.program import Program


def test_from_a_schedule_to_its_attendance(program: Program, crew, owner, companion, stranger):
    hers, his, theirs, nobody = (program.as_(one) for one in (owner, companion, stranger, None))
    body = {"crew_id": str(crew.id), "name": "Gate", "rule": "0 6 * * *", "timezone": "Asia/Tehran"}
    body |= {"start_date": "2026-11-01", "end_date": "2027-04-30"}
    assert hers.post("/schedules", body | {"rule": "0 6 * *"}, 422).details.keys() == {"rule"}
    his.post("/schedules", body, 403)
    made = hers.post("/schedules", body, 201)
    path = made.headers["Location"].removeprefix("/api/v1")
    assert made.data["rule_in_words"] == "Every day at 6:00"
    assert his.get("/shifts/available", 200).data == []
    hers.post(f"{path}/publication", None, 200)
    shifts = his.get("/shifts/available?limit=2", 200).data
    assert [(one["available"], one["missing"], one["places_left"]) for one in shifts] == [(True, 1, 1)] * 2
    his.get("/shifts/available?limit=101", 422)
    nobody.get("/shifts/available", 401)

    slot = {"schedule_id": made.data["id"], "start_time": shifts[0]["start_time"]}
    nobody.post("/bookings", slot, 401)
    theirs.post("/bookings", slot, 404)
    his.post("/bookings", slot | {"schedule_id": str(companion.id)}, 404)
    for start in ("2026-12-01T02:31:00Z", "2027-05-01T02:30:00Z", "2026-11-30T02:30:00Z"):
        assert his.post("/bookings", slot | {"start_time": start}, 422).error["code"] == "VALIDATION_ERROR"
    booked = his.post("/bookings", slot | {"remind_min": 60}, 201)
    booking = booked.headers["Location"].removeprefix("/api/v1")
    assert his.post("/bookings", slot, 409).error["code"] == "DUPLICATE_RESOURCE"
    lost = hers.post("/bookings", slot, 409).error
    assert (lost["code"], lost["first"]) == ("SLOT_TAKEN", f"/api/v1{path}/shifts/20261202T023000Z")
    assert hers.get(lost["first"].removeprefix("/api/v1"), 200).data["available"] is True
    assert [one["schedule"] for one in his.get("/me/duties", 200).data["coming"]] == ["Gate"]

    his.put(f"{booking}/attendance", {"attendance": "attended"}, 422)
    with clock.frozen(FIRST + timedelta(minutes=30)):
        his, theirs = program.as_(companion), program.as_(stranger)
        theirs.put(f"{booking}/attendance", {"attendance": "attended"}, 404)
        his.put(f"{booking}/attendance", {"attendance": "attended"}, 204)
        duties = his.get("/me/duties", 200).data
        assert (duties["credits"], duties["minutes"]) == (1, 120)
        his.delete(booking, 422)


def test_a_list_of_schedules_says_what_they_are_now_and_to_each_in_their_language(
    program: Program, crew, schedule, owner, companion, stranger
):
    hers, his, theirs = (program.as_(one) for one in (owner, companion, stranger))

    def shown(viewer: Program) -> tuple[object, ...]:
        [one] = viewer.get("/schedules", 200).data
        return one["name"], one["owner"], one["coordinates"], one["rule_in_words"]

    for _again in range(2):
        assert shown(hers)[2:] == (True, "Every day at 6:00")
        assert shown(his)[2:] == (False, "Every day at 6:00")
    assert theirs.get("/schedules", 200).data == []
    hers.patch(f"/schedules/{schedule.id}", {"name": "Gate two", "rule": "0 7 * * *", "at": None}, 200)
    hers.patch(f"/crews/{crew.id}", {"name": "Night owls"}, 200)
    assert shown(his) == ("Gate two", "Night owls", False, "Every day at 7:00")
    his.patch("/me/settings", {"locale": "fa"}, 200)
    assert "هر روز" in str(shown(his)[3])
    assert shown(hers)[3] == "Every day at 7:00"


def test_coordinators_change_duties_and_put_people_in(program: Program, crew, schedule, owner, companion, stranger):
    hers, his, theirs, nobody = (program.as_(one) for one in (owner, companion, stranger, None))
    path = f"/schedules/{schedule.id}"
    seen = hers.get(path, 200)
    for viewer, status in ((his, 403), (theirs, 404), (nobody, 401)):
        viewer.patch(path, {"name": "Mine"}, status)
        viewer.delete(path, status)
        viewer.get(f"{path}/qualified", status)
    changed = hers.patch(
        path, {"qualification": "Radio", "end_date": "2027-04-30"}, 200, headers={"If-Match": seen.headers["ETag"]}
    )
    kept = {name: changed.data[name] for name in ("rule", "name", "max_people", "timezone", "is_active")}
    assert kept == {name: seen.data[name] for name in kept}
    assert changed.data["version"] > seen.data["version"]
    hers.patch(path, {"name": "Too late"}, 412, headers={"If-Match": seen.headers["ETag"]})
    assert hers.patch(path, {"name": None, "rule": "what?"}, 422).details.keys() == {"name", "rule"}

    [first] = his.get("/shifts/available?limit=1", 200).data
    assert first["reason"] == "unqualified"
    hers.put(f"{path}/qualified/{stranger.id}", None, 404)
    for _again in range(2):
        hers.put(f"{path}/qualified/{companion.id}", None, 204)
    assert [one["id"] for one in hers.get(f"{path}/qualified", 200).data] == [str(companion.id)]
    place = his.get("/shifts/available?limit=1", 200).data[0]
    assert (place["available"], place["places_left"]) == (True, 1)

    shift = f"{path}/shifts/{_token(first)}"
    his.post(f"{shift}/people", {"person_id": str(companion.id)}, 403)
    hers.post(f"{shift}/people", {"person_id": str(stranger.id)}, 404)
    key = {"Idempotency-Key": "9d1a2b3c-put-in"}
    for _again in range(2):
        put = hers.post(f"{shift}/people", {"person_id": str(companion.id)}, 200, headers=key)
        assert [one["person"]["name"] for one in put.data["people"]] == [companion.name]
    hers.post(f"{shift}/people", {"person_id": str(companion.id)}, 409)
    tag = hers.get(shift, 200).headers["ETag"]
    moved = hers.patch(shift, {"moved_to": "2026-12-01T04:30:00Z", "note": "By the gate"}, 200)
    assert (moved.data["start_time"], moved.data["moved_to"]) == (first["start_time"], "2026-12-01T04:30:00Z")
    assert moved.data["end_time"] == "2026-12-01T06:30:00Z"
    hers.patch(shift, {"is_cancelled": True}, 412, headers={"If-Match": tag})
    for far in ("2026-11-01T04:30:00Z", "9999-12-31T23:59:00Z", "0001-01-01T00:00:00+14:00"):
        hers.patch(shift, {"moved_to": far}, 422)
    assert hers.patch(shift, {"moved_to": None}, 200).data["note"] == "By the gate"
    hers.delete(path, 422)
    assert hers.patch(path, {"is_active": False}, 200).data["is_active"] is False
    assert his.get("/shifts/available", 200).data == []
    hers.delete(f"{path}/qualified/{companion.id}", 204)
    assert hers.get(f"{path}/qualified", 200).data == []


def test_a_duty_goes_from_hand_to_hand(program: Program, crew, schedule, owner, companion, stranger):
    hers, his, theirs, nobody = (program.as_(one) for one in (owner, companion, stranger, None))
    shift = his.get("/shifts/available?limit=1", 200).data[0]
    slot = {"schedule_id": shift["schedule_id"], "start_time": shift["start_time"]}
    buddy = {"buddy_name": "Her", "buddy_phone": owner.phone}
    booking = his.post("/bookings", slot | buddy, 201).headers["Location"].removeprefix("/api/v1")
    asked = hers.get("/me/duties", 200).data["buddies"]
    assert [(one["id"], one["by"]["name"]) for one in asked] == [(booking.rpartition("/")[2], companion.name)]
    for viewer, status in ((nobody, 401), (theirs, 404), (his, 404)):
        viewer.post(f"{booking}/buddy", {"decision": "accept"}, status)
    hers.post(f"{booking}/buddy", {"decision": "accept"}, 204)
    assert his.get(booking, 200).data["buddy_confirmed"] is True
    assert [one["as_buddy"] for one in hers.get("/me/duties", 200).data["coming"]] == [True]

    waiting = f"/schedules/{shift['schedule_id']}/shifts/{_token(shift)}/standby"
    theirs.put(waiting, None, 404)
    his.put(waiting, None, 422)
    hers.put(waiting, None, 204)
    assert hers.get(waiting.removesuffix("/standby"), 200).data["is_standby"] is True
    hers.delete(waiting, 204)
    assert hers.get(waiting.removesuffix("/standby"), 200).data["is_standby"] is False

    assert [one["id"] for one in his.get(f"{booking}/takers", 200).data["people"]] == [str(owner.id)]
    his.get(f"{booking}/offer", 404)
    his.put(f"{booking}/offer", {"kind": "give", "person_id": str(stranger.id)}, 422)
    given = his.put(f"{booking}/offer", {"kind": "give", "person_id": str(owner.id)}, 200)
    assert his.put(f"{booking}/offer", {"kind": "give", "person_id": str(owner.id)}, 200).data == given.data
    his.put(f"{booking}/offer", {"kind": "all"}, 412, headers={"If-Match": '"another"'})
    his.delete(f"{booking}/offer", 204, headers={"If-Match": given.headers["ETag"]})
    offer = his.put(f"{booking}/offer", {"kind": "all"}, 200).data
    assert [(one["id"], one["kind"]) for one in hers.get("/me/duties", 200).data["offers"]] == [(offer["id"], "all")]
    for viewer, status in ((nobody, 401), (theirs, 404), (his, 404)):
        viewer.post(f"/offers/{offer['id']}", {"decision": "accept"}, status)
    hers.post(f"/offers/{offer['id']}", {"decision": "accept"}, 204)
    hers.post(f"/offers/{offer['id']}", {"decision": "accept"}, 404)
    his.get(booking, 404)
    assert hers.get(booking, 200).data["start_time"] == shift["start_time"]


def _token(shift: dict[str, str]) -> str:
    return shift["start_time"].replace("-", "").replace(":", "")
