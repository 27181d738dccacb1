"""A link that a session began, which has ended since."""

from __future__ import annotations

from hampa.auth.actions.sessions import end_sessions
from hampa.people.models import Person
from hampa.platform.db import db
from tests.openid.provider_server import Provider
from tests.openid.test_openid import ADDRESS, accounts, come_back, leave
from tests.page import Page


def test_a_link_that_a_session_began_ends_with_it(page: Page, provider: Provider, owner: Person) -> None:
    """Else who had a stolen session for a moment would have a way in for good."""
    thief = page.as_(owner)
    first = provider.sign_in(leave(thief, "/me/ways", "/me/openid"), ADDRESS)
    end_sessions(owner)
    db.session.commit()
    assert come_back(thief, first).status == 400
    assert accounts() == []


def test_a_link_is_made_in_the_session_alone_that_began_it(page: Page, provider: Provider, owner: Person) -> None:
    browser = page.as_(owner)
    answer = provider.sign_in(leave(browser, "/me/ways", "/me/openid"), ADDRESS)
    later = page.as_(owner)  # the same person, in a browser that has the cookie of the first
    with browser.client.session_transaction() as first, later.client.session_transaction() as second:
        second["openid"] = first["openid"]
    assert come_back(later, answer).status == 400
    assert accounts() == []
