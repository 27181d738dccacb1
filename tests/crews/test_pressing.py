"""A visitor who presses “Join” on a crew's page is in after one code; what has to be said first is asked in one step."""

from __future__ import annotations

import pytest

from hampa.crews.queries.crews import membership_of
from hampa.platform.db import db
from tests.auth.test_intents import number_and_code
from tests.factories.crews import make_crew, make_invitation
from tests.factories.people import make_person, phone


@pytest.fixture
def sara(db_session):
    return make_person(name="Sara Karimi")


def is_member(person, crew) -> bool:
    db.session.expire_all()
    membership = membership_of(person, crew.id)
    return membership is not None and membership.is_active


def press(page, address: str):
    """Press the button of a visitor, and see the sign-in page."""
    [link] = {link for link in page.copy.get(address, 200).links if "act=crew_" in link}
    return page.copy.get(link, 200)


def test_a_visitor_is_in_a_crew_after_one_code(page, sara):
    crew = make_crew(sara, name="Tuesdays at six", joining="open", is_listed=True)
    link = make_invitation(crew, sara, most_uses=1)
    for address in (f"/crews/{crew.id}", f"/crews/in/{link.id}"):
        runner = make_person()
        login = press(page, address)
        assert "To join this crew" in login.words
        assert "Tuesdays at six" in login.words
        assert number_and_code(login, runner.phone).location == f"/crews/{crew.id}"
        assert is_member(runner, crew)
    page.copy.get(f"/crews/in/{link.id}", 410)


def test_a_newcomer_says_their_name_on_the_page_that_joins(page, sara):
    crew = make_crew(sara, joining="invitation")
    link = make_invitation(crew, sara)
    asked = number_and_code(press(page, f"/crews/in/{link.id}"), phone()).follow()
    joined = asked.form(f"/crews/in/{link.id}/join").fill(own_name="Mina").submit(status=303)
    assert joined.location == f"/crews/{crew.id}"
    assert "Mina" in page.as_(sara).get(f"/crews/{crew.id}/members", 200).words


def test_an_agreement_is_read_and_a_request_written_before_anything_is_done(page, sara):
    agreeing = make_crew(sara, joining="open", is_listed=True, agreement="Nobody is left behind.")
    asking = make_crew(sara, joining="request", is_listed=True)
    for crew, words in ((agreeing, "Nobody is left behind."), (asking, "Ask to join the crew")):
        runner = make_person()
        done = number_and_code(press(page, f"/crews/{crew.id}"), runner.phone)
        assert done.location == f"/crews/{crew.id}/join"
        assert words in done.follow().words
        assert not is_member(runner, crew)
