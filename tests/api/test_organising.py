"""Organising a run with others, writing to all of it, reports and emergency contacts, for programs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hampa.blocks.actions import block
from hampa.moderation.models import Report
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.run import PaceGroup
from tests.factories.cards import make_card
from tests.factories.people import make_person
from tests.factories.runs import add_organiser, make_run, place_of, take_part

CONTACT = "+989127650000"


@pytest.fixture
def run(owner):
    return make_run(owner)


def kinds_of(program, person):
    return [one["kind"] for one in program.as_(person).get("/notifications", 200).data]


def team(reply):
    return [(one["name"], one["is_owner"]) for one in reply.data["organisers"]]


def test_who_is_asked_by_number_says_yes_and_steps_down(program, owner, companion, stranger, run):
    mine, theirs, path = program.as_(owner), program.as_(companion), f"/runs/{run.id}"
    asked = mine.post(f"{path}/organisers", {"organisers": [companion.phone, stranger.phone]}, 200).data["asked"]
    assert {one["phone"] for one in asked} == {companion.phone, stranger.phone}
    assert {one["name"] for one in asked} == {""}
    theirs.get(f"{path}/organisers", 403)
    invitation = theirs.get(f"{path}/invitation", 200).data
    assert (invitation["role"], invitation["asker"]["name"], invitation["is_declined"]) == (
        "organiser",
        owner.name,
        False,
    )
    theirs.post(f"{path}/invitation", {"answer": "no"}, 204)
    assert theirs.get(f"{path}/invitation", 200).data["is_declined"] is True
    theirs.post(f"{path}/invitation", {"answer": "yes"}, 404)
    theirs.post(f"{path}/invitation", {"answer": "back"}, 204)
    theirs.post(f"{path}/invitation", {"answer": "yes"}, 204)
    assert team(theirs.get(f"{path}/organisers", 200)) == [(owner.name, True), (companion.name, False)]
    [waiting] = theirs.get(f"{path}/organisers", 200).data["asked"]
    assert waiting["phone"] == "", "only who typed a number sees it"
    mine.delete(f"{path}/invitations/{waiting['id']}", 204)
    program.as_(stranger).get(f"{path}/invitation", 404)
    mine.delete(f"{path}/organisers/me", 422)
    theirs.delete(f"{path}/organisers/me", 204)
    assert team(mine.get(f"{path}/organisers", 200)) == [(owner.name, True)]


def test_numbers_are_read_like_on_the_page(program, owner, run):
    mine, path = program.as_(owner), f"/runs/{run.id}/organisers"
    assert set(mine.post(path, {"organisers": ["12"]}, 422).details) == {"organisers"}
    assert set(mine.post(path, {"organisers": [owner.phone]}, 422).details) == {"organisers"}
    assert mine.post(path, {"organisers": ["۰۹۱۲ ۷۶۵ ۰۰۰۰"]}, 200).data["asked"][0]["phone"] == CONTACT


def test_a_co_organiser_is_taken_out(program, owner, companion, run):
    add_organiser(run, companion)
    path = f"/runs/{run.id}/organisers"
    program.as_(companion).delete(f"{path}/{owner.id}", 422)
    program.as_(owner).delete(f"{path}/{companion.id}", 204)
    program.as_(companion).get(path, 403)


def test_a_run_is_handed_over_once_the_other_says_yes(program, owner, companion, stranger, run):
    take_part(run, companion)
    mine, theirs, path = program.as_(owner), program.as_(companion), f"/runs/{run.id}"
    assert set(mine.post(f"{path}/hand-over", {"to": str(stranger.id)}, 422).details) == {"to"}
    offer = mine.post(f"{path}/hand-over", {"to": str(companion.id)}, 201).data
    assert (offer["to"]["name"], offer["stays"]) == (companion.name, True)
    mine.delete(f"{path}/hand-over", 204)
    mine.get(f"{path}/hand-over", 404)
    theirs.get(f"{path}/invitation", 404)
    mine.post(f"{path}/hand-over", {"to": str(companion.id)}, 201)
    assert set(mine.post(f"{path}/hand-over", {"to": str(companion.id)}, 422).details) == {"to"}
    assert theirs.get(f"{path}/invitation", 200).data["role"] == "owner"
    theirs.post(f"{path}/invitation", {"answer": "yes", "keep": True}, 204)
    assert team(theirs.get(f"{path}/organisers", 200)) == [(companion.name, True), (owner.name, False)]
    mine.get(f"{path}/hand-over", 403)


def test_a_pace_group_is_led_after_a_yes(program, owner, companion, stranger):
    run = make_run(owner, paces=[360])
    take_part(run, companion)
    group = db.session.query(PaceGroup).filter_by(run_id=run.id).one()
    group.leader_id, group.leader_asker_id = companion.id, owner.id
    db.session.commit()
    theirs, path = program.as_(companion), f"/runs/{run.id}/lead"
    assert program.as_(stranger).get(path, 200).data["groups"] == []
    [asked] = theirs.get(path, 200).data["groups"]
    assert (asked["pace"], asked["agreed"], asked["asker"]) == (360, False, owner.name)
    theirs.post(path, {"answer": "yes", "group": asked["id"]}, 204)
    assert theirs.get(path, 200).data["groups"][0]["agreed"] is True
    theirs.post(path, {"answer": "no", "group": asked["id"]}, 204)
    assert theirs.get(path, 200).data["groups"] == []
    theirs.post(path, {"answer": "yes", "group": asked["id"]}, 404)


def test_a_message_to_all_is_sent_once_its_bill_is_seen(program, owner, companion, stranger, run, work):
    take_part(run, companion)
    mine, theirs, path = program.as_(owner), program.as_(companion), f"/runs/{run.id}/announcements"
    theirs.post(path, {"text": "Bring cake"}, 403)
    draft = mine.post(path, {"text": "Bring lamps", "by_sms": True}, 201)
    assert (draft.data["sent_at"], draft.data["bill"]["people"]) == (None, 1)
    assert theirs.get(path, 200).data == mine.get(path, 200).data == []
    where = draft.headers["Location"]
    assert mine.get(where, 200).data == draft.data
    theirs.post(f"{where}/send", {}, 403)
    sent = mine.post(f"{where}/send", {}, 200).data
    assert (sent["bill"], sent["version"] > draft.data["version"]) == (None, True)
    work()
    again = mine.post(f"{where}/send", {}, 200).data
    assert (again["sent_at"], again["people"]) == (sent["sent_at"], 1)
    [seen] = theirs.get(path, 200).data
    assert (seen["text"], seen["sender"], seen["people"]) == ("Bring lamps", owner.name, None)
    [listed] = mine.get(path, 200).data
    assert (listed["statuses"], listed["people"]) == (["GOING"], 1)
    assert program.as_(stranger).get(path, 200).data == []
    assert kinds_of(program, companion).count("organiser_message") == 1
    mine.delete(where.removeprefix("/api/v1"), 204)
    assert theirs.get(path, 200).data == []


def test_messages_to_all_come_in_pages(program, owner, companion, run):
    take_part(run, companion)
    mine, path = program.as_(owner), f"/runs/{run.id}/announcements"
    for text in ("One", "Two"):
        mine.post(mine.post(path, {"text": text}, 201).headers["Location"] + "/send", {}, 200)
    for reader in (mine, program.as_(companion)):
        page = reader.get(f"{path}?limit=1", 200)
        assert [one["text"] for one in page.data] == ["Two"]
        rest = reader.get(f"{path}?limit=1&after={page.meta['next']}", 200)
        assert ([one["text"] for one in rest.data], rest.meta["next"]) == (["One"], None)


def test_a_report_is_sent_once_while_it_is_open(program, owner, companion, stranger):
    card = make_card(owner)
    theirs, path = program.as_(stranger), f"/reports/card/{card.id}"
    sent = theirs.post(path, {"reason": "fake", "words": "That is my face"}, 201)
    assert (sent.data["title"], sent.data["is_open"]) == (card.title, True)
    assert theirs.post(path, {"reason": "spam"}, 201).data == sent.data
    assert theirs.get(sent.headers["Location"], 200).data == sent.data
    program.as_(companion).get(sent.headers["Location"], 404)
    program.as_(owner).post(path, {"reason": "spam"}, 404)
    theirs.post(f"/reports/cloud/{card.id}", {"reason": "spam"}, 404)
    assert set(theirs.post(path, {"reason": "dull"}, 422).details) == {"reason"}
    assert db.session.query(Report).count() == 1


def test_a_contact_is_kept_and_each_look_at_it_is_told(program, owner, companion, stranger, run):
    take_part(run, companion)
    mine, theirs = program.as_(owner), program.as_(companion)
    assert set(theirs.put("/me/contact", {"emergency_name": "Maman"}, 422).details) == {"emergency_phone"}
    read = theirs.get("/me/contact", 200)
    kept = {"emergency_name": "Maman", "emergency_phone": CONTACT}
    stale = {"If-Match": read.headers["ETag"]}
    assert theirs.put("/me/contact", {**kept, "emergency_phone": "0912 765 0000"}, 200, headers=stale).data == kept
    theirs.put("/me/contact", {}, 412, headers=stale)
    path = f"/runs/{run.id}/contacts/{place_of(run, companion)}"
    mine.get(path, 404)
    with clock.frozen(run.starts_at - timedelta(minutes=90)):
        program.as_(stranger).post(path, {}, 403)
        before = program.as_(owner).get(path, 200).data
        assert (before["looked"], before["emergency_name"], before["emergency_phone"]) == (False, None, None)
        seen = program.as_(owner).post(path, {}, 200).data
        assert (seen["name"], seen["emergency_name"], seen["emergency_phone"]) == (companion.name, "Maman", CONTACT)
        assert program.as_(owner).get(path, 200).data == seen
        [look] = program.as_(companion).get("/me/contact/looks", 200).data
        assert (look["organiser"]["name"], look["run_title"]) == (owner.name, run.title)
        assert "contact_seen" in kinds_of(program, companion)
    theirs.put("/me/contact", {}, 200)
    assert theirs.get("/me/contact", 200).data == {"emergency_name": "", "emergency_phone": None}


def test_who_is_added_by_others_is_no_owner(program, owner, run):
    person = make_person()
    take_part(run, person, added_by_organiser=True)
    assert set(program.as_(owner).post(f"/runs/{run.id}/hand-over", {"to": str(person.id)}, 422).details) == {"to"}


def test_who_is_hidden_asks_nothing_and_has_no_name(program, owner, companion, stranger, run):
    add_organiser(run, companion)
    take_part(run, stranger)
    path = f"/runs/{run.id}"
    theirs = program.as_(companion)
    theirs.post(theirs.post(f"{path}/announcements", {"text": "Lamps"}, 201).headers["Location"] + "/send", {}, 200)
    theirs.post(f"{path}/organisers", {"organisers": [stranger.phone]}, 200)
    reader = program.as_(stranger)
    assert reader.get(f"{path}/announcements", 200).data[0]["sender"] == companion.name
    assert reader.get(f"{path}/invitation", 200).data["asker"]["name"] == companion.name
    block(stranger, companion.id)
    db.session.commit()
    [message] = reader.get(f"{path}/announcements", 200).data
    assert (message["text"], message["sender"]) == ("Lamps", "")
    reader.get(f"{path}/invitation", 404)
    reader.post(f"{path}/invitation", {"answer": "yes"}, 404)
    reader.post(f"/reports/person/{owner.id}", {"reason": "spam"}, 201)


def test_scopes_hold(program, owner, run):
    reads = program.as_(owner, "runs:read")
    reads.get(f"/runs/{run.id}/organisers", 200)
    reads.post(f"/runs/{run.id}/announcements", {"text": "Lamps"}, 403)
    reads.get("/me/contact", 403)
    reads.post(f"/reports/run/{run.id}", {"reason": "spam"}, 403)
