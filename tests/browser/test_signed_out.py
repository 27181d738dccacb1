"""After signing out nothing of the person is on the screen again: not by going back, nor in another tab."""

from __future__ import annotations

import contextlib

import pytest
from playwright.sync_api import Error

from tests.browser.conftest import shell_path
from tests.browser.runner import Runner, Ways

NUMBER = "09121239876"
INTO_SIGHT = """() => {
    const later = Date.now() + 60000
    Date.now = () => later
    document.dispatchEvent(new Event('visibilitychange'))
}"""


@pytest.fixture
def browser(chromium):
    """Yield a browser that keeps pages for going back, as people's do; Playwright turns that off."""
    opened = chromium.browser_type.launch(
        executable_path=shell_path(),
        args=["--no-sandbox", "--disable-gpu"],
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield opened
    opened.close()


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_going_back_shows_nothing_of_who_signed_out(browser, site, looked_at, javascript):
    ways = Ways(language="en", javascript=javascript)
    runner = Runner(site, ways.open(browser, site.url), ways, looked_at, "Nasrin Ahmadi", NUMBER)
    runner.sign_in()
    page = runner.page
    for path in ("/runs", "/me/phone", "/"):
        page.goto(path)
    page.goto("/me")
    other = page.context.new_page()
    other.goto("/me")
    assert "Nasrin" in other.content()
    with page.expect_navigation(url="**/"):
        page.locator('main form[action="/logout"] button').click()
    if javascript:
        other.wait_for_url(lambda url: "/login" in url)
        assert "Nasrin" not in other.content()
    for _ in range(4):
        page.go_back()
        page.wait_for_load_state()
        words = page.locator("html").inner_text()
        assert "Nasrin" not in words
        assert NUMBER[-4:] not in words


def test_a_session_ended_elsewhere_empties_what_is_open_and_what_is_kept(browser, site, looked_at):
    """A tab when it comes into sight again, and the page that Back takes from memory."""
    runners = [
        Runner(site, ways.open(browser, site.url), ways, looked_at, "Nasrin Ahmadi", NUMBER)
        for ways in [Ways(language="en")] * 2
    ]
    for runner in runners:
        runner.sign_in()
    page, elsewhere = (runner.page for runner in runners)
    page.goto("/")
    page.goto("/login/session")
    tab = page.context.new_page()
    tab.goto("/me")
    elsewhere.goto("/me/sessions")
    elsewhere.get_by_role("button", name="Sign out everywhere else").click()
    elsewhere.get_by_text("Signed out in").first.wait_for()
    page.go_back(wait_until="commit")
    page.get_by_role("link", name="Sign in").first.wait_for()
    assert "Nasrin" not in page.content()
    with contextlib.suppress(Error):  # it may have left at this moment, by itself
        tab.evaluate(INTO_SIGHT)
    tab.wait_for_url(lambda url: "/login" in url)
    assert "Nasrin" not in tab.content()
