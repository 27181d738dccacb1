"""Operators write to people of the site: counted first, sent in chunks, paused, stopped; nobody else can."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.audit.models import AuditEntry
from hampa.notifications.models import Notification
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Conflict
from hampa.site_messages import actions, jobs
from hampa.site_messages.models import SiteMessage
from tests.factories.crews import make_crew
from tests.factories.moderation import make_site_message
from tests.factories.people import make_person

PAGE = "/admin/broadcasts"


def readers() -> set[str]:

    query = select(Person.name).join(Notification, Notification.person_id == Person.id)
    return set(db.session.scalars(query.where(Notification.type == "site_message")))


def test_a_message_is_counted_approved_and_reaches_whom_it_is_for(page, operator, work, db_session):
    now = clock.now()
    anna = make_person(name="Anna", locale="en", city="Shiraz", last_active_at=now)
    make_person(name="Bita", locale="fa", city="Shiraz", last_active_at=now)
    make_person(name="Cyrus", locale="en", city="Tabriz", last_active_at=now)
    make_person(name="Dana", locale="en", city="Shiraz", last_active_at=now - timedelta(days=40))
    make_person(name="Eli", locale="en", city="Shiraz", last_active_at=now, state="banned")
    make_crew(anna, name="Dawn Runners")
    browser = page.as_(operator)
    wrong = browser.post(PAGE, {"text": "", "crew": "Nobody's", "send_on": "2020-01-01"}, 422)
    assert wrong.error_of("text") and wrong.error_of("crew") and wrong.error_of("send_at")
    fields = {"text": "Closed on Friday", "locale": "en", "city": "shiraz", "active_days": "30", "crew": "dawn runners"}
    shown = browser.post(PAGE, {**fields, "channels": ["push", "sms"]}, 303).follow()
    assert "1 person can read it" in shown.words and "Closed on Friday" in shown.words
    work()
    assert readers() == set(), "a draft goes to nobody"
    [message] = db.session.scalars(select(SiteMessage))
    browser.post(f"{PAGE}/{message.id}/send", {}, 303).follow()
    browser.post(f"{PAGE}/{message.id}/send", {}, 303)
    work()
    db.session.refresh(message)
    assert readers() == {"Anna"} and (message.state, message.people) == ("sent", 1)
    for locale in ("en", "fa"):
        anna.locale = locale
        assert "Closed on Friday" in page.as_(anna).get("/notifications", 200).words
    assert browser.post(f"{PAGE}/{message.id}/stop", {}, 303).follow().words.count("gone out already") == 1
    names = list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
    assert names == ["site_messages.drafted", "site_messages.approved"]


def test_a_pause_comes_between_two_chunks_and_it_goes_on_where_it_was(operator, db_session):
    for name in ("Anna", "Bita", "Cyrus"):
        make_person(name=name)
    message = make_site_message(operator)
    actions.approve(operator, message.id)
    assert actions.send_chunk(message.id, 1)
    actions.pause(operator, message.id)
    assert not actions.send_chunk(message.id, 1) and len(readers()) == 1
    jobs.send_due()
    assert len(readers()) == 1
    actions.resume(operator, message.id)
    assert actions.send_chunk(message.id, 1) and len(readers()) == 2
    actions.stop(operator, message.id)
    actions.stop(operator, message.id)
    assert not actions.send_chunk(message.id, 1) and len(readers()) == 2
    with pytest.raises(Conflict):
        actions.resume(operator, message.id)
    db.session.refresh(message)
    assert (message.state, message.people) == ("stopped", 2)


def test_it_waits_for_its_time_and_for_a_writer_who_is_an_operator(operator, db_session):
    make_person(name="Anna")
    later = make_site_message(operator, send_at=clock.now() + timedelta(hours=2))
    actions.approve(operator, later.id)
    jobs.send_due()
    assert readers() == set()
    operator.is_operator = False
    db.session.commit()
    with clock.frozen(clock.now() + timedelta(hours=3)):
        jobs.send_due()
    db.session.refresh(later)
    assert (later.state, readers()) == ("stopped", set())


def test_nobody_else_writes_to_all(page, owner, operator, db_session):
    message = make_site_message(operator)
    for path in (PAGE, f"{PAGE}/{message.id}"):
        page.as_(owner).get(path, 404)
    for verb in ("send", "pause", "resume", "stop"):
        assert page.as_(owner).post(f"{PAGE}/{message.id}/{verb}", {}).status == 404
    db.session.refresh(message)
    assert message.state == "draft"
