"""Crews and check-ins by the API: what their pages do, for programs."""

from __future__ import annotations

import json
import uuid
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from hampa.crews.models import ROLE_RIGHTS
from hampa.newcomers.models import NewcomerQuestion
from hampa.notifications.models import Notification
from hampa.platform import clock
from hampa.platform.db import db
from hampa.reaching_out.models import Drift
from tests.factories.checkins import SCORES
from tests.factories.crews import make_crew
from tests.factories.files import sent
from tests.factories.people import make_person
from tests.program import Program


@pytest.fixture
def sara(db_session):
    return make_person(name="Sara Karimi")


@pytest.fixture
def reza(db_session):
    return make_person(name="Reza Ahmadi")


def add_row(model, **values):
    db.session.add(model(**values))
    db.session.flush()


def names(reply) -> list[str]:
    return [row["person"]["name"] for row in reply.data]


def test_a_crew_from_its_start_to_its_end(program: Program, sara, reza):
    hers, his, nobody = program.as_(sara), program.as_(reza), program.as_(None)
    made = hers.post("/crews", {"name": "Sunrise", "joining": "request", "agreement": "Be kind."}, 201)
    crew = made.headers["Location"].removeprefix("/api/v1")
    assert (made.data["role"], made.data["members"], made.data["joining"]) == ("admin", 1, "request")
    his.get(crew, 404)
    assert hers.patch(crew, {"max_members": 1}, 422).details.keys() == {"max_members"}
    assert hers.patch(crew, {"name": None}, 422).details.keys() == {"name"}
    seen = hers.get(crew, 200).headers["ETag"]
    changed = hers.patch(crew, {"is_listed": True}, 200, headers={"If-Match": seen})
    assert (changed.data["is_listed"], changed.data["agreement"]) == (True, "Be kind.")
    hers.patch(crew, {"name": "Sunset"}, 412, headers={"If-Match": seen})
    assert [row["name"] for row in nobody.get("/crews", 200).data] == ["Sunrise"]

    assert his.post(f"{crew}/join", {"agrees": True}, 422).error["code"] == "VALIDATION_ERROR"
    assert his.put(f"{crew}/request", {"line": "Hi"}, 422).details.keys() == {"agrees"}
    wanted = {"line": "I run slowly", "agrees": True}
    assert his.put(f"{crew}/request", wanted, 422).details.keys() == {"agreement_version"}
    assert his.put(f"{crew}/request", wanted | {"agreement_version": 2}, 422).details.keys() == {"agrees"}
    wanted["agreement_version"] = his.get(crew, 200).data["agreement_version"]
    assert his.put(f"{crew}/request", wanted, 200).data["asked"] is True
    asking = hers.get(f"{crew}/requests", 200).data
    assert [(row["person"]["name"], row["line"]) for row in asking] == [("Reza Ahmadi", "I run slowly")]
    hers.post(f"{crew}/requests/{reza.id}", {"answer": "yes"}, 204)
    assert [row["name"] for row in his.get("/me/crews", 200).data] == ["Sunrise"]
    assert his.get(f"{crew}/members", 200).data[1]["is_new"] is True

    hers.post(f"{crew}/notices", {"text": "Bring a lamp."}, 201)
    assert [row["text"] for row in his.get(f"{crew}/notices", 200).data] == ["Bring a lamp."]
    his.post(f"{crew}/notices", {"text": "Me too"}, 403)
    assert his.put(f"{crew}/hearing", {"hears": False}, 200).data["hears"] is False
    assert his.get("/mutes", 200).data == [{"kind": "crew", "id": crew.rpartition("/")[2], "title": "Sunrise"}]

    hers.post(f"{crew}/close", None, 200)
    hers.post(f"{crew}/notices", {"text": "Good bye"}, 403)
    assert his.get(crew, 200).data["deleted_from"]
    assert hers.post(f"{crew}/open", None, 200).data["closed_at"] is None
    log = [row["what"] for row in hers.get(f"{crew}/log", 200).data]
    assert log == ["opened", "closed", "posted", "accepted", "joined", "settings", "created"]
    his.get(f"{crew}/log", 403)


def test_a_program_does_what_its_scopes_say_and_closes_only_after_a_fresh_proof(program: Program, sara):
    crew = make_crew(sara)
    reads = program.as_(sara, "crews:read")
    reads.get(f"/crews/{crew.id}", 200)
    reads.patch(f"/crews/{crew.id}", {"guide": "Thursdays"}, 403)
    leads = program.as_(sara, "crews:read", "crews:write")
    leads.patch(f"/crews/{crew.id}", {"guide": "Thursdays"}, 200)
    leads.post(f"/crews/{crew.id}/check-ins", SCORES, 403)
    with clock.shifted(timedelta(minutes=6)):
        assert "fresh code" in leads.post(f"/crews/{crew.id}/close", None, 403).error["message"]


