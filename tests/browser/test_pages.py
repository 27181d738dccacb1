"""Every kind of page, full of the demo community, looked at by axe in both languages, by day and by night."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.runner import Runner, Ways
from tests.browser.site import Site, running
from tests.browser.tour import FOR_SARA, FOR_VISITORS, REFUSED, become_sara, something_happens
from tests.turns import in_turn


@pytest.fixture(scope="module")
def full_site(databases, chromium, tmp_path_factory) -> Iterator[Site]:
    """Yield a site with the demo community in it."""
    log = tmp_path_factory.mktemp("demo") / "site.log"
    environment = databases.environment(databases.make("demo"), site=2)
    with running(environment, log, demo=True) as made:
        something_happens(chromium, made)
        yield made


BY_DAY_AND_BY_NIGHT = [Ways(language="fa"), Ways(language="en", scheme="dark")]
BY_NIGHT_AND_BY_DAY = [Ways(language="fa", scheme="dark"), Ways(language="en")]


@pytest.mark.parametrize("ways", in_turn(BY_DAY_AND_BY_NIGHT, BY_NIGHT_AND_BY_DAY), ids=str)
def test_every_page_is_for_everybody(full_site, chromium, looked_at, ways):
    """Each layout in one of the two schemes: `platform/test_contrast.py` holds the colours of both."""
    visitor = Runner(full_site, ways.open(chromium, full_site.url), ways, looked_at)
    for path in FOR_VISITORS.values():
        visitor.visit(path)
    sara = Runner(full_site, ways.open(chromium, full_site.url), ways, looked_at)
    become_sara(sara.page, ways.language)
    for path in FOR_SARA.values():
        sara.visit(path)
    for path, status in REFUSED.items():
        sara.visit(path, status)
    visitor.leave()
    sara.leave()


def test_a_long_name_is_not_cut_off(full_site, chromium, looked_at):
    ways = Ways(language="en")
    sara = Runner(full_site, ways.open(chromium, full_site.url), ways, looked_at)
    become_sara(sara.page, "en")
    sara.page.goto(f"{full_site.url}/me")
    for place in (".menu-row > span:first-of-type", ".menu-row-end"):
        row = sara.page.locator(place).first
        row.evaluate("place => place.prepend('W'.repeat(60))")
        menu = row.locator("xpath=ancestor::nav")
        assert menu.evaluate("menu => menu.scrollWidth <= menu.clientWidth"), place
    sara.page.goto(full_site.url)
    words = sara.page.locator(".dawn-words").first
    words.locator("p").last.evaluate("line => line.append('W'.repeat(60))")
    assert words.evaluate("words => words.scrollWidth <= words.clientWidth")
    sara.leave()
