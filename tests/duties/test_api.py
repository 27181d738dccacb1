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
    assert [(one["available"], one["missing"]) for one in shifts] == [(True, 1)] * 2
    his.get("/shifts/available?limit=101", 422)
    nobody.get("/shifts/available", 401)

    slot = {"schedule_id": made.data["id"], "starts_at": shifts[0]["starts_at"]}
    nobody.post("/bookings", slot, 401)
    theirs.post("/bookings", slot, 404)
    his.post("/bookings", slot | {"schedule_id": str(companion.id)}, 404)
    for start in ("2026-12-01T02:31:00Z", "2027-05-01T02:30:00Z", "2026-11-30T02:30:00Z"):
        assert his.post("/bookings", slot | {"starts_at": start}, 422).error["code"] == "VALIDATION_ERROR"
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
