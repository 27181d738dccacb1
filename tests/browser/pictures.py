"""`make pictures`: ten pages in both languages, on a phone and on a desk, by day and by night, into docs/pictures.

The demo community is relative to today, so the pictures differ a little each time.
"""

from __future__ import annotations

import tempfile
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests import database
from tests.browser.conftest import chromium_path
from tests.browser.site import Site, running
from tests.browser.tour import FOR_SARA, FOR_VISITORS, become_sara, something_happens

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
OF_VISITORS = ("welcome", "login")
OF_SARA = ("home", "runs", "run", "run-new", "cards", "card", "notifications", "me")
SCREENS = {360: 740, 1280: 800}
TALLEST = {360: 1400, 1280: 1000}
"""Pixels of a page that are shown, by width; what comes below is more of the same."""


def main() -> None:
    """Make all of them anew."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    home = database.make_home()
    try:
        with database.prepared(worker=0) as databases, tempfile.TemporaryDirectory() as logs:
            environment = databases.environment(databases.make("pictures"), site=1)
            with running(environment, Path(logs) / "site.log", demo=True) as site, sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
                something_happens(browser, site)
                for language, width in product(("fa", "en"), SCREENS):
                    take(browser, site, language, width)
                browser.close()
    finally:
        database.remove_home(home)
    print(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER}")


def take(browser: Browser, site: Site, language: str, width: int) -> None:
    """Take pictures of the ten pages in one language at one width."""
    context = browser.new_context(
        base_url=site.url,
        locale={"fa": "fa-IR", "en": "en-GB"}[language],
        timezone_id="Asia/Tehran",
        viewport={"width": width, "height": SCREENS[width]},
        is_mobile=width < 600,
        has_touch=width < 600,
        reduced_motion="reduce",
    )
    page = context.new_page()
    for name in OF_VISITORS:
        shoot(page, FOR_VISITORS[name], f"{name}-{language}-{width}", width)
    become_sara(page, language)
    for name in OF_SARA:
        shoot(page, FOR_SARA[name], f"{name}-{language}-{width}", width)
    context.close()


def shoot(page: Page, path: str, name: str, width: int) -> None:
    """One page by day and by night."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.goto(path, wait_until="networkidle")
        # As tall as the page, so that the bar at the foot of the screen stands at the foot of the picture.
        height = page.evaluate("() => document.documentElement.scrollHeight")
        page.set_viewport_size({"width": width, "height": min(height, TALLEST[width])})
        page.screenshot(path=FOLDER / f"{name}-{scheme}.png")
        page.set_viewport_size({"width": width, "height": SCREENS[width]})


if __name__ == "__main__":
    main()
