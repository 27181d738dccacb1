"""Conversations and messages, for programs."""

from __future__ import annotations

import pytest

from hampa.blocks.actions import block
from hampa.messages.models import OPEN
from hampa.platform.db import db
from tests.factories.cards import make_card, make_companions
from tests.factories.messages import make_conversation, make_message, make_run_conversation
from tests.factories.people import make_person
from tests.factories.runs import make_run, take_part


@pytest.fixture
def companions(owner, companion):
    make_companions(companion, owner)
    return owner, companion


def texts(reply):
    return [one["text"] for one in reply.data]


def test_two_people_write_and_read(program, companions):
    sara, reza = companions
    mine, theirs = program.as_(sara), program.as_(reza)
    begun = theirs.get(f"/people/{sara.id}/conversation", 200).data
    assert (begun["way"], begun["person"]["name"]) == ("direct", sara.name)
    first = theirs.post(f"/people/{sara.id}/conversation", {"text": "Shall we run on Friday?"}, 201)
    path = first.headers["Location"].removeprefix("/api/v1").partition("/messages/")[0]
    assert theirs.get(first.headers["Location"], 200).data == first.data
    [row] = mine.get("/conversations", 200).data
    assert (row["other"]["name"], row["text"], row["unread"]) == (reza.name, "Shall we run on Friday?", 1)
    assert mine.get("/conversations/unread", 200).data == {"unread": 1, "requests": 0}
    mine.get(path, 200)
    assert mine.get("/conversations/unread", 200).data["unread"] == 1
    mine.post(f"{path}/read", {}, 204)
    assert mine.get("/conversations/unread", 200).data["unread"] == 0
    assert theirs.get(path, 200).data["read_number"] == 1
    mine.post(f"{path}/messages", {"text": "Yes, at six"}, 201)
    assert texts(theirs.get(f"{path}/messages", 200)) == ["Yes, at six", "Shall we run on Friday?"]
    assert set(mine.post(f"{path}/messages", {"text": " "}, 422).details) == {"text"}


def test_a_retry_writes_once(program, companions):
    sara, reza = companions
    mine, key = program.as_(sara), {"Idempotency-Key": "a-message-of-mine"}
    path = f"/people/{reza.id}/conversation"
    one, other = (mine.post(path, {"text": "Once"}, 201, headers=key).data["id"] for _time in range(2))
    assert one == other
    conversation_id = mine.get(path, 200).data["conversation_id"]
    assert texts(mine.get(f"/conversations/{conversation_id}/messages", 200)) == ["Once"]


def test_messages_come_in_pages_and_by_words(program, companions):
    sara, reza = companions
    said = [f"Message {number}" if number % 2 else f"Tea {number}" for number in range(7)]
    path = f"/conversations/{make_conversation(sara, reza, *said).id}/messages"
    mine = program.as_(sara)

    def all_of(query):
        found, after = [], ""
        while after is not None:
            page = mine.get(f"{path}?limit=2{query}{after}", 200)
            found += texts(page)
            after = f"&after={page.meta['next']}" if page.meta["next"] else None
        return found

    assert all_of("") == said[::-1]
    assert all_of("&q=tea") == ["Tea 6", "Tea 4", "Tea 2", "Tea 0"]
    assert all_of("&q=coffee") == []


def test_a_message_is_changed_and_deleted_by_its_author(program, companions, stranger):
    sara, reza = companions
    conversation = make_conversation(sara, reza, "I bring tea")
    path = f"/conversations/{conversation.id}/messages"
    mine, theirs = program.as_(sara), program.as_(reza)
    [message] = mine.get(path, 200).data
    theirs.patch(f"{path}/{message['id']}", {"text": "No tea"}, 403)
    program.as_(stranger).patch(f"{path}/{message['id']}", {"text": "No tea"}, 404)
    changed = mine.patch(f"{path}/{message['id']}", {"text": "I bring coffee"}, 200).data
    assert (changed["text"], changed["is_edited"], changed["is_own"]) == ("I bring coffee", True, True)
    assert (message["version"], changed["version"]) == (1, 2)
    assert message["updated_at"] == message["created_at"] < changed["updated_at"]
    theirs.delete(f"{path}/{message['id']}", 403)
    mine.delete(f"{path}/{message['id']}", 204)
    gone = theirs.get(f"{path}/{message['id']}", 200).data
    assert (gone["text"], gone["is_deleted"], gone["version"]) == ("", True, 3)
    assert mine.patch(f"{path}/{message['id']}", {"text": "Again"}, 422).details["text"]


