"""Days of duties by the API: closing out, thanks, messages and boards."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from hampa.broadcasts import jobs
from hampa.closeouts import actions
from hampa.notifications.models import Notification
from hampa.platform import clock
from hampa.platform.db import db
from tests.duties.test_duties import FIRST
from tests.factories.duties import make_booking
from tests.program import Program


def test_a_day_from_its_message_to_thanks(program: Program, crew, schedule, owner, companion, stranger):
    hers, his, theirs = (program.as_(one) for one in (owner, companion, stranger))
    make_booking(schedule, companion, FIRST)
    body = {"crew_id": str(crew.id), "text": "Bring a lamp", "audience": "shift", "channels": ["push"]}
    assert hers.post("/duty-messages", body, 422).details.keys() == {"schedule_id", "start_time"}
    body |= {"schedule_id": str(schedule.id), "start_time": "2026-12-01T02:30:00Z"}
    his.post("/duty-messages", body, 403)
    theirs.post("/duty-messages", body, 404)
    draft = hers.post("/duty-messages", body, 201)
    path = draft.headers["Location"].removeprefix("/api/v1")
    assert draft.data["bill"]["people"] == 1 and draft.data["state"] == "draft"
    his.get(path, 404)
    assert hers.post(f"{path}/send", None, 200).data["state"] == "scheduled"
    jobs.send_due()
    assert hers.get(path, 200).data["people"] == 1
    hers.post(f"{path}/stop", None, 409)
    assert len(hers.get(f"/duty-messages?crew_id={crew.id}", 200).data) == 1
    board = hers.post("/duty-boards", {"crew_id": str(crew.id)}, 201).data
    old = {"If-Match": hers.get(f"/duty-boards/{board['id']}", 200).headers["ETag"]}
    renewed = hers.post(f"/duty-boards/{board['id']}/link", None, 200).data
    assert renewed["link"] != board["link"] and hers.get("/duty-boards", 200).data == [renewed]
    his.delete(f"/duty-boards/{board['id']}", 404)
    hers.delete(f"/duty-boards/{board['id']}", 412, headers=old)
    hers.delete(f"/duty-boards/{board['id']}", 204)
    with clock.frozen(FIRST + timedelta(hours=3)):
        actions.ask(clock.now())
        hers, his = (program.as_(one) for one in (owner, companion))
        (row,) = hers.get("/close-outs", 200).data
        assert his.get("/close-outs", 200).data == []
        day = f"/close-outs/{row['id']}"
        assert [one["name"] for one in hers.get(day, 200).data["people"]] == [companion.name]
        hers.post(f"{day}/thanks", {"text": "Thanks"}, 422)
        his.put(day, {"had_incidents": False, "said": 0}, 404)
        seen = {"If-Match": hers.get(day, 200).headers["ETag"]}
        closed = hers.put(day, {"had_incidents": False, "said": 0, "rest_attended": True}, 200, headers=seen).data
        assert (closed["said"], closed["people"][0]["attendance"]) == (1, "attended")
        hers.put(day, {"had_incidents": True, "said": 0}, 409)
        hers.put(day, {"had_incidents": True, "said": 1}, 412, headers=seen)
        assert hers.post(f"{day}/thanks", {"text": "Thanks"}, 200).data["thanks"] == "Thanks"
        hers.post(f"{day}/thanks", {"text": "Again"}, 409)
    told = select(func.count()).where(Notification.person_id == companion.id, Notification.type == "duty_message")
    assert db.session.scalar(told) == 1
