"""What may be asked and tried how often, and what happens past that. The clock is moved, nobody waits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from hampa.auth import queries
from hampa.auth.models import NumberTries, PhoneOwner, SignInCode
from hampa.notifications.models import Notification
from hampa.outbox.models import OutboxMessage
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.redis import redis
from tests.auth.signing_in import ahead, answer, ask, assert_too_fast, codes_sent, sign_in, wrong
from tests.factories.auth import make_code
from tests.factories.people import make_person
from tests.page import Page

HOUR = timedelta(hours=1)


def test_another_code_has_to_wait_and_the_wait_doubles(page: Page, number: str) -> None:
    ask(page, number, status=303)
    assert_too_fast(ask(Page(page.app), number), (55, 60))
    with ahead(seconds=61):
        ask(page, number, status=303)
        assert_too_fast(page.post("/login/code/resend"), (115, 120))
    with ahead(seconds=61 + 100):
        assert_too_fast(ask(page, number), (15, 21))
    with ahead(seconds=61 + 121):
        ask(page, number, status=303)
        assert_too_fast(ask(page, number), (235, 240))


def test_what_was_typed_and_the_page_are_kept_while_waiting(page: Page, number: str) -> None:
    ask(page, number, next="/runs")
    refused = page.get("/login?next=/runs").form("/login").fill(phone=number).submit(status=429)
    form = refused.form("/login")
    assert (form.values["phone"], form.values["next"]) == (number, "/runs")
    assert "/login/code" in refused.links
    on_code_page = page.get("/login/code").form("/login/code/resend").submit(status=429)
    assert on_code_page.form("/login/code").names == ["timezone", "code"]


def test_htmx_is_told_to_wait_in_the_fragment(page: Page, number: str) -> None:
    ask(page, number)
    refused = page.get("/login").form("/login").fill(phone=number).submit(htmx=True, status=429)
    assert "<html" not in refused.text
    assert int(refused.response.headers["Retry-After"]) > 50


def test_a_used_code_ends_the_wait(page: Page, owner: Person) -> None:
    sign_in(page, owner.phone)
    ask(Page(page.app), owner.phone, status=303)


def test_who_waits_elsewhere_does_not_learn_when_the_owner_signs_in(page: Page, owner: Person) -> None:
    make_code(owner.phone, network="192.0.2.77", browser_hash="stranger", created_at=clock.now())
    sign_in(page, owner.phone)
    stranger = PhoneOwner(owner.id, owner.locale, None)
    assert queries.next_code_at(owner.phone, "192.0.2.77", stranger, "stranger") is not None


def test_five_codes_an_hour_and_ten_a_day_for_a_number(
    page: Page, number: str, change_settings: Callable[..., None]
) -> None:
    change_settings(code_wait=1)
    for minutes in (50, 40, 30, 20):
        make_code(number, created_at=clock.now() - timedelta(minutes=minutes))
    with ahead(minutes=5):
        ask(page, number, status=303)
    with ahead(minutes=9):
        assert_too_fast(ask(page, number), (55, 60))
    with ahead(minutes=11):
        for hours in (3, 5, 7, 9):
            make_code(number, created_at=clock.now() - timedelta(hours=hours))
    with ahead(minutes=40):
        ask(page, number, status=303)
    with ahead(hours=3):
        # Ten within a day: the oldest was sent 9 hours before minute 11.
        assert_too_fast(ask(page, number), (12 * 3600, 13 * 3600))


def test_two_hundred_codes_an_hour_from_one_address(
    page: Page, number: str, change_settings: Callable[..., None]
) -> None:
    change_settings(codes_per_address_hour=3)
    for _ in range(3):
        make_code(make_person().phone, network="203.0.113.9", created_at=clock.now() - timedelta(minutes=20))
    here = {"environ_base": {"REMOTE_ADDR": "203.0.113.9"}}
    assert_too_fast(ask(page, number, **here), (39 * 60, 40 * 60))
    ask(page, number, status=303, environ_base={"REMOTE_ADDR": "203.0.113.10"})


def test_neighbours_in_an_ipv6_network_are_one_address(
    page: Page, number: str, change_settings: Callable[..., None]
) -> None:
    change_settings(codes_per_address_hour=1)
    ask(page, number, status=303, environ_base={"REMOTE_ADDR": "2001:db8:1:2::1"})
    other = make_person().phone
    refused = ask(page, other, environ_base={"REMOTE_ADDR": "2001:db8:1:2:ffff::77"})
    assert_too_fast(refused, (3595, 3600))
    ask(page, other, status=303, environ_base={"REMOTE_ADDR": "2001:db8:1:3::1"})


def test_neighbouring_numbers_share_a_limit(page: Page, change_settings: Callable[..., None]) -> None:
    change_settings(codes_per_prefix_hour=4)
    answers = [ask(Page(page.app), f"+98912555{last:04d}").status for last in range(8)]
    assert answers == [303] * 4 + [429] * 4
    ask(page, "+989125560000", status=303)


def test_what_others_do_never_keeps_a_known_device_waiting(
    page: Page, owner: Person, change_settings: Callable[..., None]
) -> None:
    """Codes for the neighbours of its number, from its own address, up to each limit, and wrong ones too."""
    change_settings(codes_per_prefix_hour=30, codes_per_address_hour=30, wrong_codes_per_address_hour=5)
    sign_in(page, owner.phone)
    page.post("/logout")
    with ahead(hours=1):
        for last in range(30):
            make_code(f"{owner.phone[:-4]}{last:04d}", network="127.0.0.1", attempts=1)
        assert_too_fast(ask(Page(page.app), owner.phone), (3500, 3600))
        ask(page, owner.phone, status=303)
        assert answer(page, codes_sent(owner.phone)[-1]).location == "/"


def test_one_address_gets_half_of_a_numbers_codes(
    page: Page, owner: Person, change_settings: Callable[..., None]
) -> None:
    """Who asks for codes all day keeps the owner of a number from a new browser only at the same address."""
    change_settings(codes_per_number_day=6)
    there = {"environ_base": {"REMOTE_ADDR": "203.0.113.9"}}
    for hours in (2, 4, 6):
        make_code(owner.phone, network="203.0.113.9", created_at=clock.now() - timedelta(hours=hours))
    assert_too_fast(ask(Page(page.app), owner.phone, **there), (17 * 3600, 18 * 3600))
    ask(page, owner.phone, status=303)


def test_wrong_codes_are_counted_by_address_for_all_numbers(
    page: Page, owner: Person, number: str, change_settings: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    change_settings(wrong_codes_per_address_hour=20)
    for _ in range(4):
        make_code(make_person().phone, network="127.0.0.1", attempts=5)
    make_code(make_person().phone, attempts=80)
    ask(page, owner.phone)
    [code] = codes_sent(owner.phone)
    assert_too_fast(answer(page, code), (3500, 3600))
    elsewhere, there = Page(page.app), {"environ_base": {"REMOTE_ADDR": "203.0.113.10"}}
    ask(elsewhere, number, status=303, **there)
    answer(elsewhere, wrong(codes_sent(number)[-1]), status=422, **there)
    assert "auth.wrong_codes" in caplog.text
    with ahead(minutes=61):
        ask(page, owner.phone, status=303)
        assert answer(page, codes_sent(owner.phone)[-1]).location == "/"


def test_past_the_sites_budget_only_accounts_get_codes_and_nobody_can_tell(
    page: Page, owner: Person, operator: Person, number: str, change_settings: Callable[..., None]
) -> None:
    change_settings(codes_per_site_hour=2)
    for _ in range(2):
        make_code(make_person().phone, created_at=clock.now() - timedelta(minutes=1))
    stranger, member = Page(page.app), Page(page.app)
    pages = [ask(browser, phone, status=303).follow() for browser, phone in ((stranger, number), (member, owner.phone))]
    assert all("Very many people" in shown.words for shown in pages)
    now = clock.now()
    to_send = select(OutboxMessage.recipient).where(
        OutboxMessage.purpose == "sign_in_code", OutboxMessage.expires_at > now
    )
    assert list(db.session.scalars(to_send)) == [owner.phone]
    assert answer(member, codes_sent(owner.phone)[0]).location == "/"
    told = select(OutboxMessage).where(OutboxMessage.purpose == "operator_alert")
    assert [message.recipient for message in db.session.scalars(told)] == [operator.phone]
    with ahead(minutes=61):
        assert "Very many people" not in ask(Page(page.app), make_person().phone).follow().words


def test_a_flushed_redis_forgives_nothing(page: Page, number: str) -> None:
    ask(page, number, status=303)
    redis().flushall()
    ask(page, number, status=429)


def test_wrong_codes_in_a_row_make_strangers_wait_longer_and_longer(page: Page, owner: Person) -> None:
    tries = NumberTries(phone=owner.phone, wrong_in_a_row=9)
    db.session.add(tries)
    ask(page, owner.phone)
    [code] = codes_sent(owner.phone)
    answer(page, wrong(code), status=422)
    assert_too_fast(answer(page, wrong(code)), (25, 30))
    assert_too_fast(answer(page, code), (25, 30))
    assert_too_fast(ask(Page(page.app), owner.phone), (25, 30))
    with ahead(seconds=31):
        answer(page, wrong(code), status=422)
        assert_too_fast(answer(page, code), (55, 60))
    with ahead(seconds=31 + 61):
        assert answer(page, code).location == "/"
    assert db.session.scalar(select(func.count()).select_from(NumberTries)) == 0


def test_a_refused_try_is_not_counted(page: Page, owner: Person) -> None:
    tries = NumberTries(phone=owner.phone, wrong_in_a_row=10, waits_until=clock.now() + timedelta(seconds=30))
    ask(page, owner.phone)
    [code] = codes_sent(owner.phone)
    db.session.add(tries)
    for _ in range(20):
        answer(page, wrong(code), status=429)
    db.session.refresh(tries)
    assert tries.wrong_in_a_row == 10
    assert db.session.scalar(select(SignInCode.attempts)) == 0


def test_a_new_code_does_not_reset_the_wrong_ones(page: Page, owner: Person) -> None:
    for seconds in (0, 61):
        with ahead(seconds=seconds):
            ask(page, owner.phone, status=303)
            code = codes_sent(owner.phone)[-1]
            for _ in range(5):
                answer(page, wrong(code))
    assert db.session.scalars(select(NumberTries)).one().wrong_in_a_row == 10
    with ahead(seconds=62):
        ask(page, owner.phone, status=429)


@pytest.mark.parametrize(("in_a_row", "seconds"), [(10, 60), (13, 480), (16, 3600), (60, 3600), (99, 24 * 3600)])
def test_the_wait_grows_to_an_hour_and_then_to_a_day(page: Page, owner: Person, in_a_row: int, seconds: int) -> None:
    ask(page, owner.phone)
    [code] = codes_sent(owner.phone)
    db.session.add(NumberTries(phone=owner.phone, wrong_in_a_row=in_a_row))
    answer(page, wrong(code), status=422)
    assert_too_fast(answer(page, code), (seconds - 3, seconds))


def test_the_owner_is_told_once_of_far_too_many_wrong_codes(page: Page, owner: Person) -> None:
    ask(page, owner.phone)
    [code] = codes_sent(owner.phone)
    db.session.add(NumberTries(phone=owner.phone, wrong_in_a_row=98))
    answer(page, wrong(code), status=422)
    told = select(func.count()).select_from(Notification).where(Notification.type == "account_security")
    assert db.session.scalar(told) == 0
    for days in (2, 4):
        with ahead(days=days):
            ask(page, owner.phone, status=303)
            answer(page, wrong(codes_sent(owner.phone)[-1]), status=422)
            assert db.session.scalar(told) == 1
    by_sms = select(func.count()).select_from(OutboxMessage).where(OutboxMessage.purpose == "account_security")
    assert db.session.scalar(by_sms) == 1


def test_a_number_without_an_account_has_nobody_to_tell(page: Page, number: str) -> None:
    ask(page, number)
    db.session.add(NumberTries(phone=number, wrong_in_a_row=120))
    answer(page, wrong(codes_sent(number)[0]), status=422)
    assert db.session.scalar(select(func.count()).select_from(Notification)) == 0


def test_a_thousand_bad_tries_by_strangers_never_keep_the_owners_phone_out(page: Page, owner: Person) -> None:
    sign_in(page, owner.phone)
    page.post("/logout")
    waits = clock.now() + timedelta(days=40)
    db.session.add(NumberTries(phone=owner.phone, wrong_in_a_row=1000, waits_until=waits))
    let_in = 0
    for day in range(1, 11):
        with ahead(days=day):
            for _ in range(12):
                make_code(owner.phone, created_at=clock.now() - timedelta(minutes=3))
            ask(Page(page.app), owner.phone, status=429)
            ask(page, owner.phone, status=303)
            make_code(owner.phone)
            let_in += answer(page, codes_sent(owner.phone)[-1]).location == "/"
            page.post("/logout")
    assert let_in == 10


def test_a_strangers_code_does_not_end_that_of_the_owners_phone(page: Page, owner: Person) -> None:
    sign_in(page, owner.phone)
    page.post("/logout")
    with ahead(hours=2):
        ask(page, owner.phone, status=303)
        mine = codes_sent(owner.phone)[-1]
    with ahead(hours=2, seconds=70):
        ask(Page(page.app), owner.phone, status=303)
        assert answer(page, mine).location == "/"


def test_a_known_device_has_a_count_of_its_own(page: Page, owner: Person) -> None:
    sign_in(page, owner.phone)
    page.post("/logout")
    for hours in (1, 2):
        with ahead(hours=hours):
            ask(page, owner.phone, status=303)
            for _ in range(5):
                answer(page, wrong(codes_sent(owner.phone)[-1]))
    with ahead(hours=2, seconds=1):
        assert_too_fast(ask(page, owner.phone), (20, 30))
    assert db.session.scalar(select(func.count()).select_from(NumberTries)) == 0


def test_a_devices_cookie_can_not_be_made_up_and_counts_for_its_number_only(
    page: Page, owner: Person, companion: Person
) -> None:
    sign_in(page, owner.phone)
    page.post("/logout")
    for person in (owner, companion):
        db.session.add(NumberTries(phone=person.phone, wrong_in_a_row=50, waits_until=clock.now() + timedelta(days=2)))
    with ahead(hours=2):
        ask(page, companion.phone, status=429)
        forger = Page(page.app)
        forger.client.set_cookie("hampa-device", "ImRldmljZSI.aaaa")
        ask(forger, owner.phone, status=429)
        ask(page, owner.phone, status=303)


def test_unlock_lets_a_number_try_again(app: Flask, page: Page, owner: Person) -> None:
    db.session.add(NumberTries(phone=owner.phone, wrong_in_a_row=1000, waits_until=clock.now() + timedelta(days=1)))
    ask(page, owner.phone, status=429)
    run = app.test_cli_runner().invoke(args=["hampa", "unlock", "0912 111 0001"])
    assert (run.exit_code, run.output) == (0, "+989121110001 may try again.\n")
    ask(page, owner.phone, status=303)
    assert "had no wrong codes" in app.test_cli_runner().invoke(args=["hampa", "unlock", owner.phone]).output
    assert app.test_cli_runner().invoke(args=["hampa", "unlock", "12"]).exit_code == 1


def test_unlock_lets_a_known_device_try_again(app: Flask, page: Page, owner: Person) -> None:
    sign_in(page, owner.phone)
    page.post("/logout")
    for hours in (1, 2):
        with ahead(hours=hours):
            ask(page, owner.phone, status=303)
            for _ in range(5):
                answer(page, wrong(codes_sent(owner.phone)[-1]))
    app.test_cli_runner().invoke(args=["hampa", "unlock", owner.phone])
    with ahead(hours=2, minutes=2):
        ask(page, owner.phone, status=303)
