"""In without a code: by an account at a real provider, and by a link in a mail."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser

from hampa.platform.locale import i18n
from hampa.platform.locale.i18n import gettext as _
from tests.browser.runner import Runner, Ways
from tests.browser.site import SMS_SECONDS, Site, running as running_site
from tests.database import Databases
from tests.factories.people import phone
from tests.openid.provider_server import Provider, running as running_provider
from tests.turns import in_turn


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """Yield a provider, which learns of the site when that has started."""
    with running_provider("http://127.0.0.1/not-yet") as made:
        yield made


@pytest.fixture(scope="module")
def linked_site(databases: Databases, provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Yield a site that lets people in by the provider."""
    more = {f"HAMPA_{name.upper()}": value for name, value in provider.settings.items()}
    environment = databases.environment(databases.make("linked"), site=2, **more)
    with running_site(environment, tmp_path_factory.mktemp("site") / "site.log") as site:
        provider.set(redirectUri=f"{site.url}/login/openid/back", restart=True)
        yield site


@pytest.fixture
def say(app, ways: Ways) -> Callable[..., str]:
    """Words of the site in the language of the journey."""

    def words(text: str, **values: str) -> str:
        with app.app_context(), i18n.use_locale(ways.language):
            return str(_(text, **values))

    return words


def mailed_link(site: Site, address: str) -> str:
    """Return the path of the link in the newest mail to an address, once there is one."""
    end = time.monotonic() + SMS_SECONDS
    while time.monotonic() < end:
        mails = httpx.get(f"{site.url}/dev/outbox?format=json&to={address}").json()["messages"]
        found = [link for mail in mails for link in re.findall(r"/login/mail/[\w-]{20,}", mail["text"])]
        if found:
            return str(found[0])
        time.sleep(0.1)
    raise AssertionError("no mail with a link")


def go_by_provider(runner: Runner, provider: Provider, address: str) -> None:
    """Press the button, and sign in at the provider where it asks."""
    with runner.page.expect_navigation(url=lambda url: url.startswith(provider.issuer) or "/back" in url):
        runner.page.locator('main form[action="/login/openid"] button').first.click()
    while runner.page.url.startswith(provider.issuer):
        if runner.page.locator("[name=login]").count():
            runner.page.fill("[name=login]", address)
            runner.page.fill("[name=password]", "any")
        with runner.page.expect_navigation():
            runner.page.locator("button[type=submit]").first.click()
    # The provider's own pages want a font from elsewhere.
    runner.complaints = [one for one in runner.complaints if not one.startswith(provider.issuer)]


WAYS = in_turn([Ways(language="fa")], [Ways(language="en", scheme="dark", javascript=False)])


@pytest.mark.parametrize("ways", WAYS, ids=str)
def test_in_by_a_provider_and_later_by_mail(
    linked_site: Site, provider: Provider, chromium: Browser, looked_at: set[str], say: Callable[..., str], ways: Ways
) -> None:
    address = f"niloofar-{ways.language}@mail.example"
    runner = Runner(linked_site, ways.open(chromium, linked_site.url), ways, looked_at, "Niloofar", phone())
    runner.visit("/login")
    go_by_provider(runner, provider, address)
    runner.landed("/login")
    runner.reads(address)
    runner.send("/login", phone=runner.phone.replace("+98", "0"), lands="/login/code")
    found = re.search(r"#(\d{6})\s*$", linked_site.message(runner.phone, "sign_in_code"))
    assert found
    runner.type_code(runner.typed(found[1]))
    runner.landed("/welcome")
    runner.send("/welcome", name=runner.name, locale=ways.language, lands="/")

    again = Runner(linked_site, ways.open(chromium, linked_site.url), ways, looked_at, "Niloofar")
    again.visit("/login?next=/me/ways")
    go_by_provider(again, provider, address)
    again.landed("/me/ways")
    again.reads(address)
    again.press(say("Unlink"), of="/me/openid/unlink", lands="/me/ways")
    assert not again.page.get_by_text(address).count()

    third = Runner(linked_site, ways.open(chromium, linked_site.url), ways, looked_at, "Niloofar")
    third.visit("/login")
    third.page.locator('main a[href^="/login/mail"]').click()
    third.landed("/login/mail")
    third.send("/login/mail", email=address, lands="/login/mail/sent")
    link = mailed_link(linked_site, address)
    elsewhere = Runner(linked_site, ways.open(chromium, linked_site.url), ways, looked_at, "Niloofar")
    elsewhere.visit(link)
    elsewhere.send(link, lands="/")
    assert urlsplit(elsewhere.page.url).path == "/"
    third.visit(link, status=410)
    for one in (runner, again, third, elsewhere):
        one.leave()
