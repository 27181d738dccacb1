"""Two windows side by side: what one person does is seen by the other, who touches nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.runner import Runner, Ways
from tests.browser.test_journey import ID, day_typed
from tests.factories.people import phone
from tests.turns import in_turn

ENGLISH, PERSIAN = Ways(language="en"), Ways(language="fa", scheme="dark")


def listening(runner: Runner) -> None:
    """Wait until the stream of the page is open."""
    with runner.page.expect_response(lambda answer: "/live?" in answer.url):
        runner.page.reload()


def join(runner: Runner, run: str) -> None:
    runner.visit(run)
    runner.page.locator("#bar .button-dawn").click()
    runner.page.locator("#joined").wait_for()


@pytest.mark.parametrize("ways", in_turn([ENGLISH], [PERSIAN]), ids=str)
def test_the_bell_a_toast_and_the_places_of_a_run_come_by_themselves(arrive, ways):
    sara, reza, mina = (arrive(name, phone().replace("+98", "0"), ways) for name in ("Sara", "Reza", "Mina"))
    for one in (sara, reza, mina):
        one.sign_in()
    sara.visit("/runs/new")
    sara.send(
        "/runs/new",
        lands=f"/runs/{ID}",
        title="Along the river", starts_on=day_typed(ways.language), starts_at="06:00", place="Chitgar", capacity="5",
    )  # fmt: skip
    run = sara.page.url.removeprefix(sara.site.url)
    sara.visit("/")
    listening(sara)
    mina.visit(run)
    listening(mina)
    places, people = mina.page.locator("#facts dd").nth(1), mina.page.locator("#people")
    before = places.inner_text()
    mina.page.evaluate("document.querySelector('#people .heading').id = 'marked'")
    mina.page.locator("#bar").focus()

    join(reza, run)

    expect(people.get_by_text("Reza")).to_be_visible()
    expect(places).not_to_have_text(before)
    assert mina.page.evaluate("document.activeElement.id") == "bar", "the focus stays where it was"
    bell, toast = sara.page.locator("#bell"), sara.page.locator("#toasts .toast")
    expect(bell.locator(".count")).to_be_visible()
    expect(toast).to_contain_text("Reza")
    sara.look()
    toast.get_by_role("button").click()
    expect(toast).to_have_count(0)

    sara.visit("/notifications")
    listening(sara)
    join(mina, run)
    expect(sara.page.locator("#notices")).to_contain_text("Mina")
    expect(toast).to_have_count(0)
    for one in (sara, mina):
        assert not one.complaints


UNDER_POINTER = "([x, y]) => Boolean(document.elementFromPoint(x, y).closest('#toasts .toast'))"


def test_what_somebody_types_stays_while_the_page_changes_and_toasts_go(arrive):
    sara, reza, mina = (arrive(name, phone().replace("+98", "0"), ENGLISH) for name in ("Sara", "Reza", "Mina"))
    for one in (sara, reza, mina):
        one.sign_in()
    sara.visit("/runs/new")
    sara.send(
        "/runs/new",
        lands=f"/runs/{ID}",
        title="Along the river", starts_on=day_typed("en"), starts_at="06:00", place="Chitgar",
    )  # fmt: skip
    run = sara.page.url.removeprefix(sara.site.url)
    sara.page.clock.install()
    sara.visit("/")
    listening(sara)
    size = sara.page.viewport_size
    resting = [size["width"] / 2, size["height"] - 105]
    sara.page.mouse.move(*resting)
    mina.visit(run)
    listening(mina)
    text = mina.page.locator("main textarea").first
    text.fill("See you at the")
    text.press("End")
    join(reza, run)
    expect(mina.page.locator("#people").get_by_text("Reza")).to_be_visible()
    mina.page.keyboard.type(" gate")
    expect(text).to_have_value("See you at the gate")

    toast = sara.page.locator("#toasts .toast")
    expect(toast).to_contain_text("Reza")
    assert sara.page.evaluate(UNDER_POINTER, resting), "the toast came up where the pointer rests"
    sara.page.clock.run_for(11_000)
    expect(toast).to_have_count(0)


def test_a_page_leaves_by_itself_when_its_session_is_ended_elsewhere(arrive):
    number = phone().replace("+98", "0")
    here, there = (arrive("Sara", number, ENGLISH) for _ in range(2))
    for one in (here, there):
        one.sign_in()
    here.visit("/me")
    listening(here)
    there.visit("/me/sessions")
    there.press("Sign out everywhere else")
    here.page.wait_for_url(lambda url: "/login" in url)
    assert "Sara" not in here.page.content()
