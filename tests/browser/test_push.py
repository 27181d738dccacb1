"""A notification on a phone, from turning it on to the page that a tap opens.

A Chromium of tests has no push service: `pushManager.subscribe` answers with a subscription to one on this machine, and
what that one receives from the site is delivered to the service worker by the browser's own debugging protocol.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from hampa.platform import clock
from tests.browser.runner import Ways
from tests.factories.people import phone
from tests.push_server import PushBrowser, PushServer, push_server

ID = "[0-9a-f-]{36}"
SUBSCRIBE = """fields => {
    PushManager.prototype.getSubscription = async () => null
    PushManager.prototype.subscribe = async (options) => {
        if (options.userVisibleOnly !== true || options.applicationServerKey.length !== 87) throw new Error('refused')
        const {endpoint, p256dh, auth} = fields
        return {options: {}, toJSON: () => ({endpoint, keys: {p256dh, auth}})}
    }
}"""
SHOWN = """async () => {
    const shown = await (await navigator.serviceWorker.ready).getNotifications()
    return shown.map(({title, body, tag, lang, dir, data}) => ({title, body, tag, lang, dir, path: data.path}))
}"""
SHOWN_AT = """async () => {
    const shown = await (await navigator.serviceWorker.ready).getNotifications()
    return shown.map(({timestamp}) => timestamp)
}"""
TAP = """async () => {
    const [notification] = await registration.getNotifications()
    dispatchEvent(new NotificationEvent('notificationclick', {notification}))
}"""


@pytest.fixture
def chromium(whole_chromium: Browser) -> Browser:
    """Return the whole browser for those who arrive here: its headless shell knows no push."""
    return whole_chromium


@pytest.fixture
def service() -> Iterator[PushServer]:
    with push_server() as server:
        yield server


def registration_of(page: Page) -> tuple[object, str]:
    """Return a session of the debugging protocol, and the id of the registration of the site's service worker."""
    session = page.context.new_cdp_session(page)
    ids: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: ids.extend(one["registrationId"] for one in event["registrations"] if not one["isDeleted"]),
    )
    session.send("ServiceWorker.enable")
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    wait_until(page, lambda: ids)
    return session, ids[-1]


def wait_until(page: Page, is_so: Callable[[], object]) -> None:
    """Wait for what the browser or the site does by itself; its events come in meanwhile."""
    end = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < end, "it did not come to that"
        page.wait_for_timeout(50)


def test_a_phone_is_turned_on_shows_what_happens_and_leads_there(arrive, site, service):
    sara = arrive("Sara Karimi", phone().replace("+98", "0"), Ways(language="en", service_worker=True))
    sara.sign_in()
    page, browser = sara.page, PushBrowser(f"{service.url}/sara")
    page.context.grant_permissions(["notifications"])
    page.add_init_script(f"({SUBSCRIBE})({json.dumps(browser.fields)})")
    start = clock.now().astimezone(ZoneInfo("Asia/Tehran")) + timedelta(hours=3)
    sara.visit("/runs/new")
    sara.send(
        "/runs/new", lands=f"/runs/{ID}",
        title="Dawn by the lake", place="North gate", starts_on=start.date().isoformat(), starts_at=f"{start:%H:%M}",
    )  # fmt: skip
    run = page.url.removeprefix(site.url)
    reza = arrive("Reza Ahmadi", phone().replace("+98", "0"), Ways(language="en"))
    reza.sign_in()
    reza.visit(run)
    reza.send(f"{run}/join", button="button.button-dawn")

    sara.visit("/notifications/devices")
    page.get_by_role("button", name="Turn on for this device").click()
    expect(page.get_by_text("This device now gets notifications.")).to_be_visible()
    expect(page.get_by_text("This one")).to_be_visible()
    sara.look()

    # Whatever the hour is when this test runs, it is none of her quiet ones.
    page.goto("/me/settings/notifications")
    for name in ("quiet_from", "quiet_to"):
        page.locator(f"[name={name}]").fill("03:00")
    page.get_by_role("button", name="Save").click()
    page.wait_for_load_state("networkidle")
    reza.page.goto(run)
    reza.send(f"{run}/comments", text="Who brings tea?")
    wait_until(page, lambda: service.received)
    assert len(service.received) == 1
    shown = browser.read(service.received[0])
    assert "Reza Ahmadi" in shown["body"]
    assert "tea" not in shown["body"], "what people write is not for a lock screen"

    session, registration_id = registration_of(page)
    message = {"origin": site.url, "registrationId": registration_id, "data": json.dumps(shown)}
    session.send("ServiceWorker.deliverPushMessage", message)
    wait_until(page, lambda: page.evaluate(SHOWN_AT))
    first = page.evaluate(SHOWN_AT)
    session.send("ServiceWorker.deliverPushMessage", message)
    wait_until(page, lambda: page.evaluate(SHOWN_AT) not in (first, []))
    (notification,) = page.evaluate(SHOWN)
    assert notification == {**shown, "path": shown["path"]}
    page.context.service_workers[0].evaluate(TAP)
    sara.landed(f"{run}")
    wait_until(page, lambda: page.evaluate(SHOWN) == [])
