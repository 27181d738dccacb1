"""One link, pressed many times at the same instant, with real commits and threads."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import func, select

from hampa.auth.actions.entering import Browser
from hampa.auth.models import Session
from hampa.mail_links import actions
from hampa.mail_links.models import MailLink
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import TooFast
from tests.auth.test_races import all_at_once
from tests.factories.auth import make_mail_link
from tests.factories.people import make_person

ADDRESS = "sara@mail.example"
AT_ONCE = 20


def test_of_many_presses_of_a_link_one_is_let_in(real_database: Flask) -> None:
    with real_database.app_context():
        person = make_person(email=ADDRESS, email_verified_at=clock.now())
        make_mail_link(person, ADDRESS, "a token")
        db.session.commit()

    def press(nth: int) -> str:
        return actions.use_link("a token", Browser(f"198.51.100.{nth}")).outcome

    assert all_at_once(real_database, press, AT_ONCE) == {"right": 1, "used": AT_ONCE - 1}
    with real_database.app_context():
        assert db.session.scalar(select(func.count()).select_from(Session)) == 1


def test_of_many_who_ask_at_once_no_more_are_answered_than_allowed(real_database: Flask) -> None:
    def ask(nth: int) -> str:
        try:
            actions.send_link(ADDRESS, Browser(f"198.51.100.{nth}"), f"secret {nth}")
        except TooFast:
            db.session.rollback()
            return "too fast"
        return "sent"

    asked = all_at_once(real_database, ask, AT_ONCE)
    assert asked == {"sent": 5, "too fast": AT_ONCE - 5}
    with real_database.app_context():
        assert db.session.scalar(select(func.count()).select_from(MailLink)) == 5
