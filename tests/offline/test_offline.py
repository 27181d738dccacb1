"""The pages that a device keeps, the worker's script, the manifest, and what is sent later: once, by whoever tapped."""

from __future__ import annotations

import json
import re
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from hampa.attendance.queries import attendance_of, code_of
from hampa.comments.models import Comment
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.locale.i18n import LOCALES
from hampa.runs.models.participation import Participation
from tests.factories.people import make_person
from tests.factories.runs import in_days, make_run, take_part
from tests.house.routes import VIEWERS
from tests.page import Page
from tests.personas import Setting

HEAD = re.compile(r'^"use strict";\nconst VERSION = "([0-9a-f]{12})";\nconst SITE = (\{.*\});\n')


def soon(**given):
    return make_run(starts_at=clock.now() + timedelta(hours=1), **given)


def late_min(run, person) -> int | None:
    db.session.expire_all()
    statement = select(Participation.late_min).where(
        Participation.run_id == run.id, Participation.person_id == person.id
    )
    return db.session.scalar(statement)


def test_the_next_runs_say_where_and_when_and_have_the_code(page):
    person = make_person()
    run = soon(
        title="Lake loop", place="North gate", directions="Behind the kiosk", latitude=35.7448, longitude=51.2114
    )
    take_part(run, person)
    interested = make_run(title="Hill repeats", starts_at=in_days(3))
    take_part(interested, person, "INTERESTED")
    make_run(person, title="My own run", starts_at=in_days(4))
    for title, given in {"Over": {"starts_at": in_days(-3)}, "Off": {"cancelled_at": clock.now()}}.items():
        take_part(make_run(title=title, **{"starts_at": in_days(2), **given}), person)
    make_run(title="Of others", starts_at=in_days(2))
    answer = page.as_(person).get("/me/offline", 200)
    titles = ["".join(heading.itertext()).strip() for heading in answer.all("h2")][1:]
    assert titles == ["Lake loop", "Hill repeats", "My own run"]
    participation = attendance_of(person, run.id)[0]
    code = code_of(participation)
    for words in ("North gate", "Behind the kiosk", "35.74480, 51.21140", f"{code[:4]} {code[4:]}"):
        assert words in answer.words, words
    assert "geo:35.7448,51.2114" in answer.text
    assert answer.text.count("ticket-drawing") == 1, "a code only for the run that they go to"
    assert {form.action for form in answer.forms if "/runs/" in form.action} == {
        f"/runs/{run.id}/late",
        f"/runs/{interested.id}/join",
    }
    assert answer.response.headers["Hampa-Session"]


@pytest.mark.parametrize("language", LOCALES)
def test_the_page_for_everybody_names_nobody(page, setting: Setting, language):
    answers = [page.as_(setting.viewer(name)).get(f"/offline?lang={language}", 200) for name in VIEWERS]
    assert f'lang="{language}"' in answers[0].text
    for name in ("Sara", "Reza", "Mina", "Omid"):
        assert name not in answers[0].text
    assert all("data-offline" in answer.text for answer in answers)


def test_the_worker_knows_the_files_of_this_version(page, setting: Setting):
    answers = [page.as_(setting.viewer(name)).get("/sw.js", 200) for name in VIEWERS]
    assert len({answer.text for answer in answers}) == 1, "it is the same for everybody"
    headers = answers[0].response.headers
    assert headers["Content-Type"].startswith("text/javascript")
    assert headers["Cache-Control"] == "public, no-cache"
    assert "Set-Cookie" not in headers
    page.get("/sw.js", 304, headers={"If-None-Match": headers["ETag"]})
    found = HEAD.match(answers[0].text)
    assert found, answers[0].text[:200]
    site = json.loads(found[2])
    for address in (*site["shell"], *site["pages"].values(), site["icon"], site["badge"]):
        assert page.client.get(address).status_code == 200, address
    assert "/runs/5b/join" not in site["kept"]
    kept = [re.compile(pattern) for pattern in site["kept"]]
    for path in (
        f"/runs/{uuid.uuid4()}/join",
        f"/runs/{uuid.uuid4()}/late",
        f"/runs/{uuid.uuid4()}/comments",
        f"/messages/{uuid.uuid4()}",
    ):
        assert any(pattern.match(path) for pattern in kept), path
    for path in ("/logout", f"/runs/{uuid.uuid4()}/leave", f"/runs/{uuid.uuid4()}/late/x", "/me/delete"):
        assert not any(pattern.match(path) for pattern in kept), path
    assert "eval(" not in answers[0].text
    assert "Function(" not in answers[0].text