def test_what_organisers_do_with_members(program: Program, sara, reza):
    crew = make_crew(sara, reza)
    path, hers, his = f"/crews/{crew.id}", program.as_(sara), program.as_(reza)
    member = f"{path}/members/{reza.id}"
    assert hers.put(f"{path}/members/{sara.id}/role", {"role": "member"}, 422).error["message"]
    assert hers.put(f"{member}/role", {"role": "moderator", "rights": ["invite"]}, 200).data["role"] == "moderator"
    assert hers.get(member, 200).data["rights"] == ["invite"]
    assert set(his.get(path, 200).data["rights"]) == {"invite", "runs"}, "members may publish runs"
    hers.put(f"{member}/role", {"role": "moderator"}, 200)
    assert hers.get(member, 200).data["rights"] == list(ROLE_RIGHTS["moderator"])
    assert hers.put(f"{member}/mute", {"reason": "Quarrels", "days": 5}, 422).details.keys() == {"days"}
    assert hers.put(f"{member}/mute", {"reason": "Quarrels", "days": 7}, 200).data["muted_until"]
    assert his.get(path, 200).data["is_muted"] is True
    hers.delete(f"{member}/mute", 204)
    his.put(f"{path}/members/{sara.id}/ban", {"reason": "Mine now"}, 403)
    assert hers.put(f"{member}/ban", {"reason": "Quarrels", "days": 30}, 200).data["status"] == "banned"
    his.get(path, 404)
    assert names(hers.get(f"{path}/members?status=banned", 200)) == ["Reza Ahmadi"]
    link = hers.post(f"{path}/invitations", {"days": 1, "most_uses": 1}, 201)
    join = f"/crews/invitations/{link.data['id']}/join"
    his.post(join, {}, 422)
    hers.delete(f"{member}/ban", 204)
    assert his.post(join, {}, 200).data["role"] == "member"
    hers.post(f"{member}/remove", {"reason": "Moved away"}, 204)
    hers.post(f"{member}/remove", {"reason": "Moved away"}, 404)
    his.post(join, {}, 404)
    hers.get(f"{path}/members/{make_person().id}", 404)


def test_links_and_codes_let_in_and_end(program: Program, sara, reza):
    crew = make_crew(sara)
    path, hers, his = f"/crews/{crew.id}", program.as_(sara), program.as_(reza)
    link = hers.post(f"{path}/invitations", {}, 201).data
    assert link["url"].endswith(f"/crews/in/{link['id']}")
    assert program.as_(None).get(f"/crews/invitations/{link['id']}", 200).data["is_member"] is False
    hers.delete(f"{path}/invitations/{link['id']}", 204)
    program.as_(None).get(f"/crews/invitations/{link['id']}", 404)
    assert hers.get(f"{path}/code", 200).data == {"code": None}
    code = hers.post(f"{path}/code", None, 200).data["code"]
    crew.agreement = "Be kind."
    db.session.commit()
    his.post("/crews/code", {"code": code, "agrees": True}, 422)
    read = his.post("/crews/code/crew", {"code": code}, 200).data
    assert (read["agreement"], read["is_member"]) == ("Be kind.", False)
    accepted = {"agrees": True, "agreement_version": read["agreement_version"]}
    assert his.post("/crews/code", accepted | {"code": f" {code[:4].upper()}-{code[4:]}"}, 200).data["id"] == str(
        crew.id
    )
    hers.delete(f"{path}/code", 204)
    third = program.as_(make_person())
    assert third.post("/crews/code", {"code": code}, 422).details.keys() == {"code"}
    assert third.post("/crews/code/crew", {"code": code}, 422).details.keys() == {"code"}
    for _try in range(8):
        third.post("/crews/code", {"code": code}, 422)
    assert third.post("/crews/code", {"code": code}, 429).headers["Retry-After"]
    his.post(f"{path}/leave", None, 204)
    assert hers.post(f"{path}/leave", None, 422).error["message"]


def test_checking_in_twice_says_where_the_first_is(program: Program, sara, reza):
    crew = make_crew(sara, reza)
    path, hers, his = f"/crews/{crew.id}/check-ins", program.as_(sara), program.as_(reza)
    assert his.get(f"{path}/current", 200).data["check_in"] is None
    said = {"productive": 8, "satisfied": 7, "body": 6, "care": 9}
    first = his.post("/check-ins", {**said, "crew_id": str(crew.id), "is_private": False}, 201)
    assert (first.data["score"], first.data["sharing"]) == (12, "crew")
    again = his.post(path, said, 409).error
    assert (again["code"], again["first"]) == ("DUPLICATE_CHECKIN", first.headers["Location"])
    changed = his.patch(again["first"].removeprefix("/api/v1"), {"care": 1, "is_private": True}, 200).data
    assert (changed["score"], changed["is_private"], changed["body"]) == (20, True, 6)
    assert his.get(f"{path}/current", 200).data["check_in"]["score"] == 20
    assert hers.get(path, 200).data == []
    assert his.patch(f"/me/check-ins/{changed['id']}", {"care": None}, 422).details.keys() == {"care"}
    wrong = his.post(path, {**said, "replaces": True, "is_private": True, "sharing": "crew"}, 422)
    assert wrong.details.keys() == {"is_private"}
    hers.get(f"/me/check-ins/{changed['id']}", 404)
    assert his.post(path, {**said, "replaces": True}, 201).data["id"] == changed["id"]


