"""Posts whose token stands in a header: without a field, or with JSON in place of a form."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from hampa.people.models import Person
from hampa.platform.db import db
from hampa.runs.models.participation import REQUESTED, Participation
from tests.factories.runs import take_part
from tests.sweep import Sweep
from tests.turns import in_turn

THINGS = {"run_id", "card_id", "interest_id", "series_id", "comment_id", "report_id"}
BODIES: dict[str, dict[str, Any]] = {
    "nothing": {"data": None},
    "half a multipart": {"content_type": "multipart/form-data; boundary=x", "data": b"--x\r\nContent-Dis"},
    "a number": {"content_type": "application/json", "data": b"5"},
    "an object": {"content_type": "application/json", "data": b'{"name": 5, "answer": null, "text": {"a": 1}}'},
}


@pytest.mark.parametrize("body", in_turn(list(BODIES)[::2], list(BODIES)[1::2]))
def test_a_post_without_a_field_is_an_empty_form(app: Flask, sweep: Sweep, body: str) -> None:
    sweep.sign_in("owner")
    rules = [rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    for rule in rules:
        if rule.arguments <= THINGS and not rule.endpoint.startswith(("dev.", "auth.logout")):
            url = sweep.setting.address(rule.rule)
            with sweep.attempt(f"{rule.rule} with {body}"):
                browser = sweep.browser("owner")
                token = {"X-CSRFToken": browser.token()}
                browser.post_raw(url, headers=token, **BODIES[body])


@pytest.mark.parametrize("body", BODIES)
def test_it_answers_no_request_and_empties_no_name(page, setting, body):
    asking = take_part(setting.run, status=REQUESTED)
    browser = page.as_(setting.owner)
    for address in (f"/runs/{setting.run.id}/requests", "/me/profile", f"/cards/{setting.card.id}/edit"):
        browser.post_raw(address, status=422, headers={"X-CSRFToken": browser.token()}, **BODIES[body])
    db.session.expire_all()
    status = select(Participation.status).where(Participation.person_id == asking.id)
    assert db.session.scalars(status).one() == REQUESTED
    assert db.session.get_one(Person, setting.owner.id).name
