"""A million guesses of access codes and links find nothing within the limits, which hold for all that one can change."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hampa.crews.actions import codes, crews
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import Refused, TooFast
from tests.factories.crews import make_crew, make_invitation
from tests.factories.people import make_person

SPACE = len(ids.SHORT_ALPHABET) ** crews.CODE_LENGTH
CREWS = 10_000
"""Crews with a code of a large site."""
MILLION = 1_000_000
HERE, ELSEWHERE = "203.0.113.7", "2001:db8:1:2::1"


def test_a_million_guesses_of_codes_take_a_year_and_find_nothing():
    assert MILLION / codes.WRONG_CODES_A_DAY > 300, "days, however many people and addresses take part"
    assert MILLION / codes.CODES_A_DAY > 90 * 365, "days of one person"
    assert MILLION * CREWS / SPACE < 0.01, "found in all these"
    assert 365 * codes.WRONG_CODES_A_DAY * CREWS / SPACE < 0.01, "found in a year"


def test_links_have_more_random_bits_than_a_site_answers_requests(app):
    guesses = {ids.new_id().int & ((1 << 62) - 1) for _each in range(2_000)}
    assert len(guesses) == 2_000 and max(guesses).bit_length() > 58, "random, not counted"
    a_day = app.extensions["hampa.settings"].api_person_limit * 60 * 24 * 10_000
    assert 365 * a_day * CREWS / 2**74 < 1e-6, "ten thousand people who guess the millisecond as well"


def test_neighbours_of_a_link_are_nothing(page, db_session):
    crew = make_crew(make_person())
    link = make_invitation(crew, make_person()).id
    page.get(f"/crews/in/{type(link)(int=link.int ^ 1)}", 404)
    page.as_(make_person()).post(f"/crews/in/{type(link)(int=link.int + 1)}/join", status=404)


@pytest.fixture
def code(db_session) -> str:
    """Return the code of a crew."""
    sara = make_person()
    crew = make_crew(sara)
    crews.change_code(sara, crew.id)
    db.session.flush()
    return str(crew.access_code)


def wrong(person, address: str) -> None:
    with pytest.raises(Refused):
        codes.crew_of_code(person, "22222222", address)


def test_a_person_is_refused_from_any_address_even_with_the_right_code(code):
    reza = make_person()
    for number in range(codes.CODES_AN_HOUR):
        wrong(reza, f"198.51.100.{number}")
    with pytest.raises(TooFast):
        codes.crew_of_code(reza, code, ELSEWHERE)
    with clock.shifted(timedelta(minutes=61)):
        assert codes.crew_of_code(reza, code, ELSEWHERE).access_code == code


def test_an_address_is_refused_whoever_asks_and_its_neighbours_of_ipv6_too(code, monkeypatch):
    monkeypatch.setattr(codes, "CODES_OF_ADDRESS_A_DAY", 4)
    for number in range(4):
        wrong(make_person(), f"2001:db8:1:2::{number}")
    with pytest.raises(TooFast):
        codes.crew_of_code(make_person(), code, "2001:db8:1:2:ffff::1")
    assert codes.crew_of_code(make_person(), code, HERE).access_code == code


def test_everybody_together_is_refused_and_right_codes_do_not_count(code, monkeypatch):
    monkeypatch.setattr(codes, "WRONG_CODES_A_DAY", 3)
    for number in range(3):
        assert codes.crew_of_code(make_person(), code, f"198.51.100.{number}").access_code == code
        wrong(make_person(), f"192.0.2.{number}")
    with pytest.raises(TooFast):
        codes.crew_of_code(make_person(), code, HERE)
    with clock.shifted(timedelta(hours=25)):
        assert codes.crew_of_code(make_person(), code, HERE).access_code == code


def test_a_refused_try_is_counted_by_the_page(page, code):
    reza = page.as_(make_person())
    for _try in range(codes.CODES_AN_HOUR):
        reza.get("/crews/code", 200).form("/crews/code").fill(code="22222222").submit(status=422)
    reza.get("/crews/code", 200).form("/crews/code").fill(code=code).submit(status=429)