@pytest.mark.parametrize(("language", "name", "direction"), [("fa", "همپا", "rtl"), ("en", "Hampa", "ltr")])
def test_the_site_is_installed_in_the_language_of_its_page(page, language, name, direction):
    whole = page.speaking(language).get("/", 200)
    (link,) = whole.all("link", rel="manifest")
    answer = page.speaking("en").get(link.get("href"), 200)
    manifest = json.loads(answer.text)
    assert answer.response.headers["Content-Type"].startswith("application/manifest+json")
    assert (manifest["name"], manifest["short_name"], manifest["lang"], manifest["dir"]) == (
        name,
        name,
        language,
        direction,
    )
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/", "/", "standalone")
    icons = {(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]}
    assert icons == {(size, purpose) for size in ("192x192", "512x512") for purpose in ("any", "maskable")}
    for address in [icon["src"] for icon in manifest["icons"]] + [one["url"] for one in manifest["shortcuts"]]:
        assert page.as_(make_person()).client.get(address).status_code == 200, address


def once(page: Page, path: str, name: str, fields: dict[str, str], status: int) -> None:
    """Send what a device kept: its worker reads nothing but the status."""
    answer = page.client.post(path, data={**fields, "csrf_token": page.token()}, headers={"Hampa-Once": name})
    assert (answer.status_code, answer.data) == (status, b"")


def test_what_was_tapped_is_done_once_and_says_so(page):
    person, run = make_person(), soon()
    take_part(run, person)
    reader = page.as_(person)
    path = f"/runs/{run.id}/late"
    once(reader, path, "one", {"minutes": "10"}, 204)
    assert late_min(run, person) == 10
    once(reader, path, "two", {"minutes": "5"}, 204)
    once(reader, path, "one", {"minutes": "10"}, 204)
    assert late_min(run, person) == 5, "sent again, it changes nothing"


def test_what_can_not_be_done_any_more_is_refused_and_may_be_sent_again(page):
    person, run = make_person(), make_run(starts_at=in_days(5))
    take_part(run, person)
    reader = page.as_(person)
    path = f"/runs/{run.id}/late"
    once(reader, path, "one", {"minutes": "10"}, 422)
    once(reader, path, "one", {"minutes": "7"}, 422)
    once(reader, f"/runs/{uuid.uuid4()}/late", "two", {"minutes": "10"}, 422)
    assert late_min(run, person) is None
    with clock.frozen(run.starts_at - timedelta(minutes=20)):
        once(reader, path, "one", {"minutes": "10"}, 204)
    assert late_min(run, person) == 10


def test_the_name_of_a_request_is_of_one_person(page):
    one, other, run = make_person(), make_person(), soon()
    for person in (one, other):
        take_part(run, person)
        once(page.as_(person), f"/runs/{run.id}/late", "same", {"minutes": "10"}, 204)
    assert [late_min(run, person) for person in (one, other)] == [10, 10]


def test_nothing_is_done_for_a_visitor_or_without_a_token(page):
    person, run = make_person(), soon()
    take_part(run, person)
    path = f"/runs/{run.id}/late"
    once(page, path, "one", {"minutes": "10"}, 422)
    reader = page.as_(person)
    reader.post_raw(path, {"minutes": "10"}, 400, headers={"Hampa-Once": "one"})
    once(reader, path, "x" * 100, {"minutes": "10"}, 422)
    assert late_min(run, person) is None


def test_a_comment_that_arrived_before_is_not_written_again(page):
    """The first time its answer was lost on the way; it has the id of its form, and another name now."""
    person, run = make_person(), soon()
    take_part(run, person)
    reader, fields = page.as_(person), {"text": "Who brings tea?", "submission": uuid.uuid4().hex}
    reader.post(f"/runs/{run.id}/comments", fields, 303)
    once(reader, f"/runs/{run.id}/comments", "one", fields, 204)
    assert db.session.scalar(select(func.count()).select_from(Comment).where(Comment.run_id == run.id)) == 1


def test_views_that_are_not_kept_ignore_the_name(page):
    person = make_person()
    page.as_(person).post("/notifications/read-all", {}, 303, headers={"Hampa-Once": "one"})


def test_a_device_gets_a_token_of_its_own_session(page):
    person, run = make_person(), soon()
    take_part(run, person)
    assert json.loads(page.get("/offline/state", 200).text) == {"session": "", "csrf_token": ""}
    reader = page.as_(person)
    answer = reader.get("/offline/state", 200)
    state = json.loads(answer.text)
    assert state["session"] == reader.get("/login/session").text
    assert answer.response.headers["Cache-Control"] == "private, no-store"
    reader.post_raw(f"/runs/{run.id}/late", {"minutes": "5", "csrf_token": state["csrf_token"]}, 303)
    assert late_min(run, person) == 5
