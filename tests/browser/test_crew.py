"""A crew from nothing to its fifth week: five people on phones, one of them without network when checking in."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from hampa.platform.texts.cleaning import to_persian_digits
from tests.browser.runner import Runner, Ways, choose
from tests.browser.site import Site
from tests.factories.people import phone
from tests.turns import in_turn

TEHRAN = ZoneInfo("Asia/Tehran")
ID = "[0-9a-f-]{36}"
WEEKS = 4
NAMES = {
    "fa": ("سارا کریمی", "رضا احمدی", "مینا راد", "امید صالحی", "لاله صدری"),
    "en": ("Sara Karimi", "Reza Ahmadi", "Mina Rad", "Omid Salehi", "Laleh Sadri"),
}
SCORES = {"productive": 8, "satisfied": 7, "body": 6, "care": 9}
"""Productive + satisfied + body − care: 12."""
READY = "async () => (await navigator.serviceWorker.ready).active.state"


@pytest.fixture(scope="module")
def site(site_with_clock: Site) -> Site:
    """Return the site with an adjustable clock."""
    return site_with_clock


def check_in(runner: Runner, crew: str, **answers: int) -> None:
    """Check in by the form of the crew, to be read by its members."""
    path = f"{crew}/check-in"
    runner.visit(path)
    runner.send(path, sharing="crew", lands="/me/check-ins", **(SCORES | answers))


def check_in_without_network(runner: Runner, crew: str) -> None:
    """Fill in the form when the network is away; it goes off by itself when it is back."""
    page, path = runner.page, f"{crew}/check-in"
    page.goto(path)
    page.evaluate(READY)
    page.reload()
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    page.wait_for_timeout(1_000)
    page.context.set_offline(True)
    form = page.locator(f'main form[action="{path}"]')
    for name, value in (SCORES | {"sharing": "crew"}).items():
        choose(form.locator(f'[name="{name}"][value="{value}"]'))
    form.locator("button[type=submit]").last.click()
    waiting = page.locator("[data-waiting] li")
    expect(waiting).to_have_count(1)
    page.context.set_offline(False)
    expect(waiting).to_have_count(0, timeout=15_000)
    runner.complaints.clear()  # of requests without network


@pytest.mark.parametrize("language", in_turn(["fa"], ["en"]))
def test_a_crew_from_nothing_to_its_fifth_week(arrive, site, site_clock, language):
    monday = datetime.combine(site_clock.coming(0), time(10), TEHRAN)
    site_clock.set(monday)
    sara, reza, mina, omid, laleh = people = [
        arrive(name, phone().replace("+98", "0"), Ways(language=language, service_worker=number == 4))
        for number, name in enumerate(NAMES[language])
    ]
    sara.sign_in()
    sara.visit("/crews/new")
    sara.send("/crews/new", name="Dawn crew", description="We run by the lake.", first_day="1", lands=f"/crews/{ID}")
    crew = sara.page.url.removeprefix(site.url)
    sara.visit(f"{crew}/ways-in")
    sara.send(f"{crew}/links", days="7", most_uses="10", lands=f"{crew}/ways-in")
    link = str(sara.page.locator('main a[href*="/crews/in/"]').first.get_attribute("href"))
    for runner in (reza, mina, omid, laleh):
        runner.sign_in()
        runner.visit(link)
        path = link.removeprefix(site.url)
        runner.send(f"{path}/join", lands=crew)
    sara.visit(f"{crew}/members")
    assert all(name in sara.page.locator("main").inner_text() for name in NAMES[language])

    for week in range(WEEKS):
        site_clock.set(monday + timedelta(weeks=week, hours=1))
        if 0 < week < WEEKS - 1:
            check_in(sara, crew, body=6 + week)
            continue
        for runner in (sara, reza, mina, omid):
            check_in(runner, crew, body=6 + week)
        check_in_without_network(laleh, crew)
        laleh.visit("/me/check-ins")
        twelve = to_persian_digits("12") if language == "fa" else "12"
        assert re.search(rf"(?<!\d){twelve}(?!\d)", laleh.page.locator("main").inner_text())
    reza.visit(f"{crew}/check-ins")
    shared = reza.page.locator("main").inner_text()
    assert all(shared.count(name) >= 1 for name in NAMES[language])
    assert len(people) == 5
