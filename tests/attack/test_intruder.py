"""Somebody got in once, by a phone left unlocked: the owner can see it and end it."""

from __future__ import annotations

import pytest

from hampa.people.models import Person
from tests.auth.signing_in import ask, codes_sent
from tests.page import Page


@pytest.mark.parametrize("zone", ["posixrules", "Factory", "localtime", "posix/Asia/Tehran", "right/UTC"])
def test_no_time_zone_of_an_intruder_keeps_the_owner_from_the_list_of_sessions(
    page: Page, owner: Person, zone: str
) -> None:
    intruder = Page(page.app)
    ask(intruder, owner.phone)
    [code] = codes_sent(owner.phone)
    intruder.post("/login/code", {"code": code, "timezone": zone}, 303)
    own = page.as_(owner)
    own.get("/me/sessions", 200)
    own.post("/me/sessions/end-others", status=303)
    assert intruder.get("/me").location.startswith("/login")
