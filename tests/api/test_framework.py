"""What is the same for every operation of the API: tokens, scopes, envelopes, errors and the document."""

from __future__ import annotations

import json
from io import BytesIO

import jsonschema_rs
import pytest

from hampa.api.order import ORDER
from hampa.api.reference import entries_of
from hampa.blocks.actions import block
from hampa.platform import clock, request_counts
from hampa.platform.api.document import document_of
from hampa.platform.api.requests import Paging
from hampa.platform.api.serving import EXTENSION, operations_of
from hampa.platform.web import page_cache
from tests.api.test_signing_in import signed_in
from tests.factories.badges import make_challenge
from tests.factories.cards import make_card, make_companions
from tests.factories.crews import make_crew
from tests.factories.runs import make_run


@pytest.fixture
def one_minute():
    """Stop the clock: requests are counted by the minute, and one may end during the test."""
    with clock.frozen(clock.now()):
        yield


def test_an_answer_is_wrapped(program, owner):
    reply = program.as_(owner).get("/me", 200)
    assert reply.json["success"] is True
    assert reply.data["name"] == owner.name
    assert reply.data["phone"] == owner.phone
    assert reply.meta["version"] == "v1"
    assert reply.meta["request_id"] == reply.headers["X-Request-Id"]
    assert reply.meta["timestamp"].endswith("Z")


def test_without_a_token_nobody_is_there(program, page, owner):
    reply = program.get("/me", 401)
    assert reply.error["code"] == "UNAUTHORIZED"
    assert reply.headers["WWW-Authenticate"] == "Bearer"
    assert program.get("/me", 401, headers={"Authorization": "Bearer made-up"}).error["code"] == "UNAUTHORIZED"
    assert program.get("/me", 401, headers={"Authorization": "Basic c2FyYTpzYXJh"}).error["code"] == "UNAUTHORIZED"


def test_a_cookie_signs_nobody_in(page, owner):
    browser = page.as_(owner)
    browser.get("/me", 200)
    assert browser.client.get("/api/v1/me").status_code == 401


def test_a_token_does_what_its_scopes_say(program, owner):
    assert program.as_(owner, "me:read").get("/me", 200)
    reply = program.as_(owner, "cards:read").get("/me", 403)
    assert reply.error["code"] == "FORBIDDEN"
    assert "me:read" in reply.error["message"]


def test_errors_are_for_programs(program, owner):
    reply = program.as_(owner).get("/nothing/here", 404)
    assert reply.error["code"] == "NOT_FOUND"
    reply = program.as_(owner).delete("/me", 405)
    assert "GET" in reply.headers["Allow"]
    assert reply.json["success"] is False


def test_messages_are_in_the_language_of_the_reader(program, owner):
    assert program.speaking("fa").get("/me", 401).error["message"] != program.get("/me", 401).error["message"]


@pytest.mark.usefixtures("one_minute")
def test_limits_are_counted_by_address_and_by_person(program, owner, companion, monkeypatch):
    monkeypatch.setitem(program.app.extensions, "hampa.settings", with_limits(program.app, visitor=2, person=3))
    known = program.as_(owner)
    for _ in range(3):
        known.get("/me", 200)
    reply = known.get("/me", 429)
    assert reply.error["code"] == "RATE_LIMIT_EXCEEDED"
    assert 0 < int(reply.headers["Retry-After"]) <= 61
    program.as_(companion).get("/me", 200)
    statuses = [program.get("/me").status for _ in range(3)]
    assert statuses == [401, 401, 429]
    guess = {"headers": {"Authorization": "Bearer guess"}}
    assert [program.get("/me", **guess).status for _ in range(3)] == [401, 401, 429]


@pytest.mark.usefixtures("one_minute")
def test_a_stranger_behind_the_same_address_keeps_nobody_from_signing_in(program, owner, companion, monkeypatch):
    tokens = signed_in(program, owner.phone)
    monkeypatch.setitem(program.app.extensions, "hampa.settings", with_limits(program.app, visitor=1, person=3))
    for _ in range(3):
        program.get("/me")
        program.get("/me", headers={"Authorization": "Bearer guess"})
    assert program.get("/cards").status == 429
    assert program.post("/auth/refresh", {"refresh_token": tokens["refresh_token"]}).status == 200
    assert program.post("/auth/otp", {"phone": companion.phone}).status == 200


