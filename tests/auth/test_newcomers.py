"""Somebody new from abroad: numbers as they write them, and the clock they live by, without JavaScript."""

from __future__ import annotations

import pytest

from hampa.people.queries import by_phone
from hampa.platform.locale import i18n
from hampa.platform.locale.phone_words import reading_choices
from tests.auth.signing_in import answer, ask, codes_sent
from tests.auth.test_intents import number_and_code, press, statuses
from tests.factories.runs import make_run

NATIONAL, BERLINER = "0176 12345678", "+4917612345678"


@pytest.fixture
def berlin(owner, change_settings):
    """Return a run in Berlin, on a site whose numbers are Iranian unless they say otherwise."""
    change_settings(sms_countries=("IR", "DE", "FR", "NL"))
    return make_run(owner, timezone="Europe/Berlin")


def test_a_number_on_the_way_to_a_run_is_of_the_country_of_the_run(page, berlin):
    login = press(page, berlin)
    code_page = login.form("/login").fill(phone=NATIONAL).submit(status=303).follow()
    code_page.form("/login/code").fill(code=codes_sent(BERLINER)[-1]).submit(status=303)
    person = by_phone(BERLINER)
    assert person is not None and person.timezone == "Europe/Berlin"


def test_the_clock_of_a_new_person_is_that_of_the_run_whatever_their_number(page, berlin, number):
    done = number_and_code(press(page, berlin), number).follow()
    assert by_phone(number).timezone == "Europe/Berlin"
    joined = done.form().fill(own_name="Lena").submit(status=303).follow()
    assert statuses(berlin)[number] == "GOING"
    assert "your time" not in joined.words
    assert "time)" not in page.get("/runs", 200).words


def test_what_the_browser_says_of_the_clock_goes_before_what_is_likely(page, berlin, number):
    login = press(page, berlin)
    code_page = login.form("/login").fill(phone=number).submit(status=303).follow()
    code_page.form("/login/code").fill(code=codes_sent(number)[-1], timezone="Asia/Dubai").submit(status=303)
    assert by_phone(number).timezone == "Asia/Dubai"


@pytest.mark.parametrize(
    ("languages", "phone", "zone"),
    [
        ("en", BERLINER, "Europe/Berlin"),
        ("en", "+989129876543", "Asia/Tehran"),
        ("de,en;q=0.8", "+12025550123", "Europe/Berlin"),
        ("en-US,en", "+12025550123", "Asia/Tehran"),
    ],
)
def test_the_number_and_the_languages_tell_the_clock_without_a_run(page, change_settings, languages, phone, zone):
    change_settings(sms_countries=("IR", "DE", "US"))
    headers = {"headers": {"Accept-Language": languages}}
    if phone.startswith("+1"):
        phone = "+12133734253"
    ask(page, phone, status=303, **headers)
    answer(page, codes_sent(phone)[-1], status=303, **headers)
    assert by_phone(phone).timezone == zone


def test_a_number_is_of_the_country_of_the_languages_and_else_of_the_operators(page, berlin):
    ask(page, NATIONAL, status=303, headers={"Accept-Language": "de-DE,de;q=0.9,en;q=0.5"})
    assert len(codes_sent(BERLINER)) == 1
    ask(page, "0912 345 6789", status=303, headers={"Accept-Language": "de"})
    assert len(codes_sent("+989123456789")) == 1


def test_a_number_of_two_countries_is_asked_about_and_goes_where_the_answer_says(page, berlin):
    page.language = "en-FR,nl-NL;q=0.9,en;q=0.8"
    asked = page.get("/login", 200).form("/login").fill(phone="06 12 34 56 78").submit(status=422)
    assert not codes_sent("+33612345678") and not codes_sent("+31612345678")
    assert "France" in asked.words and "Netherlands" in asked.words
    asked.form("/login").fill(country="NL").submit(status=303)
    assert len(codes_sent("+31612345678")) == 1 and not codes_sent("+33612345678")


def test_a_number_of_a_country_that_nothing_hints_at_is_asked_about(page, berlin):
    asked = ask(page, NATIONAL, status=422)
    assert "Germany" in asked.words
    assert not codes_sent(BERLINER)
    asked.form("/login").fill(country="DE").submit(status=303)
    assert len(codes_sent(BERLINER)) == 1


def test_no_code_goes_to_a_country_that_gets_none_whoever_chooses_it(page, owner, change_settings):
    change_settings(sms_countries=("IR",))
    run = make_run(owner, timezone="Europe/Berlin")
    refused = press(page, run).form("/login").fill(phone=NATIONAL).submit(status=422)
    assert "SMS to this country" in refused.words
    page.post("/login", {"phone": NATIONAL, "country": "DE"}, status=422)
    page.post("/login", {"phone": NATIONAL, "country": "Atlantis"}, status=422)
    assert not codes_sent(BERLINER)


def test_readings_are_named_in_persian(app):
    with app.test_request_context(), i18n.use_locale("fa"):
        assert reading_choices({"DE": BERLINER}) == [("DE", "آلمان \u2066+۴۹ ۱۷۶ ۱۲۳۴۵۶۷۸\u2069")]
