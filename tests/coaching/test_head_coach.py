"""Who is the head coach of an athlete: asked before they are, and told when they follow one who left."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from hampa.blocks.actions import block
from hampa.coaching.actions import athletes as actions
from hampa.coaching.models.athletes import Coach
from hampa.notifications.models import Notification
from hampa.platform.db import db
from tests.factories.coaching import add_coach, make_athlete
from tests.factories.people import make_person


def kinds_told(person) -> list[str]:
    query = select(Notification.type).where(Notification.person_id == person.id).order_by(Notification.id)
    return list(db.session.scalars(query))


def roles_of(record) -> dict[object, str]:
    rows = select(Coach.coach_id, Coach.role).where(Coach.athlete_id == record.id)
    return {row.coach_id: row.role for row in db.session.execute(rows)}


@pytest.mark.parametrize("has_account", [True, False])
def test_nobody_is_the_head_coach_before_they_agreed_and_the_athlete_is_told(
    page, owner, companion, stranger, *, has_account: bool
):
    record = make_athlete(owner, companion if has_account else None, name="Ali A")
    third = make_person()
    add_coach(record, stranger), add_coach(record, third, "follower")
    path = f"/coaching/athletes/{record.id}"
    one = f"{path}/coaches/{stranger.id}"
    head, asked = page.as_(owner), page.as_(stranger)
    before = {owner.id: "head", stranger.id: "assistant", third.id: "follower"}
    assert "Ask to be head coach" in head.get(path).words
    head.post(one, {"role": "head"}, 303)
    assert roles_of(record) == before and "asked to be head coach" in head.get(path).words
    assert "asked to be head coach" not in page.as_(third).get(path).words
    assert "asks you to be the head coach of Ali A" in asked.get("/notifications").words
    asked.post(f"{path}/coaches/{owner.id}/remove", {}, 403)
    asked.get(f"{path}/delete", 403)
    page.as_(third).post(f"{path}/asked", {"accept": "1"}, 303)
    assert roles_of(record) == before, "another was asked"

    asked.post(f"{path}/asked", {}, 303)
    asked.post(f"{path}/asked", {"accept": "1"}, 303)
    assert roles_of(record) == before, "they said no"
    head.post(one, {"role": "head"}, 303)
    assert "Ask no more" in head.get(path).words
    head.post(one, {"role": "assistant"}, 303)
    asked.post(f"{path}/asked", {"accept": "1"}, 303)
    assert roles_of(record) == before, "they are asked no more"
    head.post(one, {"role": "head"}, 303)
    head.post(f"{path}/coaches/{third.id}", {"role": "head"}, 303)
    asked.post(f"{path}/asked", {"accept": "1"}, 303)
    assert roles_of(record) == before, "another is asked instead"
    assert kinds_told(companion) == kinds_told(owner) == []

    head.post(one, {"role": "head"}, 303)
    assert [form.action for form in asked.get("/answers").forms].count(f"{path}/asked") == 2
    asked.post(f"{path}/asked", {"accept": "1"}, 303)
    assert roles_of(record) == {owner.id: "assistant", stranger.id: "head", third.id: "follower"}
    assert kinds_told(owner) == ["head_agreed"]
    assert kinds_told(companion) == (["head_changed"] if has_account else [])
    if has_account:
        words = page.as_(companion).get("/notifications").words
        assert f"{stranger.name} is your head coach from now on" in words and "Ali A" not in words
    assert f"{stranger.name} is the head coach of Ali A" in head.get("/notifications").words
    head.get(f"{path}/delete", 403)
    asked.post(f"{path}/asked", {}, 404)
    asked.post(f"{path}/coaches/{owner.id}/remove", {}, 303)
    assert roles_of(record) == {stranger.id: "head", third.id: "follower"}


@pytest.mark.parametrize("blocks", ["head", "athlete"])
def test_who_is_asked_to_be_the_head_is_not_after_a_block(page, owner, companion, stranger, blocks: str):
    record = make_athlete(owner, companion)
    add_coach(record, stranger)
    actions.set_role(owner, record.id, stranger.id, "head")
    block(owner if blocks == "head" else companion, stranger.id)
    db.session.commit()
    page.as_(stranger).post(f"/coaching/athletes/{record.id}/asked", {"accept": "1"}, 404)
    assert roles_of(record)[owner.id] == "head"


def test_who_follows_a_head_coach_who_leaves_is_told_and_so_is_the_athlete(owner, companion, stranger):
    record = make_athlete(owner, companion)
    third = make_person()
    add_coach(record, stranger), add_coach(record, third)
    actions.set_role(owner, record.id, third.id, "head")
    actions.remove_coach(owner, record.id, owner.id)
    assert roles_of(record) == {stranger.id: "head", third.id: "assistant"}
    assert (kinds_told(stranger), kinds_told(companion)) == (["head_follows"], ["head_changed"])
    actions.answer_to_coach(third, record.id, accept=True)
    assert roles_of(record)[stranger.id] == "head", "who asked is gone"


def test_programs_are_asked_to_be_the_head_too(program, owner, companion, stranger):
    record = make_athlete(owner, companion)
    add_coach(record, stranger, "follower")
    head, asked = program.as_(owner), program.as_(stranger)
    head.put(f"/athletes/{record.id}/coaches/{stranger.id}", {"role": "head"}, 204)
    (ask,) = asked.get("/me/athletes/asked", 200).data
    assert (ask["athlete_id"], ask["head"]["id"], ask["role"]) == (str(record.id), str(owner.id), "head")
    assert roles_of(record) == {owner.id: "head", stranger.id: "follower"}
    for looks, told in ((head, [False, True]), (asked, [False, False])):
        coaches = looks.get(f"/athletes/{record.id}", 200).data["coaches"]
        assert [one["asked_to_head"] for one in coaches] == told, "that somebody is asked is the head's to know"
    asked.put(f"/me/athletes/asked/{record.id}", None, 204)
    assert roles_of(record) == {owner.id: "assistant", stranger.id: "head"}
    assert asked.get("/me/athletes/asked", 200).data == []
