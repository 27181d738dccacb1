"""Requests that are sent twice, changes of what has changed, and reads of what has not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from hampa.blocks.actions import block
from hampa.cards.models import Card
from hampa.people.models import Person
from hampa.platform.api import idempotency
from hampa.platform.api.idempotency import KeptRequest
from hampa.platform.api.repeating import keeps_body
from hampa.platform.api.serving import operations_of
from hampa.platform.db import db
from tests.factories.cards import make_card
from tests.factories.messages import make_conversation
from tests.factories.people import make_person
from tests.factories.runs import make_run
from tests.program import Program, token_of

CARD = {
    "title": "Slow mornings by the lake",
    "place": "Tehran",
    "days": ["sat", "mon"],
    "time_of_day": "morning",
    "distance_km": 8.5,
    "pace": 370,
    "level": "regular",
    "best_10k": 3150,
}


OF_NOBODY_ELSE = {
    "/me/availability/exceptions",
    "/activities",
    "/challenges/<uuid:challenge_id>/link",
    "/crews/<uuid:crew_id>/phone-numbers",
    "/incidents/<uuid:incident_id>/photos",
    "/me/timer",
    "/me/timer/pause",
    "/me/timer/resume",
    "/me/timer/stop",
    "/me/watches",
    "/me/watches/<uuid:watch_id>/cancel",
    "/me/watches/<uuid:watch_id>/home",
    "/me/watches/<uuid:watch_id>/more",
    "/me/webhooks/<uuid:webhook_id>/test",
    "/plans/<uuid:plan_id>/milestones",
    "/runs/<uuid:run_id>/comments",
    "/runs/<uuid:run_id>/confirm",
    "/runs/<uuid:run_id>/join",
    "/runs/<uuid:run_id>/late",
    "/runs/<uuid:run_id>/offer",
    "/runs/<uuid:run_id>/photos",
    "/runs/<uuid:run_id>/requests",
    "/runs/<uuid:run_id>/walk-ins",
    "/schedules/<uuid:schedule_id>/shifts/<start>/appeals",
    "/timeline/<uuid:entry_id>/comments",
}
"""POSTs whose answers hold what the asker has written, numbers and ids alone, and which no GET shows."""


def key(text: str) -> dict[str, str]:
    return {"Idempotency-Key": text}


def count_cards() -> int:
    return db.session.scalar(select(func.count()).select_from(Card))


def test_a_request_with_a_key_is_done_once(program, owner):
    reader = program.as_(owner)
    first = reader.post("/cards", CARD, 201, headers=key("one"))
    again = reader.post("/cards", CARD, 201, headers=key("one"))
    assert again.data == first.data
    assert again.headers["Location"] == first.headers["Location"] == f"/api/v1/cards/{first.data['id']}"
    assert again.headers["Idempotent-Replayed"] == "true"
    assert count_cards() == 1
    reader.post("/cards", CARD, 201)
    assert count_cards() == 2


def test_a_key_is_for_one_request_of_one_person(program, owner, companion):
    reader = program.as_(owner)
    reader.post("/cards", CARD, 201, headers=key("one"))
    reply = reader.post("/cards", CARD | {"pace": 371}, 422, headers=key("one"))
    assert "Idempotency-Key" in reply.details
    program.as_(companion).post("/cards", CARD, 201, headers=key("one"))
    assert count_cards() == 2
    assert reader.post("/cards", CARD, 400, headers=key("ü" * 3)).error["code"] == "VALIDATION_ERROR"


def test_what_was_refused_may_be_sent_again(program, owner):
    reader = program.as_(owner)
    reader.post("/cards", CARD | {"company": "women"}, 422, headers=key("one"))
    owner.gender = "female"
    db.session.commit()
    reader.post("/cards", CARD | {"company": "women"}, 201, headers=key("one"))


def test_the_kept_answer_can_be_read_by_nobody(program, owner):
    reader = program.as_(owner)
    reader.post("/cards", CARD, 201, headers=key("one"))
    assert db.session.scalars(select(KeptRequest.answer)).one() is None  # it is read anew
    comment = reader.post(f"/runs/{make_run().id}/comments", {"text": "By the lake"}, 201, headers=key("two"))
    kept = db.session.scalars(select(KeptRequest).where(KeptRequest.answer.is_not(None))).one()
    assert b"lake" not in kept.answer
    assert b"two" not in str(kept.id).encode()
    again = reader.post(
        f"/runs/{kept.location.split('/')[4]}/comments", {"text": "By the lake"}, 201, headers=key("two")
    )
    assert again.data == comment.data


def test_who_is_hidden_since_is_not_shown_by_a_request_that_is_sent_again(program, owner, companion):
    mine = program.as_(owner)
    said = make_conversation(owner, companion, "Hello").id
    mine.post(f"/conversations/{said}/messages", {"text": "Hello too"}, 201, headers=key("one"))
    card = make_card(companion)
    interest = mine.post(f"/cards/{card.id}/interest", {"line": "Hello"}, 201, headers=key("two"))
    assert companion.name in str(interest.data)
    block(companion, owner.id)
    db.session.commit()
    mine.post(f"/conversations/{said}/messages", {"text": "Hello too"}, 404, headers=key("one"))
    mine.post(f"/cards/{card.id}/interest", {"line": "Hello"}, 404, headers=key("two"))


def test_an_answer_that_names_others_is_read_anew_or_not_given_again(app):
    """Whose answer is kept holds nothing of others: a new operation is looked at, and put here or given a GET."""
    with app.app_context():
        kept = {
            one.rule
            for one in operations_of(app)
            if one.method == "POST" and one.options.repeatable and one.status != 204 and keeps_body(one)
        }
    assert kept == OF_NOBODY_ELSE


def test_keys_are_forgotten(program, owner, monkeypatch):
    program.as_(owner).post("/cards", CARD, 201, headers=key("one"))
    idempotency.forget_requests()
    assert db.session.scalar(select(func.count()).select_from(KeptRequest)) == 1
    monkeypatch.setattr(idempotency, "REMEMBERED", -idempotency.REMEMBERED)
    idempotency.forget_requests()
    assert db.session.scalar(select(func.count()).select_from(KeptRequest)) == 0


def test_twenty_at_once_do_it_once(real_database):
    """The figure: the same key 20 times in parallel makes one row, and all get the same answer."""
    with real_database.app_context():
        person = make_person(name="Sara Karimi")
        token = token_of(person)
        db.session.commit()

    def send(_nth: int) -> tuple[int, str]:
        reply = Program(real_database, token=token).post("/cards", CARD, headers=key("one"))
        return reply.status, str(reply.data)

    with ThreadPoolExecutor(20) as threads:
        replies = list(threads.map(send, range(20)))
    assert {status for status, _text in replies} == {201}
    assert len({text for _status, text in replies}) == 1
    with real_database.app_context():
        assert count_cards() == 1


def test_a_read_that_has_not_changed_is_not_sent_again(program, owner):
    reader = program.as_(owner)
    first = reader.get("/me", 200)
    assert (
        reader.get("/me", 304, headers={"If-None-Match": first.headers["ETag"]}).headers["ETag"]
        == first.headers["ETag"]
    )
    assert reader.get("/me", 304, headers={"If-None-Match": f'"other", W/{first.headers["ETag"]}'})
    reader.patch("/me", {"city": "Shiraz"}, 200)
    assert reader.get("/me", 200, headers={"If-None-Match": first.headers["ETag"]}).data["city"] == "Shiraz"


def test_a_change_is_of_what_was_seen(program, owner):
    reader = program.as_(owner)
    seen = reader.get("/me").headers["ETag"]
    changed = reader.patch("/me", {"city": "Shiraz"}, 200, headers={"If-Match": seen})
    reply = reader.patch("/me", {"city": "Yazd"}, 412, headers={"If-Match": seen})
    assert reply.error["code"] == "PRECONDITION_FAILED"
    assert reader.get("/me").data["city"] == "Shiraz"
    reader.patch("/me", {"city": "Yazd"}, 200, headers={"If-Match": changed.headers["ETag"]})
    reader.patch("/me", {"city": "Kerman"}, 200, headers={"If-Match": "*"})


def test_of_two_who_change_what_both_have_seen_one_does(real_database):
    with real_database.app_context():
        token = token_of(make_person(name="Sara Karimi"))
        db.session.commit()
    seen = Program(real_database, token=token).get("/me").headers["ETag"]

    def change(nth: int) -> int:
        reader = Program(real_database, token=token)
        return reader.patch("/me", {"city": f"Town {nth}"}, headers={"If-Match": seen}).status

    with ThreadPoolExecutor(6) as threads:
        statuses = sorted(threads.map(change, range(6)))
    assert statuses == [200, 412, 412, 412, 412, 412]
    with real_database.app_context():
        assert db.session.scalars(select(Person.version)).one() == 2


@pytest.mark.parametrize("origin", ["https://app.example", "https://evil.example"])
def test_scripts_of_listed_origins_may_ask(program, owner, monkeypatch, origin):
    settings = program.app.extensions["hampa.settings"]
    listed = settings.model_copy(update={"cors_origins": ("https://app.example",)})
    monkeypatch.setitem(program.app.extensions, "hampa.settings", listed)
    may = origin == "https://app.example"
    asked = {"Origin": origin, "Access-Control-Request-Method": "PATCH"}
    reply = program.ask("OPTIONS", "/me", 204, headers=asked)
    assert set(reply.headers["Allow"].split(", ")) >= {"GET", "PATCH"}
    assert ("Access-Control-Allow-Methods" in reply.headers) is may
    reply = program.as_(owner).patch(
        "/me", {"city": "Yazd"}, 200, headers={"Origin": origin, "Sec-Fetch-Site": "cross-site"}
    )
    assert reply.headers.get("Access-Control-Allow-Origin") == (origin if may else None)
    assert "Access-Control-Allow-Credentials" not in reply.headers
    assert "Origin" in reply.headers["Vary"]
