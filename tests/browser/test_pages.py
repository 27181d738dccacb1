"""Every kind of page, full of the demo community, looked at by axe in both languages, by day and by night."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.runner import AT_REST, Runner, Ways
from tests.browser.site import Site, running
from tests.browser.test_joining import Thumb
from tests.browser.test_journey import ID
from tests.browser.tour import FOR_SARA, FOR_VISITORS, REFUSED, REQUEST, become_sara, something_happens
from tests.sweep import parts
from tests.turns import in_turn


@pytest.fixture(scope="module")
def full_site(databases, chromium, tmp_path_factory) -> Iterator[Site]:
    """Yield a site with the demo community in it."""
    log = tmp_path_factory.mktemp("demo") / "site.log"
    environment = databases.environment(databases.make("demo"), site=2)
    with running(environment, log, demo=True) as made:
        something_happens(chromium, made)
        yield made


FA, EN = Ways(language="fa"), Ways(language="en")
FA_AT_NIGHT, EN_AT_NIGHT = Ways(language="fa", scheme="dark"), Ways(language="en", scheme="dark")
TURNS = in_turn(
    [(FA, 0), (EN_AT_NIGHT, 1)], [(FA_AT_NIGHT, 1), (EN, 0)], [(FA, 1), (EN_AT_NIGHT, 0)], [(FA_AT_NIGHT, 0), (EN, 1)]
)
"""Each page in one of the languages and one of the schemes: `platform/test_contrast.py` holds the colours of both."""


@pytest.mark.parametrize(("ways", "half"), TURNS, ids=str)
def test_every_page_is_for_everybody(full_site, chromium, looked_at, ways, half):
    visitor = Runner(full_site, ways.open(chromium, full_site.url), ways, looked_at)
    for path in parts(list(FOR_VISITORS.values()), 2)[half]:
        visitor.visit(path)
    sara = Runner(full_site, ways.open(chromium, full_site.url), ways, looked_at)
    become_sara(sara.page, ways.language)
    for path in parts(list(FOR_SARA.values()), 2)[half]:
        sara.visit(path)
    for path, status in REFUSED.items():
        sara.visit(path, status)
    visitor.leave()
    sara.leave()


STYLED = """async name => {
    const sheet = await new CSSStyleSheet().replace(await (await fetch(`/static/${name}.css`)).text())
    const rules = list => [...list].flatMap(rule => [...(rule.selectorText ? [rule.selectorText] : []),
        ...rules(rule.cssRules ?? [])])
    const states = /::?(before|after|hover|focus-visible|active)/g
    return rules(sheet.cssRules).filter(selector => document.querySelector(selector.replace(states, '')))
}"""
LINKED_TO = ("/login", "/runs", "/cards", *(FOR_SARA[name] for name in ("run", "run-of-others", "card-of-others")))
"""Pages of visitors that come without the styles of other features."""


def test_a_visitors_pages_are_whole_without_the_styles_that_they_lack(full_site, chromium, looked_at):
    visitor = Runner(full_site, Ways(language="en").open(chromium, full_site.url), Ways(language="en"), looked_at)
    page = visitor.page
    lacking = {"/": ("lists", "features")} | dict.fromkeys(LINKED_TO, ("features",))
    for path, sheets in lacking.items():
        page.goto(path)
        for name in sheets:
            assert not page.locator(f"link[href*='{name}.css']").count(), path
            assert not (styled := page.evaluate(STYLED, name)), (path, styled)
    page.goto("/crews")
    assert page.evaluate(STYLED, "features"), "the rules can be read"
    visitor.leave()


UNDER_A_BAR = """() => {
    const focused = document.activeElement
    if (focused === document.body || focused.closest('.bar, .bottom, .composer')) return null
    const box = focused.getBoundingClientRect()
    const bars = [...document.querySelectorAll('.bar, .bottom, .composer')].map(bar => bar.getBoundingClientRect())
    const hidden = bars.some(bar => box.bottom > bar.top + 1 && box.top < bar.bottom - 1)
    const small = box.height < innerHeight / 3
    return hidden && small ? [focused.outerHTML.slice(0, 120), box.top, box.bottom].join(' ') : null
}"""
BARRED_PAGES = ("run", "run-of-others", "card-of-others", "attendance", "run-new")
OWN_PAGES = ("home", "runs", "notifications", "me", "profile", "privacy", "organising-requests", "answers")
MOST_STOPS = 150


def test_what_has_the_focus_is_never_under_a_bar(full_site, chromium, looked_at):
    ways = Ways(language="en")
    sara = Runner(full_site, ways.open(chromium, full_site.url), ways, looked_at)
    become_sara(sara.page, "en")
    for name in (*BARRED_PAGES, *OWN_PAGES):
        sara.page.goto(FOR_SARA[name])
        stops = sara.page.locator("a[href], button, input:not([type=hidden]), select, textarea, summary").count()
        for _ in range(min(stops, MOST_STOPS)):
            sara.page.keyboard.press("Tab")
            assert not (hidden := sara.page.evaluate(UNDER_A_BAR)), f"{name}: {hidden}"
    sara.leave()


UNDER_THE_BAR = """() => {
    const bar = document.querySelector('.bar').getBoundingClientRect()
    const parts = [...document.querySelectorAll('main :is(h2, p, a, button, dd)')].filter(part => !part.closest('.bar'))
    const covered = parts.map(part => [part.getBoundingClientRect(), part.innerText])
        .filter(([box]) => box.bottom > bar.top + 1 && box.top < bar.bottom - 1 && box.width)
    return covered.map(([box, words]) => words).concat(bar.bottom > innerHeight ? ['the bar is below the screen'] : [])
}"""


BESIDE = """() => {
    const [read, side, said] = ['#live > .two > :first-child', '#live > .two > :last-child', '.run-under']
        .map(place => document.querySelector(place).getBoundingClientRect())
    const apart = said.left >= side.right || said.right <= side.left
    return apart && said.top - read.bottom < 48 && said.top < side.bottom
}"""


@pytest.mark.parametrize("name", ["run", "run-of-others"])
def test_on_a_desk_the_bar_of_a_run_covers_nothing(full_site, chromium, name):
    context = chromium.new_context(base_url=full_site.url, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    become_sara(page, "en")
    page.goto(FOR_SARA[name])
    assert not (covered := page.evaluate(UNDER_THE_BAR)), covered
    assert page.evaluate(BESIDE), "what people say stands right under what is read, and beside the second column"
    context.close()


def test_on_a_desk_a_page_begins_at_its_top(full_site, chromium):
    context = chromium.new_context(base_url=full_site.url, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    become_sara(page, "fa")
    for name in ("home", "cards", "training"):
        page.goto(FOR_SARA[name])
        page.evaluate(AT_REST)
        assert page.evaluate("() => scrollY") == 0, f"{name} scrolls by itself to where one is in a row of chips"
    context.close()


TAPS_FOR_A_RUN = 3
YES = "#answers form:has([name=accept][value='1'], [name=answer][value=yes]) button"


@pytest.mark.parametrize("ways", in_turn([FA], [Ways(language="en", javascript=False)])[:1], ids=str)
def test_a_run_like_last_time_or_of_two_takes_three_taps_and_four_requests_four(full_site, chromium, looked_at, ways):
    sara = Runner(full_site, ways.open(chromium, full_site.url), ways, looked_at)
    become_sara(sara.page, ways.language)
    page, publish_it = sara.page, sara.page.locator("#run-form .form-end button").first

    page.goto("/")
    waiting, hat = page.locator("#waiting"), page.locator('#hats a[href^="/organising"]')
    left, thumb = count_in(waiting), Thumb()
    of_hat = count_in(hat.locator(".hat-count"))
    while thumb.taps < 4 and page.locator(YES).count():
        thumb.tap(page.locator(YES).first)
        expect(waiting).to_have_text(sara.typed(str(left - thumb.taps)))
    assert thumb.taps
    assert count_in(hat.locator(".hat-count")) < of_hat

    page.goto("/")
    thumb = Thumb()
    thumb.tap(hat)
    sara.landed("/organising(/requests)?")
    thumb.tap(page.locator("main a[href$='like=last']"))
    sara.landed("/runs/new")
    thumb.tap(publish_it)
    sara.landed(f"/runs/{ID}")
    assert thumb.taps == TAPS_FOR_A_RUN

    page.goto(f"/interests/{REQUEST}")
    accept = page.locator("main form:has([name=decision][value=accept]) button")
    if accept.count():
        accept.tap()
    thumb = Thumb()
    thumb.tap(page.locator("main a[href*='/runs/new?with=']").first)
    sara.landed("/runs/new")
    thumb.tap(page.locator("label.choice", has=page.locator("[name=day]")).nth(1))
    thumb.tap(publish_it)
    sara.landed(f"/runs/{ID}")
    assert thumb.taps == TAPS_FOR_A_RUN
    sara.leave()


def count_in(place: Locator) -> int:
    """Return the number that a place shows, in any digits."""
    return int(place.inner_text())


def test_two_stops_lead_to_what_can_be_done(full_site, chromium, looked_at):
    ways = Ways(language="en")
    sara = Runner(full_site, ways.open(chromium, full_site.url), ways, looked_at)
    become_sara(sara.page, "en")
    for name in ("run-of-others", "card-of-others"):
        sara.page.goto(FOR_SARA[name])
        for key in ("Tab", "Tab", "Enter", "Tab"):
            sara.page.keyboard.press(key)
        assert sara.page.evaluate("() => !!document.activeElement.closest('.bar')"), name
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


ROWS_OF_BARS = """() => [...document.querySelectorAll('#bars .bar')].map(bar => {
    const words = [...bar.querySelectorAll('.bar-words > *')].filter(part => part.scrollWidth > part.clientWidth)
    return [bar.innerText, bar.offsetHeight, bar.scrollWidth > bar.clientWidth || words.length > 0]
})"""
ONE_ROW = 72
"""Pixels: a button with its margins, or two lines of words, and not two rows."""


@pytest.mark.parametrize("language", ["fa", "en"])
def test_the_bar_of_a_run_is_one_row_on_the_narrowest_phone_in_all_its_states(full_site, chromium, looked_at, language):
    ways = Ways(language=language)
    visitor = Runner(full_site, ways.open(chromium, full_site.url), ways, looked_at)
    visitor.page.set_viewport_size({"width": 360, "height": 740})
    visitor.page.goto("/dev/ui")
    bars = visitor.page.evaluate(ROWS_OF_BARS)
    assert len(bars) > 20
    wrong = [text for text, height, cut in bars if height > ONE_ROW or cut]
    assert not wrong, wrong
    visitor.leave()
