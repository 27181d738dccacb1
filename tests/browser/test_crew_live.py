"""A crew in two windows: who comes in, who is here, who types and what is unread come to its page by themselves."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.runner import Ways, choose
from tests.browser.test_journey import ID
from tests.browser.test_live import listening
from tests.factories.people import phone
from tests.turns import in_turn


@pytest.mark.parametrize("ways", in_turn([Ways(language="fa")], [Ways(language="en", scheme="dark")]), ids=str)
def test_the_page_of_a_crew_is_live(arrive, ways):
    sara, reza = (arrive(name, phone().replace("+98", "0"), ways) for name in ("Sara", "Reza"))
    for one in (sara, reza):
        one.sign_in()
        one.visit("/me/privacy")
        choose(one.page.locator("[name=shows_online]"))
        with one.page.expect_response(lambda answer: answer.request.method == "POST"):
            one.page.locator("#privacy-form button").click()
    sara.visit("/crews/new")
    sara.send("/crews/new", lands=f"/crews/{ID}", name="Sunrise", joining="open", is_listed="y")
    crew = sara.page.url.removeprefix(sara.site.url)
    sara.page.locator(f'a[href="{crew}/conversation"]').click()
    sara.page.locator("#composer textarea").fill("Good morning")
    sara.page.locator("#composer button[type=submit]").click()
    sara.page.wait_for_url(re.compile(f"/messages/{ID}"))
    sara.visit(crew)
    listening(sara)
    members = sara.page.locator("#crew-top p").first
    before = members.inner_text()

    reza.visit(f"{crew}/join")
    reza.send(f"{crew}/join", lands=crew)
    expect(members).not_to_have_text(before)
    expect(sara.page.locator("#crew-here")).to_contain_text("Reza")

    reza.page.locator("#crew-talk a").click()
    reza.page.wait_for_url(re.compile(f"/messages/{ID}"))
    listening(reza)
    field = reza.page.locator("#composer textarea")
    field.press_sequentially("Is there tea?")
    expect(sara.page.locator("#crew-talk .talk-typing")).to_contain_text("Reza")
    sara.look()
    reza.page.locator("#composer button[type=submit]").click()
    expect(reza.page.locator(".message").last).to_contain_text("Is there tea?")
    expect(sara.page.locator("#crew-talk .count")).to_be_visible()
    for one in (sara, reza):
        one.look()
    sara.page.locator("#crew-talk a").click()
    last = sara.page.locator(".message").last
    expect(last).to_contain_text("Is there tea?")
    sara.look()
    last.locator('a[href$="/remove"]').click()
    sara.look()
    sara.page.locator('main form[action$="/remove"] button').click()
    expect(sara.page.locator(".bubble-gone")).to_be_visible()
    expect(reza.page.locator(".bubble-gone")).to_be_visible()
    for one in (sara, reza):
        one.look()
        assert not one.complaints
