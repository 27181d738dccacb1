"""A real Chromium and a real site for it to visit."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright
from sqlalchemy import create_engine, text

from hampa.app import create_app
from hampa.platform import embedded
from hampa.platform.db import db
from hampa.platform.redis import redis
from tests.browser.adjustable_clock import AdjustableClock
from tests.browser.camera import film
from tests.browser.runner import PHONE, Runner, Ways
from tests.browser.site import Site, running
from tests.database import Databases
from tests.mail_server import MailServer, running as taking_mail

expect.set_options(timeout=15_000)  # as long as pages wait: machines do much else

FINDER = Path(__file__).with_name("chromium")
TILES = "https://tiles.example/"
"""Where the site says that tiles come from."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests of this folder, and keep them in one process: each would start a browser and sites of its own."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


def chromium_path() -> str:
    """Return where the whole Chromium is."""
    return os.environ.get("HAMPA_CHROMIUM") or subprocess.check_output([FINDER], text=True).strip()


def shell_path() -> str:
    """Return where its headless shell is, which shows pages alike for a third of the time."""
    return os.environ.get("HAMPA_HEADLESS_SHELL") or subprocess.check_output([FINDER, "shell"], text=True).strip()


@pytest.fixture(scope="package")
def _playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="package")
def chromium(_playwright: Playwright) -> Iterator[Browser]:
    """Yield the browser; each runner gets a profile of their own in it."""
    opened = _playwright.chromium.launch(executable_path=shell_path(), args=["--no-sandbox", "--disable-gpu"])
    yield opened
    opened.close()


@pytest.fixture
def whole_chromium(_playwright: Playwright) -> Iterator[Browser]:
    """Yield a browser with what the headless shell lacks: push, and notifications."""
    opened = _playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox", "--disable-gpu"])
    yield opened
    opened.close()


AWAKE = """
CREATE FUNCTION stay_awake() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.quiet_from := '00:00'; NEW.quiet_to := '00:00'; RETURN NEW; END $$;
CREATE TRIGGER stay_awake BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION stay_awake();
"""
"""Nobody has quiet hours: SMS come at once, whatever the time at which tests run."""
A_PLAN = """
INSERT INTO subscription_plans (id, code, name_fa, name_en, price, currency, months)
VALUES (gen_random_uuid(), 'month', 'یک‌ماهه', 'A month', 990000, 'IRR', 1);
"""
"""A plan that is sold: with it the worker makes no others, and without a free one nobody is limited."""


@pytest.fixture(scope="package")
def site(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Yield the site as `make run` starts it, empty at first."""
    log = tmp_path_factory.mktemp("site") / "site.log"
    url = databases.make("site")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(AWAKE))
        connection.execute(text(A_PLAN))
    engine.dispose()
    more = {"HAMPA_TILE_URL": f"{TILES}{{z}}/{{x}}/{{y}}.png", "HAMPA_PUSH_LOCAL": "1"}
    more |= {"HAMPA_SUBSCRIPTIONS": "1", "HAMPA_PAYMENT_GATEWAY": "sandbox"}
    environment = databases.environment(url, site=1, **more)
    with running(environment, log) as made:
        yield made


@pytest.fixture(scope="package")
def site_clock(tmp_path_factory: pytest.TempPathFactory) -> AdjustableClock:
    return AdjustableClock(tmp_path_factory.mktemp("clock") / "ahead")


@pytest.fixture(scope="package")
def mail_server() -> Iterator[MailServer]:
    """Yield the server that takes the mail of the site with an adjustable clock."""
    with taking_mail() as server:
        yield server


@pytest.fixture(scope="package")
def _environment_with_clock(databases: Databases, mail_server: MailServer) -> Iterator[dict[str, str]]:
    """Yield the variables of a site with a Redis of its own: sites of single files have the numbers that there are."""
    mail = {"HAMPA_MAIL_GATEWAY": "smtp", "HAMPA_SMTP_HOST": "127.0.0.1", "HAMPA_SMTP_PORT": str(mail_server.port)}
    mail |= {"HAMPA_SMTP_SECURITY": "none", "HAMPA_MAIL_FROM": "Hampa <hello@hampa.example>"}
    with tempfile.TemporaryDirectory(prefix="hampa-story-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        redis_url = embedded.ensure(home, embedded.REDIS).redis_url
        yield databases.environment(databases.make("story"), **mail) | {"REDIS_URL": redis_url}
        embedded.stop(home)


@pytest.fixture(scope="package")
def site_with_clock(
    _environment_with_clock: dict[str, str], site_clock: AdjustableClock, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """Yield a site with an adjustable clock, which stories of days and weeks share one after another."""
    log = tmp_path_factory.mktemp("story") / "site.log"
    with running(_environment_with_clock | site_clock.environment, log) as made:
        yield made


@pytest.fixture
def inside(_environment_with_clock: dict[str, str], databases: Databases) -> Iterator[Flask]:
    """Yield an app on the database of that site, to prepare what nobody has to do by hand."""
    app = create_app(databases.settings(_environment_with_clock["DATABASE_URL"]))
    with app.app_context():
        redis().flushdb()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="package")
def looked_at() -> set[str]:
    """Which pages were looked at already: axe takes its time."""
    return set()


@pytest.fixture
def arrive(site: Site, chromium: Browser, looked_at: set[str]) -> Iterator[Callable[..., Runner]]:
    """`arrive("Sara", "09121110001", Ways(language="fa"))`: somebody with a phone in hand who was never here."""
    here: list[Runner] = []

    def come(name: str, phone: str, ways: Ways) -> Runner:
        here.append(Runner(site, ways.open(chromium, site.url), ways, looked_at, name, phone))
        return here[-1]

    yield come
    for runner in here:
        runner.leave()


@pytest.fixture
def phone_that_sees(chromium: Browser, tmp_path: Path) -> Iterator[Callable[[str, Page], Page]]:
    """`phone_that_sees(text, page)`: a browser with the sign-in of `page` and a camera before which `text` is held."""
    opened: list[Browser] = []

    def look(text: str, page: Page) -> Page:
        browser = chromium.browser_type.launch(
            executable_path=shell_path(),
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
                f"--use-file-for-fake-video-capture={film(text, tmp_path / 'seen.y4m')}",
            ],
        )
        opened.append(browser)
        context = browser.new_context(
            base_url=page.url, viewport=PHONE, locale="en-GB", storage_state=page.context.storage_state()
        )
        return context.new_page()

    yield look
    for browser in opened:
        browser.close()
