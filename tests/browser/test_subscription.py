"""Buying a plan in a real browser: walking away from the gateway, paying, and coming back to a receipt."""

from __future__ import annotations

import pytest

from hampa.platform.locale import i18n
from hampa.platform.locale.i18n import gettext as _
from tests.browser.runner import Ways
from tests.factories.people import phone
from tests.turns import in_turn

ID = "[0-9a-f-]{36}"
WAYS = in_turn([Ways(language="fa")], [Ways(language="en", javascript=False)])


@pytest.mark.parametrize("ways", WAYS, ids=str)
def test_a_plan_is_bought_after_one_has_walked_away(app, arrive, ways):
    def say(text: str, **values: str) -> str:
        with app.app_context(), i18n.use_locale(ways.language):
            return str(_(text, **values))

    sara = arrive({"fa": "سارا کریمی", "en": "Sara Karimi"}[ways.language], phone().replace("+98", "0"), ways)
    sara.sign_in()
    sara.visit("/me")
    sara.page.locator('main a[href="/subscription"]').click()
    sara.landed("/subscription")
    for act in ("Walk away", "Pay"):
        sara.visit("/subscription")
        sara.page.locator('main a[href="/subscription/buy/month"]').click()
        sara.landed("/subscription/buy/month")
        sara.reads(
            say("%(number)s toman", number=sara.typed("99,000").replace(",", "٬" if ways.language == "fa" else ","))
        )
        sara.page.locator('form[action="/subscription/buy/month"] button').click()
        sara.landed("/dev/pay/[0-9a-f]+")  # by a page of ours, which browsers follow by themselves
        sara.page.get_by_role("button", name=say(act), exact=True).click()
        sara.landed(f"/subscription/payments/{ID}")
        sara.reads(say("Try again") if act == "Walk away" else say("Paid on"))
        sara.look()
    sara.visit("/subscription")
    sara.reads(say("Yours"))