def test_a_cursor_of_another_list_is_refused(program, owner):
    for nonsense in ("WzFd", "W10", "WyJhIiwiYiJd", "W251bGwsbnVsbF0", "nonsense!", ""):
        for path in ("/runs", "/cards", "/me/runs", "/notifications", "/interests"):
            reply = program.as_(owner).get(f"{path}?after={nonsense}", 422)
            assert set(reply.details) == {"after"}, path


def test_lists_are_counted_where_that_is_asked(program, owner, companion, stranger):
    for number in range(3):
        make_run(companion, title=f"Run number {number}")
        make_card(companion)
    make_crew(companion, is_listed=True)
    make_companions(companion, owner)
    mine, theirs = program.as_(owner), program.as_(companion)
    paths = {"/runs": 3, "/cards": 3, "/crews": 1, "/me/companions": 1, "/runs?q=number": 3, "/runs?q=elsewhere": 0}
    for path, total in paths.items():
        first = mine.get(f"{path}{'&' if '?' in path else '?'}limit=1&count=1", 200)
        assert (path, first.meta["total"]) == (path, total)
        assert "total" not in mine.get(path, 200).meta
        if first.meta["next"]:
            rest = mine.get(path.partition("?")[0] + f"?count=1&after={first.meta['next']}", 200)
            assert rest.meta["total"] == total or "?" in path, "a page of later rows has the total of all"
    assert theirs.get("/me/runs?count=1&limit=2", 200).meta["total"] == 3
    assert theirs.get("/cards?count=1", 200).meta["total"] == 1, "one's own are not listed"
    block(companion, owner.id)
    assert [mine.get(f"{path}?count=1", 200).meta["total"] for path in ("/runs", "/cards", "/me/companions")] == [
        0,
        0,
        0,
    ]


def test_a_list_that_no_statement_counts_is_counted_by_its_pages(app, program, owner, companion, monkeypatch):
    lists = [operation.query[1] for operation in operations_of(app) if operation.is_list and operation.query]
    assert lists and all(issubclass(query, Paging) for query in lists)
    crew = make_crew(owner)
    for number in range(3):
        make_challenge(crew, owner, name=f"Challenge {number}")
    mine, path = program.as_(owner), f"/crews/{crew.id}/challenges"
    first = mine.get(f"{path}?limit=2&count=1", 200)
    assert (first.meta["total"], len(first.data)) == (3, 2) and "total" not in mine.get(path, 200).meta
    rest = mine.get(f"{path}?count=1&after={first.meta['next']}", 200)
    assert (rest.meta["total"], len(rest.data)) == (3, 1), "a page of later rows has the total of all"
    assert mine.get(f"{path}?count=1", 200).meta["total"] == 3
    assert program.as_(companion).get("/me/challenges?count=1", 200).meta["total"] == 0
    monkeypatch.setattr("hampa.platform.api.serving.MOST_FOLLOWED", 2)
    assert mine.get(f"{path}?limit=1&count=1", 200).meta["total"] == 2, "no longer than that"


def test_a_file_is_part_of_what_a_key_stands_for(program, owner):
    first, second = (BytesIO(b"one picture"), "a.jpg"), (BytesIO(b"another one"), "a.jpg")
    mine, key = program.as_(owner), {"Idempotency-Key": "picture"}
    mine.ask("POST", "/me/avatar", 200, data={"picture": first}, headers=key)
    again = (BytesIO(b"one picture"), "a.jpg")
    assert mine.ask("POST", "/me/avatar", 200, data={"picture": again}, headers=key).headers["Idempotent-Replayed"]
    mine.ask("POST", "/me/avatar", 422, data={"picture": second}, headers=key)


def test_the_name_of_a_followed_place_is_cleaned(program, owner):
    body = {"latitude": 35.7, "longitude": 51.39, "name": "Evil\r\nBcc: x@y\u202eabc\u0007"}
    program.as_(owner).post("/me/following/places", body)
    names = [one["name"] for one in program.as_(owner).get("/me/following", 200).data]
    assert not any(set(name) & set("\r\n\u202e\u0007") for name in names)


@pytest.mark.usefixtures("one_minute")
def test_processes_tell_each_other_what_they_have_counted(program, owner, monkeypatch):
    monkeypatch.setitem(program.app.extensions, "hampa.settings", with_limits(program.app, visitor=100, person=40))
    known = program.as_(owner)
    for _ in range(20):
        known.get("/me", 200)
    request_counts.forget_counts()  # as another process sees it
    statuses = [known.get("/me").status for _ in range(24)]
    assert statuses.count(200) in (20, 21)
    assert statuses[-1] == 429


