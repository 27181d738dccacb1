"""A phone without network: the next run with its code, what is tapped meanwhile, and nothing of who signed out."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from hampa.platform import clock
from hampa.platform.texts.cleaning import to_persian_digits
from tests.browser.runner import Runner, Ways
from tests.browser.site import Site
from tests.factories.people import phone
from tests.turns import in_turn

ID = "[0-9a-f-]{36}"
READY = "async () => (await navigator.serviceWorker.ready).active.state"
KEPT = """async (run) => {
    for (let tries = 0; tries < 100; tries += 1) {
        const page = await caches.match('/me/offline', {ignoreVary: true})
        if ((await page?.text())?.includes(`data-run="${run}"`)) return true
        await new Promise(done => setTimeout(done, 100))
    }
    return false
}"""
OLD_IS_KEPT = """async () => {
    const name = (await caches.keys()).find((name) => name.startsWith("mine-"))
    await (await caches.open(name)).put("/me/offline", new Response("as of before"))
    const { dataset } = document.body
    const { lang } = document.documentElement
    navigator.serviceWorker.controller.postMessage({ type: "page", session: dataset.session, lang, begunAt: 1 })
}"""
"""Keeps a page that was asked for after the page that is shown was, as one is that the site was still changing."""
NOT_KEPT = """async (run) => {
    for (let tries = 0; tries < 100; tries += 1) {
        const page = await caches.match('/me/offline', {ignoreVary: true})
        if (page && !(await page.text()).includes(`data-run="${run}"`)) return true
        await new Promise(done => setTimeout(done, 100))
    }
    return false
}"""
"""Waits for the kept page of who is there now."""
FORGOTTEN = """async () => {
    for (let tries = 0; tries < 100; tries += 1) {
        if (!(await caches.match('/me/offline', {ignoreVary: true}))) return true
        await new Promise(done => setTimeout(done, 100))
    }
    return false
}"""


@pytest.fixture
def organised_run(arrive: Callable[..., Runner], site: Site) -> tuple[Runner, str]:
    """Return an organiser and the path of a run that begins in an hour."""
    sara = arrive("Sara Karimi", phone().replace("+98", "0"), Ways(language="en"))
    sara.sign_in()
    start = clock.now().astimezone(ZoneInfo("Asia/Tehran")) + timedelta(minutes=55)
    sara.visit("/runs/new")
    sara.send(
        "/runs/new", lands=f"/runs/{ID}",
        title="Dawn by the lake", place="North gate", starts_on=start.date().isoformat(), starts_at=f"{start:%H:%M}",
    )  # fmt: skip
    return sara, sara.page.url.removeprefix(site.url)


def runner_who_goes(arrive: Callable[..., Runner], run: str, language: str) -> Runner:
    """Return somebody who has joined, and whose phone keeps the run."""
    reza = arrive("Reza Ahmadi", phone().replace("+98", "0"), Ways(language=language, service_worker=True))
    reza.sign_in()
    reza.visit(run)
    reza.send(f"{run}/join", button="button.button-dawn")
    reza.page.evaluate(READY)
    reza.page.reload()
    assert reza.page.evaluate(KEPT, run.removeprefix("/runs/"))
    return reza


def go_offline(page: Page, *, offline: bool) -> None:
    page.context.set_offline(offline)


@pytest.mark.parametrize("language", in_turn(["en"], ["fa"]))
def test_the_next_run_and_its_code_are_there_without_network_and_a_tap_is_sent_once(
    arrive, site, organised_run, language
):
    sara, run = organised_run
    reza = runner_who_goes(arrive, run, language)
    page = reza.page
    page.evaluate(OLD_IS_KEPT)
    assert page.evaluate(KEPT, run.removeprefix("/runs/")), "it is asked for once more"
    page.goto(f"{run}/ticket")
    code = page.locator(".ticket-code").inner_text()

    go_offline(page, offline=True)
    page.goto("/runs")
    sheet = page.locator("[data-run]")
    assert sheet.get_by_role("heading").inner_text() == "Dawn by the lake"
    assert "North gate" in sheet.inner_text()
    assert sheet.locator(".ticket-code").inner_text() == code
    assert sheet.locator(".ticket-drawing svg").bounding_box()["width"] > 150
    assert page.evaluate("getComputedStyle(document.body).fontFamily").startswith('"Vazirmatn')

    minutes = "10" if language == "en" else to_persian_digits("10")
    sheet.get_by_role("button", name=re.compile(rf"^{minutes}")).click()
    waiting = page.locator("[data-waiting] li")
    expect(waiting).to_have_count(1)
    words = waiting.inner_text()
    assert minutes in words
    assert "Dawn by the lake" in words

    go_offline(page, offline=False)
    expect(waiting).to_have_count(0, timeout=15_000)
    sara.visit(f"{run}/attendance")
    expect(sara.page.locator(".attendee-late")).to_have_count(1)
    reza.complaints.clear()  # of requests without network
    page.goto(run)
    assert page.evaluate("navigator.serviceWorker.controller !== null")


def test_what_is_tapped_and_taken_back_is_not_sent(arrive, site, organised_run):
    sara, run = organised_run
    reza = runner_who_goes(arrive, run, "en")
    page = reza.page
    go_offline(page, offline=True)
    page.goto("/")
    page.locator("[data-run]").get_by_role("button", name=re.compile("^20")).click()
    page.get_by_role("button", name="Don't send").click()
    expect(page.locator("[data-waiting]")).to_be_hidden()
    go_offline(page, offline=False)
    page.goto(run)
    sara.visit(f"{run}/attendance")
    assert not sara.page.locator(".attendee-late").count()
    reza.complaints.clear()


def test_nothing_of_who_signed_out_is_kept(arrive, site, organised_run):
    _sara, run = organised_run
    reza = runner_who_goes(arrive, run, "en")
    page = reza.page
    # A reload by force has nothing of the worker, which hears of the end from the page that comes then.
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setBypassServiceWorker", {"bypass": True})
    page.goto("/me")
    with page.expect_navigation(url="**/"):
        page.locator('main form[action="/logout"] button').click()
    assert page.evaluate(FORGOTTEN)
    session.send("Network.setBypassServiceWorker", {"bypass": False})
    go_offline(page, offline=True)
    page.goto("/me/offline")
    words = page.locator("body").inner_text()
    assert "No network" in words
    assert "Dawn" not in words
    assert "Reza" not in words
    reza.complaints.clear()


def test_another_person_on_the_same_phone_finds_nothing_of_the_first(arrive, site, organised_run):
    """Whose session ended elsewhere, without a chance to tidy up."""
    _sara, run = organised_run
    reza = runner_who_goes(arrive, run, "en")
    page = reza.page
    page.context.clear_cookies()
    mina = Runner(site, page, reza.ways, reza.looked_at, "Mina Rad", phone().replace("+98", "0"))
    mina.sign_in()
    page.goto("/")
    assert page.evaluate(NOT_KEPT, run.removeprefix("/runs/"))
    go_offline(page, offline=True)
    page.goto("/me/offline")
    assert "Dawn" not in page.locator("body").inner_text()
    reza.complaints.clear()
    mina.complaints.clear()
