"""Links of one tap: what a token says, whom it fits, and what else can't be made of it."""

from __future__ import annotations

import uuid

import pytest

from hampa.platform.security import signed_links

SARA, REZA = "+989121110001", "+989121110002"
SUBJECT = uuid.UUID("0190b3a4-5c6d-7e8f-9a0b-1c2d3e4f5a6b")


@pytest.fixture(autouse=True)
def _in_app(app):
    with app.app_context():
        yield


def test_a_token_is_short_and_ends_in_a_letter():
    for _ in range(50):
        token = signed_links.make_token("s", uuid.uuid4(), SARA)
        assert len(token) == signed_links.LENGTH == 29
        assert token[-1] == "s"
        assert set(token) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


def test_it_says_what_it_is_about_and_fits_its_holder_alone():
    link = signed_links.parse_token(signed_links.make_token("s", SUBJECT, SARA))
    assert link is not None
    assert (link.purpose, link.subject_id) == ("s", SUBJECT)
    assert link.is_valid_for(SARA)
    assert not link.is_valid_for(REZA)


def test_a_link_about_an_id_that_others_know_has_a_tag_that_nobody_guesses():
    token = signed_links.make_token("u", SUBJECT, SARA, is_public=True)
    assert len(token) == signed_links.PUBLIC_LENGTH
    link = signed_links.parse_token(token)
    assert link is not None and link.is_public and link.is_valid_for(SARA) and not link.is_valid_for(REZA)
    assert len(link.tag) * 8 >= 128
    short = signed_links.parse_token(signed_links.make_token("u", SUBJECT, SARA))
    assert short is not None and not short.is_public


def test_the_id_may_come_out_of_json():
    assert signed_links.make_token("s", str(SUBJECT), SARA) == signed_links.make_token("s", SUBJECT, SARA)


def test_a_letter_changed_at_any_place_makes_it_another_one():
    token = signed_links.make_token("s", SUBJECT, SARA)
    for place in range(len(token)):
        other = "a" if token[place] != "a" else "b"
        link = signed_links.parse_token(token[:place] + other + token[place + 1 :])
        assert link is None or not link.is_valid_for(SARA), f"place {place}"


def test_a_link_for_one_thing_is_not_one_for_another():
    token = signed_links.make_token("s", SUBJECT, SARA)
    turned = signed_links.parse_token(token[:-1] + "l")
    assert turned is not None
    assert not turned.is_valid_for(SARA)


@pytest.mark.parametrize("text", ["", "s", "x" * 28, "x" * 30, "é" * 29, " " * 28 + "s", "." * 28 + "s", "A" * 29])
def test_what_can_not_be_a_token_is_nothing(text):
    assert signed_links.parse_token(text) is None


def test_who_has_other_settings_makes_other_tags(monkeypatch):
    mine = signed_links.parse_token(signed_links.make_token("s", SUBJECT, SARA))
    monkeypatch.setattr("hampa.platform.security.signed_links.keyed_hashes", lambda *parts: ["00" * 32])
    assert mine is not None
    assert not mine.is_valid_for(SARA)