def with_limits(app, *, visitor, person):
    settings = app.extensions["hampa.settings"]
    return settings.model_copy(update={"api_visitor_limit": visitor, "api_person_limit": person})


def test_the_document_is_valid(app, page):
    answer = page.get("/api/openapi.json", 200)
    assert answer.response.json["openapi"] == "3.1.0"
    with app.app_context():
        schemas = document_of(app)["components"]["schemas"]
    for schema in schemas.values():
        jsonschema_rs.meta.validate(schema)


def test_every_operation_has_a_name_of_its_own_and_is_described(app):
    operations = operations_of(app)
    names = [operation.name for operation in operations]
    assert len(names) == len(set(names))
    for operation in operations:
        assert operation.function.__doc__, f"{operation.name} says nothing"


def test_people_read_how_programs_ask(app, page, owner):
    overview = page.get("/api/docs", 200).text
    assert len(overview.encode()) < page_cache.LARGEST_PAGE_BYTES, "larger ones are rendered for each visitor"
    names = [resource.name for resource in app.extensions[EXTENSION]]
    assert names == list(ORDER), "each resource has a name of its own, and its place"
    shown: dict[str, str] = {}
    for operation in operations_of(app):
        name = operation.resource.name
        shown[name] = shown.get(name) or page.get(f"/api/docs/{name}", 200).text
        assert f'id="{operation.name}"' in shown[name]
        assert f"#{operation.name}" in overview
    page.get("/api/docs/nothing", 404)
    assert "/api/docs" in page.as_(owner).get("/me/tokens", 200).text


def test_the_examples_that_people_read_are_taken_and_answered(app):
    with app.app_context():
        document = document_of(app)
        resources = app.extensions[EXTENSION]
    for resource in resources:
        entries = {entry.name: entry for entry in entries_of(document, resource.name)}
        assert entries.keys() == {operation.name for operation in resource.operations}
        for operation in resource.operations:
            entry = entries[operation.name]
            if operation.body:
                operation.body[1].model_validate_json(entry.example)
            content = document["paths"][entry.path][operation.method.lower()]["responses"][str(operation.status)]
            schema = content.get("content", {}).get("application/json", {}).get("schema")
            assert (schema is None) is (entry.answer is None), entry.name
            if schema is not None:
                whole = {**schema["properties"]["data"], "components": document["components"]}
                assert jsonschema_rs.is_valid(whole, json.loads(entry.answer)), f"{entry.name}: {entry.answer}"


def test_a_part_of_a_form_without_a_name_is_refused(page):
    body = b"--x\r\nContent-Disposition: form-data\r\n\r\nnothing\r\n--x--\r\n"
    page.post_raw("/login", body, 400, content_type="multipart/form-data; boundary=x")


LISTS = {
    "/runs": 1,
    "/cards": 1,
    "/me/runs": 1,  # the runs, and who goes
    "/me/cards": 1,
    "/interests": 1,
    "/me/companions": 1,
    "/people?q=sara": 1,
    "/me/blocks": 1,
    "/badges": 1,
    "/schedules": 1,
    "/me": 0,
    "/me/settings": 0,
}
"""Statements of reads: one for what is asked, and none for the token, whose person is kept."""


def test_lists_ask_as_few_statements_as_pages(program, setting, statements, remembering):
    reader = program.as_(setting.owner)
    asked = {}
    for path in ("/me", *LISTS):
        for _time in range(2):  # statements are built once, and who asks is kept for seconds from the second time on
            reader.get(path, 200)
        with statements() as seen:
            reader.get(path, 200)
        asked[path] = len(seen)
    assert asked == LISTS


def test_a_body_full_of_mistakes_gets_a_short_answer(program, owner):
    writer = program.as_(owner)
    strangers = {f"x{number}": 1 for number in range(20_000)}
    reply = writer.post("/runs", strangers, 422)
    assert len(reply.error["details"]) == 50
    in_a_list = writer.post("/cards", {"days": [1] * 80_000}, 422)
    assert len(in_a_list.error["details"]) <= 50
    assert writer.post("/cards", {"days": ["tue"] * 80_000}, 413).error["message"] == "This is too large."


def test_the_document_is_sent_again_only_when_it_has_changed(page):
    answer = page.get("/api/openapi.json", 200)
    again = page.client.get("/api/openapi.json", headers={"If-None-Match": answer.response.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