def test_a_message_that_has_changed_since_it_was_seen_is_not_changed(program, companions):
    sara, reza = companions
    conversation = make_conversation(sara, reza, "I bring tea")
    path, mine = f"/conversations/{conversation.id}/messages", program.as_(sara)
    [message] = mine.get(path, 200).data
    one = f"{path}/{message['id']}"
    seen = {"If-Match": mine.get(one, 200).headers["ETag"]}
    kept = mine.patch(one, {"text": "I bring coffee"}, 200, headers=seen)
    assert mine.patch(one, {"text": "I bring water"}, 412, headers=seen).error["code"] == "PRECONDITION_FAILED"
    mine.delete(one, 412, headers=seen)
    mine.get(one, 304, headers={"If-None-Match": kept.headers["ETag"]})
    mine.delete(one, 204, headers={"If-Match": kept.headers["ETag"]})


@pytest.mark.parametrize("decision", ["accept", "decline"])
def test_a_first_message_waits_until_it_is_answered(program, owner, stranger, decision):
    make_card(owner)
    mine, theirs = program.as_(owner), program.as_(stranger)
    assert theirs.get(f"/people/{owner.id}/conversation", 200).data["way"] == "request"
    theirs.post(f"/people/{owner.id}/conversation", {"text": "May I join?"}, 201)
    theirs.post(f"/people/{owner.id}/conversation", {"text": "And?"}, 422)
    assert mine.get("/conversations", 200).data == []
    assert mine.get("/conversations/unread", 200).data == {"unread": 0, "requests": 1}
    [request] = mine.get("/conversations?box=requests", 200).data
    answered = mine.post(f"/conversations/{request['id']}/request", {"decision": decision}, 200).data
    assert answered["state"] == ("open" if decision == "accept" else "declined")
    [sent] = theirs.get("/conversations", 200).data
    assert sent["is_waiting"] is (decision == "decline")
    mine.post(f"/conversations/{request['id']}/request", {"decision": "maybe"}, 422)


def test_a_run_has_its_conversation(program, owner, companion, stranger):
    run = make_run(owner)
    take_part(run, companion)
    mine, path = program.as_(owner), f"/runs/{run.id}/conversation"
    assert mine.get(path, 200).data["id"] is None
    program.as_(stranger).get(path, 404)
    program.as_(stranger).post(path, {"text": "Hello"}, 404)
    mine.post(path, {"text": "Bring lamps"}, 201)
    theirs = program.as_(companion)
    [row] = theirs.get("/conversations", 200).data
    assert (row["run"], row["other"], row["author"]) == ({"id": str(run.id), "title": run.title}, None, owner.name)
    where = f"/conversations/{row['id']}"
    theirs.put(f"{where}/mute", {}, 204)
    assert theirs.get(where, 200).data["is_muted"] is True
    theirs.delete(f"{where}/mute", 204)
    assert theirs.get(where, 200).data["is_muted"] is False
    program.as_(stranger).put(f"{where}/mute", {}, 404)


def test_who_is_hidden_is_nowhere(program, companions):
    sara, reza = companions
    run = make_run(make_person())
    for person in (sara, reza):
        take_part(run, person)
    two = make_conversation(sara, reza, "Hello", "Hi")
    of_run = make_run_conversation(run, (sara, "Here I am"), (reza, "And I"))
    hidden = make_message(of_run, reza, text="See you")
    db.session.commit()
    mine = program.as_(sara)
    assert len(mine.get("/conversations", 200).data) == 2
    block(sara, reza.id)
    db.session.commit()
    [row] = mine.get("/conversations", 200).data
    assert (row["id"], row["text"], row["author"]) == (str(of_run.id), None, None)
    assert texts(mine.get(f"/conversations/{of_run.id}/messages", 200)) == ["Here I am"]
    assert texts(mine.get(f"/conversations/{of_run.id}/messages?q=see", 200)) == []
    mine.get(f"/conversations/{of_run.id}/messages/{hidden.id}", 404)
    mine.get(f"/conversations/{two.id}", 404)
    mine.get(f"/conversations/{two.id}/messages", 404)
    mine.post(f"/conversations/{two.id}/messages", {"text": "Are you there?"}, 404)
    mine.get(f"/people/{reza.id}/conversation", 404)
    mine.post(f"/people/{reza.id}/conversation", {"text": "Are you there?"}, 404)


def test_the_list_asks_once_whatever_its_length(program, owner, statements):
    asked = []
    for _more in range(2):
        for _one in range(3):
            make_conversation(owner, make_person(), "Hello", states=(OPEN, OPEN))
        db.session.commit()
        mine = program.as_(owner)
        with statements() as seen:
            rows = mine.get("/conversations", 200).data
        asked.append((len(rows), len(seen)))
    assert [rows for rows, _count in asked] == [3, 6]
    assert asked[0][1] == asked[1][1] <= 3, asked


def test_a_token_without_the_scope_reads_nothing(program, owner, companion):
    path = f"/conversations/{make_conversation(owner, companion, 'Hello').id}"
    program.as_(owner, "runs:read").get(f"{path}/messages", 403)
    reads = program.as_(owner, "messages:read")
    reads.get(f"{path}/messages", 200)
    reads.post(f"{path}/messages", {"text": "Hello"}, 403)
