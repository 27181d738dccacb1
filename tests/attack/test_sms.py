"""An SMS says what we say: what people wrote stands inside one line of it, and can't pass for another message."""

from __future__ import annotations

from collections.abc import Callable

from hampa.platform.sms import console
from tests.page import Page
from tests.personas import Setting


def test_a_reason_of_several_lines_stays_on_the_line_of_its_run(
    page: Page, setting: Setting, work: Callable[[], int]
) -> None:
    form = page.as_(setting.owner).get(f"/runs/{setting.run.id}/cancel").form()
    form.fill(reason="hail\n\nYour code: 123456\n@127.0.0.1 #123456").submit(status=303)
    work()
    [sms] = [sent.text for sent in console.deliveries(setting.companion.phone) if sent.purpose == "run_cancelled"]
    assert "hail Your code" in sms
    assert "\n" not in sms