def test_a_program_chooses_nudges_looks_and_answers(program: Program, sara, reza):
    crew = make_crew(sara, reza, name="Dawn Patrol")
    path, hers, his = f"/crews/{crew.id}", program.as_(sara), program.as_(reza)
    assert his.get("/me/check-ins/settings", 200).data == {"sharing": "private", "reminders": True}
    his.patch("/me/check-ins/settings", {"sharing": "numbers"}, 200)
    kept = his.patch("/me/check-ins/settings", {"reminders": False}, 200).data
    assert kept == {"sharing": "numbers", "reminders": False}
    assert his.patch(f"{path}/check-ins/settings", {"asking": "shared"}, 200).data["asking"] == "shared"
    assert his.patch(f"{path}/check-ins/settings", {"reminders": False}, 200).data["asking"] == "shared"

    assert hers.get(f"{path}/check-ins/nudge", 200).data == {"nudged_at": None, "nudged_by": None}
    assert hers.post(f"{path}/check-ins/nudge", None, 200).data["nudged_by"] == "Sara Karimi"
    hers.post(f"{path}/check-ins/nudge", None, 200)
    hers.post(f"{path}/check-ins/nudge", None, 429)

    add_row(
        Drift, crew_id=crew.id, person_id=reza.id, reason="stopped", since=date(2026, 11, 7), periods=3, basis="shared"
    )
    found = hers.post(f"{path}/reach-out", None, 200).data
    assert [row["person"]["name"] for row in found["people"]] == ["Reza Ahmadi"] and found["next"] is None
    told = select(Notification.type).where(Notification.person_id == reza.id)
    assert "drift_seen" in db.session.scalars(told).all()

    his.get(f"{path}/how-has-it-been", 404)
    add_row(NewcomerQuestion, crew_id=crew.id, person_id=reza.id)
    said = {"feeling": "hard", "text": "Too fast for me", "readers": "admins"}
    assert his.put(f"{path}/how-has-it-been", said, 200).data["answered_at"]
    assert [row["text"] for row in hers.get(f"{path}/newcomers", 200).data] == ["Too fast for me"]
    his.delete(f"{path}/how-has-it-been", 204)
    assert hers.get(f"{path}/newcomers", 200).data == []
    assert his.get(f"{path}/how-has-it-been", 200).data["feeling"] is None


def test_a_program_brings_the_file_of_the_older_version(program: Program, sara):
    crew = make_crew(sara, name="Dawn Patrol")
    hers, item = program.as_(sara), {**SCORES, "date": "2026-10-05", "group": "Others"}
    rows = [item, item | {"care": 0}, item | {"date": "2026-10-12", "note": "By the lake"}]
    file = sent(json.dumps(rows).encode(), "export.json")
    made = hers.ask("POST", "/me/check-ins/imports", 201, data={"file": file})
    path = made.headers["Location"].removeprefix("/api/v1")
    assert (made.data["taken"], made.data["targets"]) == (2, [{"group": "Others", "crew_id": None}])
    assert [(row["row"], row["reason"]) for row in made.data["left"]] == [(2, "care")]
    chosen = {"targets": [{"group": "Others", "crew_id": str(crew.id)}]}
    assert {row["crew_id"] for row in hers.patch(path, chosen, 200).data["rows"]} == {str(crew.id)}
    strange = {"targets": [{"group": "None", "crew_id": str(uuid.uuid4())}]}
    assert hers.patch(path, strange, 422).details.keys() == {"targets.0.group", "targets.0.crew_id"}
    for _time in range(2):
        done = hers.post(path, None, 200).data
        assert done["taken"] == 2 and done["done_at"] and done["rows"] == []
    taken = hers.get("/me/check-ins", 200).data
    assert [(row["crew_id"], row["note"], row["sharing"]) for row in taken] == [
        (str(crew.id), "By the lake", "private"),
        (str(crew.id), "", "private"),
    ]
    broken = sent(b"{", "export.json")
    assert hers.ask("POST", "/me/check-ins/imports", 422, data={"file": broken}).details.keys() == {"file"}
