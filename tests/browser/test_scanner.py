"""An organiser's phone scans the code on a runner's: a real browser with a camera that sees a drawn one."""

from __future__ import annotations

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from hampa.platform import clock
from tests.browser.runner import Ways, choose
from tests.factories.people import phone

ID = "[0-9a-f-]{36}"


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
    seeing.get_by_role("button", name="Scan").click()
    seeing.get_by_text("Reza Ahmadi is here.").wait_for(timeout=20_000)
    expect(seeing.locator("#counts")).to_have_text(re.compile(r"^\s*1\s+of\s+1\s+here\s*$"))
    expect(seeing.locator("input[type=radio][value=COMPLETED]")).to_be_checked()
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
        choose(page.locator("input[type=radio][value=NO_SHOW]"))
    assert saved.value.status == 200
    assert len(saved.value.request.post_data or "") < 700, "one tap sends one person, not the whole list"
    page.locator("#counts", has_text="غایب").wait_for()
    page.reload()
    assert page.locator("input[type=radio][value=NO_SHOW]").is_checked()
    sara.look()
