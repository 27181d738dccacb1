"""The runner's eyes see what they are there to see."""

from __future__ import annotations

import pytest

from tests.browser.runner import Runner, Ways
from tests.browser.site import Site

GOOD = """<!doctype html><html lang="en"><head><title>Small</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><main><h1>Small</h1><p>Words</p><button style="block-size: 48px; inline-size: 90px">Go</button></main></body></html>"""


@pytest.fixture
def runner(chromium):
    ways = Ways(language="en")
    made = Runner(Site("http://127.0.0.1:1"), ways.open(chromium, "http://127.0.0.1:1"), ways, set())
    yield made
    made.leave()


def test_a_good_page_passes(runner):
    runner.page.set_content(GOOD)
    runner.look()


@pytest.mark.parametrize(
    ("part", "bad", "told"),
    [
        ("48px", "30px", "90 × 30"),
        ("90px", "20px", "20 × 48"),
        ("<p>Words</p>", '<div style="inline-size: 900px">x</div>', "scrolls sideways"),
        ("<p>", '<p style="color: #bbb; background: white">', "color-contrast"),
        ('<html lang="en">', "<html>", "html-has-lang"),
        (">Go<", "><", "button-name"),
        ("<p>Words</p>", '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">', "image-alt"),
    ],
)
def test_a_bad_page_is_seen(runner, part, bad, told):
    assert part in GOOD
    runner.page.set_content(GOOD.replace(part, bad))
    with pytest.raises(AssertionError, match=told):
        runner.look()


def test_complaints_of_the_browser_are_heard(runner):
    runner.page.set_content(GOOD)
    runner.page.evaluate("console.error('refused by the policy')")
    with pytest.raises(AssertionError, match="refused by the policy"):
        runner.look()


def test_a_script_that_fails_is_heard(runner):
    runner.page.set_content(GOOD)
    runner.page.evaluate("() => { setTimeout(() => { throw new Error('it fell') }) }")
    runner.page.wait_for_timeout(50)
    with pytest.raises(AssertionError, match="it fell"):
        runner.look()
