"""A person who adds a passkey on their phone, and never needs a code again.

Chromium's virtual authenticator is the fingerprint of the phone; the browser itself speaks WebAuthn with the site.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.browser.runner import Ways
from tests.factories.people import phone
from tests.turns import in_turn

NOT_OFFERED = "PublicKeyCredential.isConditionalMediationAvailable = async () => false"
"""Passkeys are not offered in the field of the number."""


@pytest.fixture
def chromium(whole_chromium: Browser) -> Browser:
    """Return the whole browser: its headless shell offers no passkeys in a field."""
    return whole_chromium


def phone_with_a_fingerprint(page: Page) -> tuple[CDPSession, str]:
    """Give the browser an authenticator that holds passkeys and always finds the right finger."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable", {"enableUI": False})
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    return session, session.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


def credentials_in(session: CDPSession, authenticator: str) -> list[dict[str, object]]:
    """Return the passkeys that the authenticator holds."""
    return session.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})["credentials"]


@pytest.mark.parametrize(("language", "where"), in_turn([("en", "in the field")], [("fa", "by the button")]))
def test_a_passkey_is_made_on_the_phone_and_no_code_is_needed_again(arrive, site, language, where):
    number = phone().replace("+98", "0")
    sara = arrive("Sara Karimi", number, Ways(language=language))
    sara.sign_in()
    page = sara.page
    session, authenticator = phone_with_a_fingerprint(page)
    sara.visit("/me/ways")
    page.locator('a[href="/me/passkeys/new"]').click()
    sara.landed("/me/passkeys/new")
    page.locator("form[data-passkey] button").click()
    sara.landed("/me/ways")
    sara.look()
    [made] = credentials_in(session, authenticator)
    assert made["isResidentCredential"] and made["rpId"] == "localhost"
    codes = len(site.messages(number))

    page.locator('a[href="/me"], a[href="/me/profile"]').first.wait_for(state="attached")
    page.evaluate("() => fetch('/login/session')")
    sara.visit("/me")
    with page.expect_navigation(url="**/"):
        page.locator('main form[action="/logout"] button').click()
    if where == "by the button":
        page.add_init_script(NOT_OFFERED)
        sara.visit("/login?next=/me/ways")
        expect(page.locator("#phone")).to_have_attribute("autocomplete", "tel webauthn")
        page.locator("form[data-passkey] button").click()
    else:  # the authenticator picks its only passkey at once
        page.goto("/login?next=/me/ways")
    sara.landed("/me/ways")
    [used] = credentials_in(session, authenticator)
    assert used["signCount"] > made["signCount"]
    assert len([one for one in site.messages(number) if one["purpose"] == "sign_in_code"]) == 1
    assert len(site.messages(number)) >= codes


def test_a_phone_that_refuses_leaves_the_person_with_their_number(arrive):
    reza = arrive("Reza Ahmadi", phone().replace("+98", "0"), Ways(language="en"))
    reza.sign_in()
    page = reza.page
    session, authenticator = phone_with_a_fingerprint(page)
    session.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False})
    reza.visit("/me/passkeys/new")
    page.locator("form[data-passkey] button").click()
    reza.reads("Your device made no passkey")
    assert not credentials_in(session, authenticator)
