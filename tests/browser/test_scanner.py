"""An organiser's phone scans the code on a runner's: a real browser with a camera that sees a drawn one."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import segno
from playwright.sync_api import Page

from hampa.platform import clock
from tests.browser.conftest import chromium_path
from tests.browser.runner import PHONE, Ways
from tests.factories.people import phone

ID = "[0-9a-f-]{36}"
WIDTH, HEIGHT = 640, 480
MODULE = 7
"""Pixels of the camera for one square of the code."""


def film(text: str, at: Path) -> Path:
    """What a camera sees that looks at the code of `text`, as YUV4MPEG2: a few frames, again and again."""
    rows = [bytes(0 if dark else 255 for dark in row) for row in segno.make(text, error="m").matrix_iter(border=4)]
    wide = [b"".join(bytes([light]) * MODULE for light in row) for row in rows]
    side = len(wide[0])
    assert side <= HEIGHT, "the code does not fit into the picture"
    before = (WIDTH - side) // 2
    lines = [b"\x80" * before + row + b"\x80" * (WIDTH - side - before) for row in wide for _ in range(MODULE)]
    empty = [b"\x80" * WIDTH] * ((HEIGHT - side) // 2)
    luma = b"".join([*empty, *lines, *empty, *[b"\x80" * WIDTH] * (HEIGHT - side - 2 * len(empty))])
    frame = b"FRAME\n" + luma + b"\x80" * (WIDTH * HEIGHT // 2)
    at.write_bytes(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * 5)
    return at


@pytest.fixture
def phone_that_sees(chromium, site, tmp_path):
    """`phone_that_sees(text, page)`: a browser with the sign-in of `page` and a camera before which `text` is held."""
    opened = []

    def look(text: str, page: Page) -> Page:
        browser = chromium.browser_type.launch(
            executable_path=chromium_path(),
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
                f"--use-file-for-fake-video-capture={film(text, tmp_path / 'seen.y4m')}",
            ],
        )
        opened.append(browser)
        context = browser.new_context(
            base_url=site.url, viewport=PHONE, locale="en-GB", storage_state=page.context.storage_state()
        )
        return context.new_page()

    yield look
    for browser in opened:
        browser.close()


def test_a_code_held_before_the_camera_marks_who_holds_it(arrive, site, phone_that_sees):
    ways = Ways(language="en")
    sara, reza = (arrive(name, phone().replace("+98", "0"), ways) for name in ("Sara Karimi", "Reza Ahmadi"))
    sara.sign_in()
    reza.sign_in()
    start = clock.now().astimezone(ZoneInfo("Asia/Tehran")) + timedelta(minutes=15)
    sara.visit("/runs/new")
    sara.send(
        "/runs/new", lands=f"/runs/{ID}",
        title="Dawn by the lake", place="North gate", starts_on=start.date().isoformat(), starts_at=f"{start:%H:%M}",
    )  # fmt: skip
    run = sara.page.url.removeprefix(site.url)
    reza.visit(run)
    reza.send(f"{run}/join", button="button.button-dawn")
    reza.visit(f"{run}/ticket")
    code = reza.page.locator(".ticket-code").inner_text().replace(" ", "")

    sara.visit(f"{run}/attendance")
    refused: list[str] = []
    seeing = phone_that_sees(f"{site.url}{run}/attendance?code={code}", sara.page)
    seeing.on("pageerror", lambda error: refused.append(str(error)))
    seeing.on("console", lambda said: refused.append(said.text) if said.type == "error" else None)
    seeing.goto(f"{run}/attendance")
    seeing.get_by_text("Scan with the camera").click()
    seeing.get_by_text("Reza Ahmadi is here.").wait_for(timeout=20_000)
    assert seeing.locator("#counts").inner_text() == "1 is here"
    assert seeing.locator("input[type=radio][value=COMPLETED]").is_checked()
    seeing.get_by_text("Reza Ahmadi is here already.").wait_for(timeout=20_000)
    seeing.get_by_text("Stop the camera").click()
    assert seeing.evaluate("document.querySelector('video').srcObject.getTracks().every(t => t.readyState == 'ended')")
    assert not refused


def test_each_tap_on_the_list_saves_at_once(arrive, site):
    ways = Ways(language="fa")
    sara = arrive("سارا کریمی", phone().replace("+98", "0"), ways)
    sara.sign_in()
    start = clock.now().astimezone(ZoneInfo("Asia/Tehran")) + timedelta(minutes=15)
    sara.visit("/runs/new")
    sara.send(
        "/runs/new", lands=f"/runs/{ID}",
        title="دور دریاچه", place="دروازهٔ شمالی", starts_on=start.date().isoformat(), starts_at=f"{start:%H:%M}",
    )  # fmt: skip
    run = sara.page.url.removeprefix(site.url)
    sara.send(f"{run}/join", button="button.button-plain")
    sara.visit(f"{run}/attendance")
    page = sara.page
    with page.expect_response(lambda answer: answer.request.method == "POST") as saved:
        page.locator("input[type=radio][value=NO_SHOW]").check(force=True)
    assert saved.value.status == 200
    assert len(saved.value.request.post_data or "") < 700, "one tap sends one person, not the whole list"
    page.locator("#counts", has_text="نیامده").wait_for()
    page.reload()
    assert page.locator("input[type=radio][value=NO_SHOW]").is_checked()
    sara.look()
