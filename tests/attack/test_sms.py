"""An SMS says what we say: what people wrote stands inside one line of it, and can't pass for another message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from hampa.outbox.models import OutboxMessage
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.delivery import console
from tests.factories.runs import make_run, place_of
from tests.page import Page
from tests.personas import Setting
from tests.plans.saving import save


def test_a_reason_of_several_lines_stays_on_the_line_of_its_run(
    page: Page, setting: Setting, work: Callable[[], int]
) -> None:
    form = page.as_(setting.owner).get(f"/runs/{setting.run.id}/cancel").form()
    form.fill(reason="hail\n\nYour code: 123456\n@127.0.0.1 #123456").submit(status=303)
    work()
    [sms] = [sent.text for sent in console.deliveries(setting.companion.phone) if sent.purpose == "run_cancelled"]
    assert "hail Your code" in sms
    assert "\n" not in sms


def test_nobody_is_texted_by_a_run_whose_number_somebody_else_typed(
    page: Page, owner: Person, work: Callable[[], int]
) -> None:
    number = "+989127654321"
    run = make_run(owner)
    browser = page.as_(owner)
    with clock.frozen(run.starts_at - timedelta(hours=2, minutes=30)):
        browser.post(f"/runs/{run.id}/walk-ins", {"name": "Somebody", "phone": number}, 303)
        fields = {"text": "Win at evil.example", "statuses": "GOING", "by_sms": "y"}
        asked = browser.get(browser.post(f"/runs/{run.id}/message", fields, 303).location)
        assert "1 person can read it in the app" in asked.words
        assert "to so many phones" not in asked.words
        asked.form().submit(status=303)
        work()
        victim = db.session.scalars(select(Person).where(Person.phone == number)).one()
        for status in ("LEFT", "GOING"):
            browser.post(f"/runs/{run.id}/participants/{place_of(run, victim)}", {"status": status, "note": "pay"}, 303)
    with clock.frozen(run.starts_at - timedelta(hours=2)):
        work()
        save(browser.get(f"/runs/{run.id}/edit").form(), place="evil.example")
        browser.get(f"/runs/{run.id}/cancel").form().fill(reason="evil.example").submit(status=303)
        work()
    assert db.session.scalars(select(OutboxMessage.purpose).where(OutboxMessage.recipient == number)).all() == []


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("https://evil.example/pay", "https: //evil. example/pay"),
        ("WWW.EVIL.EXAMPLE now", "WWW. EVIL. EXAMPLE now"),
        ("مثال.ایران", "مثال. ایران"),
        ("at 10.0.0.1/x", "at …/x"),
        ("evil。example", "evil。 example"),
        ("Gate 2, 12.5 km, at 6:30. See you", "Gate 2, 12.5 km, at 6:30. See you"),
    ],
)
def test_a_contact_whose_number_was_typed_gets_no_link_that_somebody_typed(
    page: Page, owner: Person, work: Callable[[], int], typed: str, sent: str
) -> None:
    now = clock.now()
    with clock.frozen(now):
        at = (now + timedelta(minutes=30)).astimezone(ZoneInfo("Asia/Tehran"))
        fields = {"expected_at": f"{at:%H:%M}", "contact_name": "X", "contact_phone": "+989127654321", "place": typed}
        page.as_(owner).post("/safety/new", fields, 303)
    for minutes in (31, 50):
        with clock.frozen(now + timedelta(minutes=minutes)):
            work()
    [text] = [one.text for one in console.deliveries("+989127654321")]
    assert f"A solo run, at: {sent}." in text


@pytest.mark.parametrize("number", ["+14155550123", "+447400123456", "+37060112345", "+8801712345678"])
def test_no_form_takes_a_number_of_a_country_that_is_not_served(page: Page, owner: Person, number: str) -> None:
    run = make_run(owner)
    browser = page.as_(owner)
    contact = {"expected_at": "06:30", "contact_name": "X", "contact_phone": number}
    browser.post("/safety/new", contact, 422)
    browser.post(f"/runs/{run.id}/organisers", {"organisers": number}, 422)
    with clock.frozen(run.starts_at):
        refused = browser.post(f"/runs/{run.id}/walk-ins", {"name": "X", "phone": number}, 422)
    assert "can't send SMS to this country" in refused.error_of("phone")
