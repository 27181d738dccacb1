"""Two people in two real browsers, from a card to a phone number.

A third, who is blocked, finds neither, and a stranger who has all of their addresses sees nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hampa.platform.locale import i18n
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.locale.phone import parse
from tests.browser.runner import Runner, Ways
from tests.factories.people import phone
from tests.turns import in_turn

ID = "[0-9a-f-]{36}"
NAMES = {
    "fa": ("نرگس موسوی", "بهرام کیانی", "سیامک رحیمی", "لاله صدری"),
    "en": ("Nargess Musavi", "Bahram Kiani", "Siamak Rahimi", "Laleh Sadri"),
}


@pytest.fixture
def say(app, ways: Ways) -> Callable[[str], str]:
    """Words of the site in the language of the journey."""

    def words(text: str) -> str:
        with app.app_context(), i18n.use_locale(ways.language):
            return str(_(text))

    return words


def put_up_card(runner: Runner, title: str) -> str:
    """Create a card that shows the number to people whom its owner accepts, and return its path."""
    runner.visit("/cards/new")
    runner.send(
        "/cards/new",
        lands=f"/cards/{ID}",
        title=title, place="Chitgar", days=["tue", "thu"], time_of_day="dawn",
        distance_km="8", pace="5:45", level="regular", phone_visibility="accepted",
    )  # fmt: skip
    return runner.page.url.removeprefix(runner.site.url)


def numbers_on(runner: Runner) -> list[str]:
    """Return the phone numbers that the page would call."""
    return [str(link.get_attribute("href")) for link in runner.page.locator('main a[href^="tel:"]').all()]


def shown(runner: Runner, path: str) -> str:
    """All that a page holds, what is not seen too."""
    runner.visit(path)
    return runner.page.content()


@pytest.mark.parametrize("ways", in_turn([Ways(language="en", scheme="dark")], [Ways(language="fa")]), ids=str)
def test_from_a_card_to_a_phone_number(arrive, site, say, ways):
    nargess, bahram, siamak, laleh = (arrive(name, phone().replace("+98", "0"), ways) for name in NAMES[ways.language])
    for runner in (nargess, bahram, siamak, laleh):
        runner.sign_in()
    card, rivals = put_up_card(nargess, "Companions at dawn"), put_up_card(siamak, "A loud card")

    bahram.visit(card)
    assert not numbers_on(bahram)
    bahram.page.locator(f'a[href="{card}/interest"]').click()
    bahram.landed(f"{card}/interest")
    bahram.send(f"{card}/interest", line="Shall we?", lands=card)

    nargess.visit("/notifications")
    nargess.page.locator(".notice-link").first.click()
    nargess.landed(f"/interests/{ID}")
    interest = nargess.page.url.removeprefix(site.url)
    nargess.send(interest, button='button:has-text("' + say("Accept") + '")', lands=interest)
    nargess.reads(say("You two run together now"))

    assert nargess.name in site.message(bahram.phone, "interest_accepted")
    bahram.visit(interest)
    bahram.reads(say("You two run together now"))
    assert numbers_on(bahram) == [f"tel:{parse(nargess.phone, 'IR')}"]
    person = str(bahram.page.locator('main a[href^="/people/"]:not([href$="/block"])').first.get_attribute("href"))
    bahram.visit(person)

    siamak.visit(card)
    nargess.visit(rivals)
    nargess.page.locator('main a[href$="/block"]').click()
    nargess.landed(f"/people/{ID}/block")
    nargess.send(nargess.page.url.removeprefix(site.url), lands="/me/blocks")
    assert siamak.name in nargess.page.content()
    for here, path, other in ((siamak, card, nargess), (nargess, rivals, siamak)):
        here.visit(path, 404)
        for listed in ("/", "/cards", "/runs", "/notifications", "/me/cards"):
            assert other.name not in shown(here, listed), listed
    siamak.visit(f"{card}/interest", 404)
    siamak.visit(person, 404)

    for path in (interest, person):
        laleh.visit(path, 404)
    laleh.visit(card)
    assert not numbers_on(laleh)
    assert nargess.phone.removeprefix("0") not in laleh.page.content()
