"""Every page in the pseudo-locale: words outside its brackets were written without `_()`."""

from __future__ import annotations

import pytest

from hampa.platform.locale import zones
from tests.house.routes import rows
from tests.page import Page
from tests.personas import Setting
from tests.pseudo import pseudo_locale, unmarked
from tests.turns import in_turn

FOR_DEVELOPERS = "/dev/"
PEOPLE_WROTE = (
    "Around the lake",
    "Chitgar, north gate",
    "Sunrise of Chitgar",
    "Six minutes",
    "Calm mornings",
    "Chitgar",
    "Tuesdays suit me well",
    "Half marathon in spring",
    "Road shoes",
    "Ten runs with us",
    "To Chitgar and back",
    "Slow on long days",
    "A month",
    "Fifteen kilometres",
)
OWN_NAMES = ("English", "فارسی")
NAMES = ("Sara Karimi", "Reza Ahmadi", "Mina Rahimi", "Omid Nazari", "Sara", "Reza", "Mina", "Omid")


@pytest.mark.parametrize("viewer", in_turn(["visitor", "owner"], ["stranger", "companion"]))
def test_no_page_says_what_was_never_marked(page: Page, setting: Setting, viewer: str) -> None:
    browser = page.as_(setting.viewer(viewer))
    cities = [city for area in zones.by_area("en").values() for _name, city in area]
    known = (*PEOPLE_WROTE, *NAMES, *OWN_NAMES, *cities)
    found = []
    for row in rows():
        if row.method == "GET" and not row.rule.startswith(FOR_DEVELOPERS):
            with pseudo_locale():  # whether it is HTML as it should be is looked at in a language of people
                answer = browser.client.get(setting.address(row.rule), headers={"Accept-Language": "en"})
            if answer.mimetype == "text/html" and answer.status_code != 303:
                found += [f"{row.rule}: {words}" for words in unmarked(answer.get_data(as_text=True), said=known)]
    assert not found, "\n" + "\n".join(found)
