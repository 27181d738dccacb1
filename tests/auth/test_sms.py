"""The SMS that carries a code."""

from __future__ import annotations

from collections import Counter

import pytest
from flask import Flask
from sqlalchemy import select

from hampa.auth.actions import codes
from hampa.outbox.models import OutboxMessage
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.locale import i18n
from hampa.platform.sms import segments
from tests.auth.signing_in import ask
from tests.page import Page

ONE_SEGMENT = 70
"""Characters, counted as in Persian (3GPP TS 23.040, UCS-2)."""


def text_of_code(app: Flask, locale: str, host: str, purpose: str = "sign_in") -> str:
    with app.test_request_context(), i18n.use_locale(locale):
        template = app.jinja_env.get_template(f"auth/sms/{purpose}_code.txt")
        return template.render(data={"host": host}, secret="042042")


@pytest.mark.parametrize("locale", ["fa", "en"])
@pytest.mark.parametrize("length", [5, 15, 30, 37, 38, 45, 50, 61, 62, 120, 253])
def test_the_text_fits_one_segment_however_long_the_host(app: Flask, locale: str, length: int) -> None:
    host = "h" * (length - 3) + ".ir"
    text = text_of_code(app, locale, host)
    assert len(text) <= ONE_SEGMENT
    assert segments.count(text) == 1
    assert "042042" in text
    if length <= 61:
        assert text.splitlines()[-1] == f"@{host} #042042"


@pytest.mark.parametrize("locale", ["fa", "en"])
def test_the_text_says_what_the_code_is_for(app: Flask, locale: str) -> None:
    words, last = text_of_code(app, locale, "hampa.ir").splitlines()
    assert ("همپا" if locale == "fa" else "Hampa") in words
    assert last == "@hampa.ir #042042"


@pytest.mark.parametrize("locale", ["fa", "en"])
@pytest.mark.parametrize("purpose", ["prove", "delete", "new_phone"])
def test_a_code_that_signs_nobody_in_says_what_it_does_and_is_told_to_nobody(
    app: Flask, locale: str, purpose: str
) -> None:
    text = text_of_code(app, locale, "hampa.ir", purpose)
    words, last = text.splitlines()
    assert words != text_of_code(app, locale, "hampa.ir").splitlines()[0]
    assert ("به کسی نگو" if locale == "fa" else "Don't share it") in words
    assert last == "@hampa.ir #042042"
    if locale == "fa":
        assert segments.count(text) == 1


def test_the_text_is_in_the_persons_language_else_the_browsers(page: Page, owner: Person, number: str) -> None:
    ask(page.speaking("fa"), owner.phone)
    ask(page.speaking("fa"), number)
    messages = db.session.scalars(select(OutboxMessage))
    assert {message.recipient: message.locale for message in messages} == {owner.phone: "en", number: "fa"}


@pytest.mark.parametrize("locale", ["fa", "en"])
def test_the_operators_are_told_in_their_language(app: Flask, locale: str) -> None:
    with app.test_request_context(), i18n.use_locale(locale):
        text = app.jinja_env.get_template("auth/sms/budget_spent.txt").render(data={"most": 500})
    assert ("۵۰۰" if locale == "fa" else "500") in text


def test_codes_are_spread_evenly() -> None:
    """Chi-square over the six places of 100,000 codes, as they come out of what draws them."""
    drawn = [codes.generate_code() for _ in range(100_000)]
    assert all(len(digits) == 6 and digits.isdigit() for digits in drawn)
    for place in range(6):
        counts = Counter(digits[place] for digits in drawn)
        chi_square = sum((counts[str(digit)] - 10_000) ** 2 / 10_000 for digit in range(10))
        assert chi_square < 45  # nine degrees of freedom: passed by chance less than once in a million runs
