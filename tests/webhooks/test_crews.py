"""What webhooks are told of crews: to their admins alone, as the document of the API says it, and never of check-ins."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
from flask import current_app
from sqlalchemy import select

from hampa.blocks.actions import block
from hampa.checkins.actions import check_in
from hampa.crews.actions import crews, memberships
from hampa.crews.actions.succession import hand_over
from hampa.crews.models import MEMBER, MODERATOR, CrewMembership
from hampa.organising.actions.crews import take_out_run
from hampa.people.models import Person
from hampa.plans.actions import change_run, plan_of, publish_run
from hampa.platform.api.document import document_of
from hampa.platform.db import db
from hampa.platform.jobs import Job
from tests.factories.checkins import SCORES
from tests.factories.crews import add_member, make_crew
from tests.factories.people import make_person
from tests.factories.runs import make_run
from tests.push_server import PushServer
from tests.webhooks.test_webhooks import calls, hook, told


def documented(bodies: list[Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return the events with their data, if they are as the document says."""
    document = document_of(current_app._get_current_object())
    for body in bodies:
        schema = document["webhooks"][body["type"]]["post"]["requestBody"]["content"]["application/json"]["schema"]
        whole = {**schema, "components": document["components"]}
        jsonschema_rs.Draft202012Validator(whole, validate_formats=True).validate(body)
        assert set(body["data"]) == _fields(document, schema), "no more than the document says"
    return [(body["type"], body["data"]) for body in bodies]


def _fields(document: Any, schema: Any) -> set[str]:
    data = schema["properties"]["data"]
    return set(document["components"]["schemas"][data["$ref"].rpartition("/")[2]]["properties"])


def settings_of(crew: Any) -> dict[str, Any]:
    names = (
        "name description guide is_listed joining members_may_invite members_may_publish max_members agreement welcome"
    )
    return {name: getattr(crew, name) for name in f"{names} frequency first_day timezone numbers_from".split()}


def test_an_admin_hears_what_happens_in_their_crew(receiver: PushServer, owner, companion, stranger, work):
    crew = make_crew(owner, companion, name="Dawn club", joining="request", is_listed=True)
    hook(owner, receiver)

    def heard() -> list[tuple[str, dict[str, Any]]]:
        return documented(told(receiver, work))

    memberships.ask_to_join(stranger, crew.id, "I run slowly")
    ((name, asked),) = heard()
    assert (name, asked["person_id"]) == ("crew.member_asked", str(stranger.id))
    assert asked["crew"]["name"] == "Dawn club" and "slowly" not in json.dumps(asked)
    memberships.answer_request(owner, crew.id, stranger.id, accept=True)
    ((name, joined),) = heard()
    assert (name, joined["person_id"], joined["role"]) == ("crew.member_joined", str(stranger.id), MEMBER)
    assert joined["crew"]["members"] == 3
    memberships.set_role(owner, crew.id, companion.id, MODERATOR, ["post"])
    ((name, changed),) = heard()
    assert (name, changed["person_id"], changed["role"]) == ("crew.member_changed", str(companion.id), MODERATOR)
    crews.post_notice(companion, crew.id, "Bring lamps")
    ((name, posted),) = heard()
    assert (name, posted["person_id"]) == ("crew.notice_posted", str(companion.id)) and "lamps" not in json.dumps(
        posted
    )
    crews.change_crew(owner, crew.id, settings_of(crew) | {"name": "Dusk club", "guide": "By the lake"})
    ((name, settings),) = heard()
    assert (name, settings["changes"]) == ("crew.changed", ["name", "guide"])
    assert settings["crew"]["name"] == "Dusk club" and "lake" not in json.dumps(settings)
    crews.change_code(owner, crew.id)
    assert [data["changes"] for _name, data in heard()] == [["access_code"]]
    check_in(stranger, crew.id, None, SCORES | {"note": "Tired"})
    assert heard() == []
    memberships.remove_member(owner, crew.id, stranger.id, "Never came")
    ((name, removed),) = heard()
    assert (name, removed["how"]) == ("crew.member_left", "removed") and "Never" not in json.dumps(removed)
    memberships.ban_member(owner, crew.id, stranger.id, "", None)
    assert heard() == [], "they were no member any more"
    memberships.leave_crew(companion, crew.id)
    assert [(name, data["how"]) for name, data in heard()] == [("crew.member_left", "left")]
    crews.close_crew(owner, crew.id)
    assert [data["changes"] for _name, data in heard()] == [["closed_at"]]


def test_an_admin_hears_of_runs_of_their_crew(receiver: PushServer, owner, companion, work):
    crew = make_crew(owner, companion)
    hook(owner, receiver)
    plan = plan_of(make_run(companion))
    told(receiver, work)
    run = publish_run(companion, type(plan)(**{**vars(plan), "crew_id": crew.id, "visibility": "crew"}))
    ((name, published),) = documented(told(receiver, work))
    assert (name, published["run"]["id"], published["person_id"]) == (
        "crew.run_published",
        str(run.id),
        str(companion.id),
    )
    take_out_run(owner, crew.id, run.id)
    assert told(receiver, work) == [], "the run is another's"
    change_run(companion, run.id, type(plan)(**{**vars(plan_of(run)), "crew_id": crew.id}), run.sequence)
    assert told(receiver, work) == [], "only who has its link finds it"
    assert calls()[-1].status == "cancelled"


def test_nobody_else_hears_of_a_crew(receiver: PushServer, owner, companion, stranger, operator, work):
    crew = make_crew(make_person(), joining="open", is_listed=True)
    add_member(crew, owner, role=MODERATOR)
    add_member(crew, companion)
    for person in (owner, companion, stranger, operator):
        hook(person, receiver)
    memberships.join_crew(make_person(), crew.id)
    assert told(receiver, work) == []
    assert "webhooks.call" not in set(db.session.scalars(select(Job.name)))


@pytest.mark.parametrize("what", ["hidden", "banned", "no admin", "taken back", "gone"])
def test_what_may_not_be_told_any_more_when_the_call_is_made_is_not(
    receiver: PushServer, owner, companion, stranger, work, what: str
):
    crew = make_crew(owner, companion, joining="request" if what == "taken back" else "open", is_listed=True)
    hook(owner, receiver)
    if what == "taken back":
        memberships.ask_to_join(stranger, crew.id, "")
        memberships.withdraw_request(stranger, crew.id)
    else:
        memberships.join_crew(stranger, crew.id)
    if what == "hidden":
        block(stranger, owner.id)
    elif what == "banned":
        stranger.state = "banned"
    elif what == "no admin":
        _membership(crew.id, companion).role = "admin"
        db.session.flush()
        _membership(crew.id, owner).role = MODERATOR
        db.session.flush()
    elif what == "gone":
        db.session.delete(db.session.merge(crew))
        db.session.flush()
    assert told(receiver, work) == []
    assert {call.status for call in calls()} == {"cancelled"}


def test_who_is_gone_with_their_account_has_no_id(receiver: PushServer, owner, companion, work):
    make_crew(owner, companion)
    hook(owner, receiver)
    hand_over(companion)
    ((name, left),) = documented(told(receiver, work))
    assert (name, left["how"], left["person_id"]) == ("crew.member_left", "gone", None)


def _membership(crew_id: Any, person: Person) -> CrewMembership:
    return db.session.scalars(
        select(CrewMembership).where(CrewMembership.crew_id == crew_id, CrewMembership.person_id == person.id)
    ).one()
