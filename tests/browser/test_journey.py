"""The main journey from one end to the other, in a real browser at phone width.

Sign in, a card, an interest, a run that fills up, a place that comes free, a changed time, a cancelled run.
"""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from persiantools.jdatetime import JalaliDate

from hampa.platform import clock
from hampa.platform.locale import i18n
from hampa.platform.locale.i18n import gettext as _
from tests.browser.runner import Runner, Ways
from tests.factories.people import phone
from tests.turns import in_turn

ID = "[0-9a-f-]{36}"
TEHRAN = ZoneInfo("Asia/Tehran")


@pytest.fixture
def say(app, ways):
    """Words of the site in the language of the journey."""

    def words(text: str) -> str:
        with app.app_context(), i18n.use_locale(ways.language):
            return str(_(text))

    return words


def day_typed(language: str) -> str:
    """Return the day after tomorrow, as people of this language write it."""
    day = (clock.now().astimezone(TEHRAN) + timedelta(days=2)).date()
    return JalaliDate(day).strftime("%Y/%m/%d") if language == "fa" else day.isoformat()


PERSIAN, ENGLISH = Ways(language="fa", scheme="dark"), Ways(language="en")
PLAIN_PERSIAN, PLAIN_ENGLISH = Ways(language="fa", javascript=False), Ways(language="en", javascript=False)


@pytest.mark.parametrize("ways", in_turn([PERSIAN, PLAIN_ENGLISH], [ENGLISH, PLAIN_PERSIAN]), ids=str)
def test_a_run_from_publishing_to_cancelling(arrive, site, say, ways):
    def runner(persian: str, english: str) -> Runner:
        come = arrive(persian if ways.language == "fa" else english, phone().replace("+98", "0"), ways)
        come.sign_in()
        return come

    sara = runner("سارا کریمی", "Sara Karimi")

    sara.visit("/cards/new")
    sara.send(
        "/cards/new",
        lands=f"/cards/{ID}",
        title="Calm mornings", place="Chitgar", days=["tue", "thu"], time_of_day="dawn",
        distance_km="8", pace="5:45", level="regular", phone_visibility="accepted",
    )  # fmt: skip
    card = sara.page.url.removeprefix(site.url)

    reza = runner("رضا احمدی", "Reza Ahmadi")
    reza.visit(card)
    reza.page.locator(f'a[href="{card}/interest"]').click()
    reza.landed(f"{card}/interest")
    reza.send(f"{card}/interest", line="Tuesdays suit me well", lands=card)

    sara.visit("/notifications")
    sara.page.locator(".notice-link").first.click()
    sara.landed(f"/interests/{ID}")
    interest = sara.page.url.removeprefix(site.url)
    sara.send(interest, button='button:has-text("' + say("Accept") + '")', lands=interest)
    sara.reads(say("You two run together now"))
    assert sara.name in site.message(reza.phone, "interest_accepted")

    sara.visit("/runs/new")
    sara.send(
        "/runs/new",
        lands=f"/runs/{ID}",
        title="Around the lake", starts_on=day_typed(ways.language), starts_at="06:00",
        place="Chitgar, north gate", distance_km="10", capacity="2",
    )  # fmt: skip
    run = sara.page.url.removeprefix(site.url)

    mina, omid = (runner("مینا", "Mina"), runner("امید", "Omid"))
    join = f"{run}/join"
    for person, told in ((reza, "You're in"), (mina, "You're in"), (omid, "You're waiting")):
        person.visit(run)
        person.send(join, button=".button-dawn")
        person.reads(say(told))
    omid.reads(say("You are next in line"))

    mina.visit(f"{run}/leave")
    mina.send(f"{run}/leave", lands=run)
    omid.visit(run)
    omid.reads(say("You're in"))
    assert "Around the lake" in site.message(omid.phone, "run_promoted")

    sara.visit(f"{run}/edit")
    sara.send(f"{run}/edit", starts_at="06:30")
    sara.press(say("Save and tell them"), of=f"{run}/edit", lands=run)
    half_past_six = "۶:۳۰" if ways.language == "fa" else "6:30"
    for person in (reza, omid):
        assert half_past_six in site.message(person.phone, "run_changed")
        person.visit("/notifications")
        person.reads("Around the lake")

    sara.visit(f"{run}/cancel")
    sara.send(f"{run}/cancel", reason="Snow on the road", lands=run)
    sara.reads("Snow on the road")
    for person in (reza, omid):
        assert "Around the lake" in site.message(person.phone, "run_cancelled")
        person.visit(run)
        person.reads("Snow on the road")
    assert not [one for one in site.messages(mina.phone) if one["purpose"].startswith("run_")]
