"""Codes that strangers ask for at somebody's number, and what is left for its owner in a new browser."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hampa.people.models import Person
from hampa.platform import clock
from tests.auth.signing_in import ahead, answer, ask, assert_too_fast, codes_sent, sign_in
from tests.factories.auth import make_code
from tests.page import Page


def from_address(address: str) -> dict[str, Any]:
    """Return what makes a request come from an address."""
    return {"environ_base": {"REMOTE_ADDR": address}}


def test_what_strangers_ask_for_elsewhere_does_not_lengthen_the_wait(page: Page, number: str) -> None:
    ask(page, number, status=303)
    for nth in range(2):
        ask(Page(page.app), number, status=303, **from_address(f"203.0.{nth}.9"))
    with ahead(seconds=61):
        assert "data-countdown" not in page.get("/login/code").text
        page.post("/login/code/resend", status=303)
        assert_too_fast(page.post("/login/code/resend"), (115, 120))


def test_who_uses_up_a_numbers_codes_leaves_some_for_networks_that_asked_for_none(page: Page, number: str) -> None:
    for minutes, address in enumerate(
        ("203.0.113.9", "203.0.113.10", "198.18.0.1", "2001:db8:1:1::/64", "203.0.113.9")
    ):
        make_code(number, network=address, created_at=clock.now() - timedelta(minutes=20 + minutes))
    for neighbour in ("203.0.113.200", "198.18.0.1", "2001:db8:1:2::1"):
        assert_too_fast(ask(Page(page.app), number, **from_address(neighbour)), (35 * 60, 41 * 60))
    for fresh in ("192.0.2.1", "2001:db8:2:1::1", "203.0.114.1"):
        ask(Page(page.app), number, status=303, **from_address(fresh))
    assert_too_fast(ask(Page(page.app), number, **from_address("192.0.2.2")), (35 * 60, 41 * 60))
    assert_too_fast(ask(Page(page.app), number, **from_address("198.51.100.1")), (35 * 60, 41 * 60))


def test_a_number_gets_fifteen_codes_a_day_by_strangers_at_most(page: Page, number: str) -> None:
    for nth in range(10):
        make_code(number, network="203.0.113.9", created_at=clock.now() - timedelta(hours=2 + nth))
    for nth in range(4):
        make_code(number, network=f"198.18.{nth}.1", created_at=clock.now() - timedelta(hours=12 + nth))
    ask(Page(page.app), number, status=303, **from_address("192.0.2.1"))
    ask(Page(page.app), number, status=429, **from_address("198.51.100.1"))


def test_fifty_wrong_codes_a_day_are_all_that_unknown_devices_have(page: Page, owner: Person) -> None:
    sign_in(page, owner.phone)
    page.post("/logout")
    other = Page(page.app)
    with ahead(minutes=30):
        for nth in range(10):
            make_code(owner.phone, attempts=5, ended_as="spent", created_at=clock.now() - timedelta(hours=2 * nth + 2))
        ask(other, owner.phone, status=303, **from_address("192.0.2.1"))
        assert_too_fast(answer(other, codes_sent(owner.phone)[-1]), (3590, 3600))
        ask(page, owner.phone, status=303)
        assert answer(page, codes_sent(owner.phone)[-1]).location == "/"
