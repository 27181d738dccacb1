"""The numbers of the site: counted each day, kept when what was counted is deleted, drawn and in a table."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, text

from hampa.admin import jobs, queries
from hampa.admin.models import SiteDay
from hampa.outbox.models import OutboxMessage
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.jobs.models import Job
from tests.factories.base import made
from tests.factories.messages import make_conversation, make_message
from tests.factories.moderation import make_appeal, make_site_message
from tests.factories.people import make_person
from tests.factories.runs import make_run, take_part
from tests.factories.subscriptions import make_payment
from tests.html import words


def counted() -> dict[str, int]:
    jobs.count_days()
    db.session.expire_all()
    row = db.session.scalars(select(SiteDay).where(SiteDay.day == queries.site_today())).one()
    return {name: getattr(row, name) for name in ("signups", "runs", "joins", "messages", "sms")}


def test_a_day_is_counted_and_stays_counted(page, operator, owner, db_session, monkeypatch):
    monkeypatch.setattr(jobs, "FIRST_COUNTED", 3)
    before = counted()
    run, other = make_run(owner), make_person()
    make_person(is_demo=True)
    take_part(run, other)
    make_message(make_conversation(owner, other), owner, text="Coming?")
    sent = {"purpose": "run_changed", "locale": "en", "template": "x", "data": {}, "priority": 2, "status": "sent"}
    sms = made(
        OutboxMessage, **sent, recipient="+989121234567", key="one", sent_at=clock.now(), next_attempt_at=clock.now()
    )
    after = counted()
    assert {name: after[name] - before[name] for name in after} == {
        "signups": 1, "runs": 1, "joins": 1, "messages": 1, "sms": 1,
    }  # fmt: skip
    db.session.delete(sms)
    db.session.commit()
    assert counted() == after, "what is deleted stays counted"
    with clock.shifted(timedelta(days=3)):
        jobs.count_days()
        assert [row.signups for row in queries.days_of_site(30)][-1] == 0
    browser = page.as_(operator)
    for locale in ("en", "fa"):
        operator.locale = locale
        shown = browser.get("/admin/numbers?days=90", 200)
        assert shown.text.count('class="plot"') == 5
        assert shown.text.count('<th scope="row">') == 90
    assert browser.get("/admin/numbers?days=9999", 200)
    db.session.execute(text("DELETE FROM site_days"))
    assert browser.get("/admin/numbers", 200), "nothing is counted yet"


def test_operators_see_what_waits(page, operator, owner, db_session):
    browser = page.as_(operator)
    assert "Nothing is waiting for you" in browser.get("/admin", 200).words
    assert "/admin" in browser.get("/me", 200).links
    make_appeal(owner, operator)
    for state in ("draft", "paused", "sent"):
        at = None if state == "draft" else clock.now()
        make_site_message(operator, state=state, text=f"This one is {state}", approved_at=at)
    payment = make_payment(owner, state="TO_REFUND", reason="other_amount")
    made(Job, name="note", args={}, status="failed", due_at=clock.now())
    numbers = {link.get("href"): words(link) for link in browser.get("/admin", 200).all("a", class_="menu-row")}
    assert {path: text.split()[-1] for path, text in numbers.items()} == {
        "/admin/appeals": "1",
        "/admin/broadcasts?state=draft": "1",
        "/admin/broadcasts?state=paused": "1",
        "/admin/subscriptions/payments?state=TO_REFUND": "1",
        "/admin/jobs": "1",
    }
    drafts = browser.get("/admin/broadcasts?state=draft", 200).words
    assert "This one is draft" in drafts and "This one is paused" not in drafts
    assert f"/admin/subscriptions/payments/{payment.id}" in browser.get(list(numbers)[-2], 200).links
    assert "Administration, 5 new" in [link.get("aria-label") for link in browser.get("/me", 200).all("a")]
    assert "/admin" not in page.as_(owner).get("/me", 200).links
