"""Notifications for programs: reading them, choosing channels, muting."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from hampa.cards import actions as interests
from hampa.notifications.actions.notifying import notify
from hampa.notifications.models import Notification
from hampa.people.models import Block, Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.queries.snapshots import run_snapshot
from tests.factories.cards import make_card
from tests.factories.runs import make_run
from tests.program import Program


def told(owner: Person, *others: Person) -> None:
    """Have the owner hear of each of the others, who want to run with her."""
    card = make_card(owner, title="Calm mornings")
    for other in others:
        interests.show_interest(other, card, "Tuesdays suit me well")
    db.session.commit()


def test_notifications_are_listed_with_their_words_and_read_one_by_one(
    program: Program, owner: Person, companion: Person
):
    told(owner, companion)
    mine = program.as_(owner)
    [one] = mine.get("/notifications", 200).data
    assert companion.name in one["text"] and "<" not in one["text"] and "\n" not in one["text"]
    assert (one["kind"], one["is_read"], one["read_at"]) == ("interest_received", False, None)
    assert one["actor"]["id"] == str(companion.id)
    assert mine.get("/notifications/unread", 200).data == {"unread": 1}
    assert mine.get(f"/notifications/{one['id']}", 200).data == one
    read = mine.post(f"/notifications/{one['id']}/read", {}, 200).data
    assert read["is_read"] and read["read_at"] and read["version"] > one["version"]
    assert mine.get("/notifications/unread", 200).data == {"unread": 0}
    program.as_(companion).post(f"/notifications/{one['id']}/read", {}, 404)
    mine.delete(f"/notifications/{one['id']}", 204)
    assert mine.get("/notifications", 200).data == []


def test_the_words_are_in_the_readers_language(program: Program, owner: Person, companion: Person):
    told(owner, companion)
    owner.locale = "fa"
    db.session.commit()
    [one] = program.as_(owner).get("/notifications", 200).data
    assert "همراه" in one["text"] or "بدو" in one["text"]


def test_a_text_that_is_kept_is_that_of_today(program: Program, owner: Person, companion: Person):
    run = make_run(companion)
    notify([owner.id], "run_invite", actor_id=companion.id, subject_id=run.id, data=run_snapshot(run), event=run.id)
    db.session.commit()
    texts = []
    for hours in (30, 6):
        with clock.frozen(run.starts_at - timedelta(hours=hours)):
            mine = program.as_(owner)
            texts += [mine.get("/notifications", 200).data[0]["text"] for _again in range(2)]
    assert "tomorrow" in texts[0] and "today" in texts[2] and texts[::2] == texts[1::2]
    companion.name = "Another name"
    db.session.commit()
    assert "Another name" in program.as_(owner).get("/notifications", 200).data[0]["text"]


def test_all_are_read_at_once_and_pages_follow_each_other(
    program: Program, owner: Person, companion: Person, stranger: Person
):
    told(owner, companion, stranger)
    mine = program.as_(owner)
    first = mine.get("/notifications?limit=1", 200)
    second = mine.get(f"/notifications?limit=1&after={first.json['meta']['next']}", 200)
    assert [one["actor"]["id"] for one in (*first.data, *second.data)] == [str(stranger.id), str(companion.id)]
    mine.post("/notifications/read-all", {}, 204)
    assert all(one["is_read"] for one in mine.get("/notifications", 200).data)


def test_who_is_hidden_is_nowhere(program: Program, owner: Person, companion: Person):
    told(owner, companion)
    [row] = db.session.scalars(select(Notification).where(Notification.person_id == owner.id))
    db.session.add(Block(blocker_id=owner.id, blocked_id=companion.id))
    db.session.commit()
    mine = program.as_(owner)
    assert mine.get("/notifications", 200).data == []
    mine.get(f"/notifications/{row.id}", 404)


def test_channels_and_quiet_hours_are_chosen_and_the_rest_stays(program: Program, owner: Person):
    mine = program.as_(owner)
    before = mine.get("/me/notification-preferences", 200).data
    row = next(row for row in before["rows"] if row["name"] == "interest_received")
    assert {cell["channel"] for cell in row["channels"]} == {"app", "push", "sms", "mail"}
    after = mine.patch(
        "/me/notification-preferences",
        {"quiet_from": "23:30", "rows": [{"name": "interest_received", "channels": ["app"]}]},
        200,
    ).data
    assert (after["quiet_from"], after["quiet_to"]) == ("23:30", before["quiet_to"])
    changed = next(row for row in after["rows"] if row["name"] == "interest_received")
    assert [cell["channel"] for cell in changed["channels"] if cell["is_on"] and not cell["fixed"]] in (["app"], [])
    same = [row for row in before["rows"] if row["name"] != "interest_received"]
    assert [row for row in after["rows"] if row["name"] != "interest_received"] == same
    weekly = mine.patch("/me/notification-preferences", {"weekly_summary": True}, 200).data
    assert weekly["weekly_summary"] and weekly["rows"] == after["rows"] and weekly["quiet_from"] == "23:30"


def test_a_night_of_its_own_has_both_times(program: Program, owner: Person):
    mine = program.as_(owner)
    reply = mine.patch("/me/notification-preferences", {"day_fri_from": "01:00"}, 422)
    assert set(reply.details) == {"day_fri_to"}
    both = {"day_fri_from": "01:00", "day_fri_to": "10:00"}
    assert both.items() <= mine.patch("/me/notification-preferences", both, 200).data.items()
    mine.patch("/me/notification-preferences", {"quiet_from": "late"}, 422)
    assert (
        "rows.0.name"
        in mine.patch("/me/notification-preferences", {"rows": [{"name": "nothing", "channels": []}]}, 422).details
    )


def test_a_run_is_muted_and_unmuted(program: Program, owner: Person, stranger: Person):
    run = make_run(stranger, title="Around the lake")
    mine = program.as_(owner)
    mine.put(f"/mutes/run/{run.id}", None, 204)
    assert mine.get("/mutes", 200).data == [{"kind": "run", "id": str(run.id), "title": "Around the lake"}]
    mine.delete(f"/mutes/run/{run.id}", 204)
    assert mine.get("/mutes", 200).data == []
    mine.put(f"/mutes/person/{run.id}", None, 404)


def test_scopes_tell_reading_from_changing(program: Program, owner: Person):
    reads = program.as_(owner, "notifications:read")
    reads.get("/notifications", 200)
    reads.post("/notifications/read-all", {}, 403)
    program.as_(owner, "me:read").get("/notifications", 403)
