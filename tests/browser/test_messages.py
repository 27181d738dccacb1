"""Two people write to each other in two windows: messages, typing, what is read and the number come by themselves."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.runner import Ways
from tests.browser.test_journey import ID, day_typed
from tests.browser.test_live import join, listening
from tests.factories.people import phone
from tests.turns import in_turn


@pytest.mark.parametrize("ways", in_turn([Ways(language="en", scheme="dark")], [Ways(language="fa")]), ids=str)
def test_two_people_talk_live(arrive, ways):
    sara, reza = (arrive(name, phone().replace("+98", "0"), ways) for name in ("Sara", "Reza"))
    for one in (sara, reza):
        one.sign_in()
    sara.visit("/runs/new")
    sara.send(
        "/runs/new",
        lands=f"/runs/{ID}",
        title="Along the river", starts_on=day_typed(ways.language), starts_at="06:00", place="Chitgar",
    )  # fmt: skip
    run = sara.page.url.removeprefix(sara.site.url)
    join(reza, run)
    reza.visit(run)
    way = str(reza.page.locator('#people a[href^="/messages/to/"]').first.get_attribute("href"))
    sara.visit("/")
    listening(sara)

    reza.visit(way)
    reza.page.locator("#composer textarea").fill("Is there tea?")
    reza.page.locator("#composer button[type=submit]").click()
    reza.page.wait_for_url(re.compile(f"/messages/{ID}"))
    place = sara.page.locator('a[href="/messages"] .count').first
    expect(place).to_be_attached()

    talk = reza.page.url.removeprefix(reza.site.url).split("#")[0]
    sara.visit(talk)
    expect(sara.page.locator(".message")).to_have_count(1)
    expect(place).not_to_be_attached()
    listening(sara)
    listening(reza)
    expect(reza.page.locator("#talk-state")).not_to_be_empty()

    field = reza.page.locator("#composer textarea")
    field.press_sequentially("I bring some")
    expect(sara.page.locator("#talk-typing")).to_contain_text("Reza")
    reza.page.locator("#composer button[type=submit]").click()
    expect(sara.page.locator(".message").last).to_contain_text("I bring some")
    expect(reza.page.locator(".message")).to_have_count(2)
    expect(field).to_have_value("")
    expect(field).to_be_focused()
    expect(reza.page.locator("#talk-state")).not_to_be_empty()
    for one in (sara, reza):
        one.look()

    for one in (sara, reza):
        one.visit(f"{run}/conversation")
    reza.page.locator("#composer textarea").fill("Who brings bread?")
    reza.page.locator("#composer button[type=submit]").click()
    reza.page.wait_for_url(re.compile(f"/messages/{ID}"))
    sara.visit(reza.page.url.removeprefix(reza.site.url).split("#")[0])
    listening(sara)
    listening(reza)
    expect(reza.page.locator("#talk-state")).to_contain_text("1" if ways.language == "en" else "۱")
    sara.page.locator("#composer textarea").press_sequentially("I do")
    expect(reza.page.locator("#talk-typing")).to_contain_text("Sara")
    for one in (sara, reza):
        one.look()
        assert not one.complaints
