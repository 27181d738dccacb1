"""From a link to being in, as somebody who was never here: one code, and as few taps as it takes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator

from tests.browser.runner import Runner, Ways
from tests.browser.test_journey import ID, day_typed
from tests.factories.people import phone
from tests.turns import in_turn

MOST_TAPS = 6
PERSIAN, ENGLISH = Ways(language="fa"), Ways(language="en", scheme="dark", locale="de-DE", timezone="Europe/Berlin")


class Thumb:
    """Taps that are counted."""

    def __init__(self) -> None:
        self.taps = 0

    def tap(self, target: Locator) -> None:
        target.tap()
        self.taps += 1


def publish(organiser: Runner) -> str:
    """Publish a run with a pace group; return its path."""
    organiser.visit("/runs/new")
    organiser.send(
        "/runs/new",
        lands=f"/runs/{ID}",
        **{
            "title": "Around the lake", "starts_on": day_typed(organiser.ways.language), "starts_at": "06:00",
            "place": "Chitgar, north gate", "pace_groups-0-name": "Easy", "pace_groups-0-pace": "6:30",
        },
    )  # fmt: skip
    return organiser.page.url.removeprefix(organiser.site.url)


@pytest.mark.parametrize("ways", in_turn([PERSIAN], [ENGLISH]), ids=str)
def test_a_visitor_is_in_after_one_code_and_few_taps(arrive, site, ways):
    sara = arrive("Sara", phone().replace("+98", "0"), ways)
    sara.sign_in()
    run = publish(sara)

    mina, thumb = arrive("مینا", phone().replace("+98", "0"), ways), Thumb()
    mina.visit(run)
    bar, submit = mina.page.locator("#bar .button"), mina.page.locator("main form .button-dawn")
    thumb.tap(bar.last)
    mina.landed("/login")
    mina.reads("Around the lake")
    mina.page.locator("[name=phone]").fill(mina.phone)
    thumb.tap(submit)
    mina.landed("/login/code")
    mina.reads("Around the lake")
    code = re.search(r"#(\d{6})\s*$", site.message(mina.phone, "sign_in_code"))
    assert code
    mina.type_code(mina.typed(code[1]))
    mina.landed(f"{run}/join")
    mina.page.locator("[name=own_name]").fill(mina.name)
    thumb.tap(mina.page.locator("label.choice", has=mina.page.locator("input[name=pace_group]")))
    thumb.tap(submit)
    mina.landed(run)

    mina.page.locator("#joined").wait_for()
    assert mina.page.locator("#joined").evaluate("panel => panel === document.activeElement")
    assert mina.page.locator("#people").get_by_text(mina.name).is_visible()
    assert len([one for one in site.messages(mina.phone) if one["purpose"] == "sign_in_code"]) == 1
    with mina.page.expect_download() as downloading:
        thumb.tap(mina.page.locator("#joined a[href$='.ics']"))
    assert downloading.value.suggested_filename.endswith(".ics")
    thumb.tap(mina.page.locator("#joined [data-share]"))
    assert thumb.taps == MOST_TAPS
    mina.page.reload()
    assert mina.page.locator("#joined").count() == 0


@pytest.mark.parametrize("ways", in_turn([ENGLISH], [PERSIAN]), ids=str)
def test_who_is_signed_in_chooses_the_group_in_one_tap_more(arrive, ways):
    sara = arrive("Sara", phone().replace("+98", "0"), ways)
    sara.sign_in()
    run = publish(sara)
    mina, thumb = arrive("Mina", phone().replace("+98", "0"), ways), Thumb()
    mina.sign_in()
    mina.visit(run)
    thumb.tap(mina.page.locator("#bar .button-dawn"))
    mina.landed(f"{run}/join")
    thumb.tap(mina.page.locator(".group-choice"))
    mina.landed(run)
    mina.page.locator("#joined").wait_for()
    assert thumb.taps == 2
