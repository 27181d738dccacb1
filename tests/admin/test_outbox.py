"""Operators look at messages, send them again, and see queues, gateways and spending."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from hampa.admin import jobs
from hampa.admin.views import outbox as views
from hampa.notifications.models import Notification
from hampa.outbox import queries
from hampa.outbox.models import OutboxMessage
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.delivery import breaker
from hampa.platform.delivery.base import Answer, Fault, Outcome
from hampa.platform.variables import Price
from tests.factories.base import made, number


def message(**values: Any) -> OutboxMessage:
    now = clock.now()
    given: dict[str, Any] = {
        "purpose": "run_changed",
        "recipient": f"+98912123{number():04}",
        "locale": "en",
        "template": "auth/sms/budget_spent.txt",
        "data": {"most": 5},
        "key": f"test:{number()}",
        "priority": 2,
        "status": "failed",
        "last_error": "answered 400",
        "next_attempt_at": now,
    }
    return made(OutboxMessage, **given | values)


def rest(name: str = "console", error: str = "no connection") -> None:
    """Let a gateway fail so often that it rests."""
    outcome = Outcome(Answer.RETRY, error=error, fault=Fault.GATEWAY)
    breaker.record_outcomes([(name, outcome)] * breaker.FAILURES, {})
    db.session.commit()


@pytest.fixture
def given(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Any:
    def change(**values: Any) -> None:
        changed = app.extensions["hampa.settings"].model_copy(update=values)
        monkeypatch.setitem(app.extensions, "hampa.settings", changed)

    return change


@pytest.mark.parametrize("locale", ["en", "fa"])
def test_messages_are_listed_with_their_error_and_without_the_number(page, operator, db_session, locale):
    failed = message(last_error="status 411: <b>no such number</b>")
    message(status="sent", receipt="undelivered", last_error="not delivered: 30005", sent_at=clock.now())
    operator.locale = locale
    seen = page.as_(operator).get("/admin/outbox", 200)
    assert "status 411: <b>no such number</b>" in seen.words
    assert "not delivered: 30005" in seen.words
    assert failed.recipient[-7:-2] not in seen.text


def test_filters_narrow_the_list(page, operator, db_session):
    failed, mail = message(purpose="one"), message(purpose="two", kind="mail", recipient="a@example.org", status="sent")
    lost = message(purpose="three", status="sent", receipt="undelivered")
    browser = page.as_(operator)

    def shown(query: str) -> set[str]:
        text = browser.get(f"/admin/outbox?{query}", 200).text
        return {one.purpose for one in (failed, mail, lost) if str(one.id) in text}

    assert shown("") == {"one", "two", "three"}
    assert shown("state=failed") == {"one"}
    assert shown("state=undelivered") == {"three"}
    assert shown("state=sent&kind=sms") == {"three"}
    assert shown("kind=mail") == {"two"}
    assert shown("purpose=one") == {"one"}
    assert shown("state=nonsense&purpose=nobody") == {"one", "two", "three"}, "what is no filter filters nothing"


def test_an_empty_list_says_so(page, operator, db_session):
    assert "No messages match" in page.as_(operator).get("/admin/outbox?state=expired", 200).words


def test_pages_go_on_by_key(page, operator, db_session, monkeypatch):
    monkeypatch.setattr(views, "MESSAGES_ON_A_PAGE", 2)
    written = [message(created_at=clock.now() - timedelta(minutes=nth)) for nth in range(5)]
    browser, url, seen = page.as_(operator), "/admin/outbox?state=failed", []
    while url:
        answer = browser.get(url, 200)
        seen += [one for one in written if str(one.id) in answer.text]
        url = next((link.get("href") for link in answer.all("a", rel="next")), None)
    assert seen == written


def test_a_message_is_sent_again_and_its_history_says_so(page, operator, db_session):
    failed = message()
    browser = page.as_(operator)
    assert failed.recipient in browser.get(f"/admin/outbox/{failed.id}", 200).text
    browser.post(f"/admin/outbox/{failed.id}/again", {}, 303).follow()
    db.session.refresh(failed)
    assert (failed.status, failed.attempts, failed.last_error) == ("pending", 0, None)
    assert [event.what for event in queries.events_of(failed.id)] == ["asked for again"]
    assert "Asked for again" in browser.get(f"/admin/outbox/{failed.id}", 200).words
    browser.post(f"/admin/outbox/{failed.id}/cancel", {}, 303)
    db.session.refresh(failed)
    assert failed.status == "cancelled"


def test_what_was_not_delivered_can_be_sent_again_and_begins_without_a_receipt(page, operator, db_session):
    lost = message(status="sent", receipt="undelivered", receipt_at=clock.now())
    page.as_(operator).post(f"/admin/outbox/{lost.id}/again", {}, 303)
    db.session.refresh(lost)
    assert (lost.status, lost.receipt) == ("pending", None)


@pytest.mark.parametrize(
    "values", [{"status": "sent"}, {"priority": 0}, {"expires_at": clock.now() - timedelta(hours=1)}]
)
def test_what_can_not_be_sent_again_stays_as_it_is(page, operator, db_session, values):
    kept = message(**values)
    browser = page.as_(operator)
    shown = browser.get(f"/admin/outbox/{kept.id}", 200)
    assert not [form for form in shown.forms if form.action.endswith("/again")]
    assert "too late" in browser.post(f"/admin/outbox/{kept.id}/again", {}, 303).follow().words
    db.session.refresh(kept)
    assert kept.status == values.get("status", "failed")


def test_all_that_failed_of_a_filter_is_sent_again_but_no_code(page, operator, db_session):
    mine, code, other = message(purpose="one"), message(purpose="one", priority=0), message(purpose="two")
    browser = page.as_(operator)
    listed = browser.get("/admin/outbox?state=failed&purpose=one", 200)
    (again,) = [form for form in listed.forms if form.action.startswith("/admin/outbox/again")]
    assert "1 message will be sent again" in browser.post(again.action, again.values, 303).follow().words
    for one in (mine, code, other):
        db.session.refresh(one)
    assert [one.status for one in (mine, code, other)] == ["pending", "failed", "failed"]
    nothing = browser.post("/admin/outbox/again?purpose=nobody&state=failed", {}, 303).follow()
    assert "message" in nothing.words


@pytest.mark.parametrize("locale", ["en", "fa"])
def test_queues_gateways_and_spending_are_shown(page, operator, db_session, given, locale):
    given(sms_budget_day=(Price(Decimal(20), "EUR"),))
    message(status="pending", priority=0)
    message(status="sent", sent_at=clock.now(), price=Decimal("21.5"), currency="EUR")
    rest(error="status 418: no credit")
    operator.locale = locale
    seen = page.as_(operator).get("/admin/queues", 200)
    assert "status 418: no credit" in seen.words
    assert ("Rests" if locale == "en" else "استراحت") in seen.words
    assert ("€21.50" if locale == "en" else "۲۱٫۵۰") in seen.words
    assert ("SMS to many wait" if locale == "en" else "همگانی") in seen.words


def test_a_gateway_that_rests_is_tried_when_an_operator_says_so(page, operator, db_session):
    rest()
    browser = page.as_(operator)
    browser.post("/admin/queues/console/again", {}, 303).follow()
    assert breaker.troubles()["console"].can_probe
    assert browser.post("/admin/queues/nobody/again", {}).status == 404


def test_operators_are_told_once_of_an_outage_and_of_a_used_budget(page, operator, owner, db_session, given):
    given(sms_budget_day=(Price(Decimal(20), "EUR"),))
    message(status="sent", sent_at=clock.now(), price=Decimal(20), currency="EUR")
    rest()
    for _ in range(3):
        jobs.tell_operators()
    told = db.session.execute(select(Notification.person_id, Notification.type).order_by(Notification.type)).all()
    assert [tuple(row) for row in told] == [(operator.id, "budget_used"), (operator.id, "gateway_rests")]
    for locale, words in (("en", "€20.00"), ("fa", "درگاه console")):
        operator.locale = locale
        assert words in page.as_(operator).get("/notifications", 200).words
    breaker.record_outcomes([("console", Outcome(Answer.TAKEN))], breaker.troubles())
    with clock.shifted(timedelta(hours=1)):
        rest()
        jobs.tell_operators()
    outages = db.session.scalars(select(Notification).where(Notification.type == "gateway_rests")).all()
    assert len(outages) == 2, "another outage"


def test_the_command_shows_gateways_and_sends_again(app: Flask, db_session, given):
    given(sms_budget_day=(Price(Decimal(20), "EUR"),))
    failed = message()
    rest()
    run = app.test_cli_runner().invoke
    listed = run(args=["outbox", "gateways"]).output
    assert "console" in listed and "rests until" in listed and "no connection" in listed
    assert "today: 0 of 20 EUR" in listed
    assert "tried with the next" in run(args=["outbox", "wake", "console"]).output
    assert "1 are sent again." in run(args=["outbox", "retry-failed", "--purpose", "run_changed"]).output
    db.session.expire_all()
    assert failed.status == "pending"
