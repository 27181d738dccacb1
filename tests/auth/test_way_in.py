"""From a phone number to a session."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from hampa.auth.actions import codes
from hampa.auth.models import Session, SignInCode
from hampa.outbox.models import OutboxMessage
from hampa.people import queries
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from tests.auth.signing_in import answer, ask, codes_sent, sign_in, wrong
from tests.html import without_tokens
from tests.page import Page

Statements = Callable[[], AbstractContextManager[list[str]]]

LATER = timedelta(minutes=3)


def test_a_new_person_types_a_number_and_a_code_in_persian_digits_and_is_in(page: Page, number: str) -> None:
    persian = page.speaking("fa")
    local = "۰" + number.removeprefix("+98").translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    form = persian.get("/login").form("/login").fill(phone=local)
    code_page = form.submit(status=303).follow()
    assert code_page.url == "/login/code"
    [code] = codes_sent(number)
    went_in = (
        code_page.form("/login/code").fill(code=code.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))).submit()
    )
    assert (went_in.status, went_in.location) == (303, "/welcome")
    person = queries.by_phone(number)
    assert person is not None
    assert (person.locale, person.calendar, person.timezone) == ("fa", "solar", "Asia/Tehran")
    assert person.last_sign_in_at is not None
    first_steps = went_in.follow().form("/welcome").fill(name="نگار", locale="fa", city="تهران")
    assert first_steps.submit(status=303).location == "/"
    db.session.refresh(person)
    assert (person.name, person.city) == ("نگار", "تهران")


def test_a_known_person_goes_where_they_were_going(page: Page, owner: Person) -> None:
    login = page.get("/me/profile", status=303).follow()
    assert login.url == "/login?next=/me/profile"
    login.form("/login").fill(phone=owner.phone).submit(status=303)
    assert answer(page, codes_sent(owner.phone)[0]).location == "/me/profile"
    assert page.get("/me/profile").status == 200


@pytest.mark.parametrize(
    "next", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/\t/evil.example"]
)
def test_nobody_is_sent_elsewhere(page: Page, owner: Person, next: str) -> None:
    ask(page, owner.phone, next=next, status=303)
    assert answer(page, codes_sent(owner.phone)[0]).location == "/"


def test_a_long_or_odd_next_does_no_harm(page: Page, owner: Person) -> None:
    ask(page, owner.phone, next="/runs?q=" + "ی" * 300, status=303)
    assert answer(page, codes_sent(owner.phone)[0]).location.startswith("/runs?q=")


@pytest.mark.parametrize(
    "typed",
    [
        "0912 345 6789",
        "+98 912 345 6789",
        "00989123456789",
        "۰۹۱۲۳۴۵۶۷۸۹",
        "٠٩١٢٣٤٥٦٧٨٩",
        "(0912) 345-6789",
        "9123456789",
        "\u200e+98 912 345 67 89\u200f",
    ],
)
def test_a_number_may_be_written_in_any_way(page: Page, typed: str) -> None:
    ask(page, typed, status=303)
    assert len(codes_sent("+989123456789")) == 1


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "abc",
        "123",
        "0" * 500,
        "+1 202 555 0143",  # another country
        "+44 7400 123456",
        "021 8888 8888",  # a landline
        "0909 000 0000",  # premium rate
        "+881 612 345 678",  # satellite
        "0912<script>",
        "%00",
        "۰۹۱۲\u202e۳۴۵",
    ],
)
def test_a_number_that_gets_no_code_is_refused_beside_the_field(page: Page, typed: str) -> None:
    refused = page.get("/login").form("/login").fill(phone=typed).submit(status=422)
    assert refused.error_of("phone")
    assert refused.one("input", name="phone").get("value", "") == typed
    assert db.session.scalar(select(func.count()).select_from(OutboxMessage)) == 0


def test_the_answer_is_the_same_whether_the_number_has_an_account_or_not(
    page: Page, owner: Person, number: str
) -> None:
    def look(phone: str) -> tuple[object, ...]:
        browser = Page(page.app)
        asked = ask(browser, phone)
        shown = asked.follow()
        text = without_tokens(shown.text).replace(phone[-10:-7], "").replace(phone[-7:-4], "").replace(phone[-4:], "")
        names = [sorted(set(a.response.headers.keys())) for a in (asked, shown)]
        return asked.status, asked.location, asked.text, shown.status, text, names

    with clock.frozen(clock.now()):  # the page counts down the seconds until another code can be asked for
        assert look("+989121110001") == look("+989121110777")
    assert owner.phone == "+989121110001"
    assert len(codes_sent("+989121110777")) == 1


def test_the_work_is_the_same_whether_the_number_has_an_account_or_not(
    page: Page, owner: Person, number: str, statements: Statements
) -> None:
    def work(phone: str) -> list[str]:
        browser = Page(page.app)
        with statements() as seen:
            ask(browser, phone, status=303)
        return seen

    assert work(owner.phone) == work(number)


def test_a_wrong_code_says_how_many_tries_are_left_and_the_fifth_ends_it(page: Page, owner: Person) -> None:
    ask(page, owner.phone)
    [code] = codes_sent(owner.phone)
    for left in ("4 tries", "3 tries", "2 tries", "1 try"):
        refused = answer(page, wrong(code), status=422)
        assert left in refused.error_of("code")
    assert answer(page, wrong(code)).location == "/login?reason=spent"
    assert "too many" in page.get("/login?reason=spent").words
    assert answer(page, code).location == "/login?reason=spent"


def test_what_is_no_code_at_all_costs_no_try(page: Page, owner: Person) -> None:
    ask(page, owner.phone)
    for typed in ("", "12345", "1234567", "abcdef", "۱۲۳", "9" * 5000):
        assert answer(page, typed, status=422).error_of("code")
    assert db.session.scalar(select(SignInCode.attempts)) == 0


def test_a_code_is_dead_after_five_minutes(page: Page, owner: Person) -> None:
    ask(page, owner.phone)
    with clock.shifted(timedelta(seconds=299)):
        assert page.get("/login/code").status == 200
    with clock.shifted(timedelta(seconds=301)):
        assert answer(page, codes_sent(owner.phone)[0]).location == "/login?reason=late"
        assert "too late" in page.get("/login?reason=late").words


def test_a_code_opens_once(page: Page, owner: Person) -> None:
    ask(page, owner.phone)
    with page.client.session_transaction() as cookie:
        pending = cookie["sign_in"]
    answer(page, codes_sent(owner.phone)[0], status=303)
    again = Page(page.app)
    with again.client.session_transaction() as cookie:
        cookie["sign_in"] = pending
    assert answer(again, codes_sent(owner.phone)[0]).location == "/login?reason=used"
    assert again.get("/me").status == 303


def test_a_code_opens_nothing_in_another_browser(page: Page, owner: Person) -> None:
    ask(page, owner.phone)
    other = Page(page.app)
    assert answer(other, codes_sent(owner.phone)[0]).location == "/login"
    with page.client.session_transaction() as cookie:
        code_id, _secret = cookie["sign_in"]
    with other.client.session_transaction() as cookie:
        cookie["sign_in"] = [code_id, "guessed"]
    assert answer(other, codes_sent(owner.phone)[0]).location == "/login"
    assert db.session.scalar(select(func.count()).select_from(Session)) == 0


def test_a_code_opens_nothing_for_another_number(
    page: Page, owner: Person, companion: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codes, "generate_code", iter(["271828", "314159"]).__next__)
    ask(page, companion.phone)
    ask(page, owner.phone)
    assert (codes_sent(companion.phone), codes_sent(owner.phone)) == (["271828"], ["314159"])
    assert answer(page, "271828").status == 422


def test_a_code_opens_nothing_after_a_newer_one_of_its_browser(page: Page, owner: Person) -> None:
    ask(page, owner.phone)
    with page.client.session_transaction() as cookie:
        older = cookie["sign_in"]
    with clock.shifted(LATER):
        ask(page, owner.phone, status=303)
        old, new = codes_sent(owner.phone)
        other = Page(page.app)
        with other.client.session_transaction() as cookie:
            cookie["sign_in"] = older
        assert answer(other, old).location == "/login?reason=newer"
        assert answer(page, new).location == "/"


def test_a_code_that_somebody_else_asks_for_does_not_end_mine(page: Page, owner: Person) -> None:
    """Nor does it open anything here; after five minutes both are void."""
    ask(page, owner.phone)
    other = Page(page.app)
    ask(other, owner.phone, status=303, environ_base={"REMOTE_ADDR": "203.0.113.9"})
    mine, others = codes_sent(owner.phone)
    answer(page, others if others != mine else wrong(mine), status=422)
    assert answer(page, mine).location == "/"
    with clock.shifted(timedelta(minutes=6)):
        assert answer(other, others).location == "/login?reason=late"


def test_another_code_can_be_asked_for_on_the_page(page: Page, owner: Person) -> None:
    ask(page, owner.phone, next="/runs")
    with clock.shifted(LATER):
        page.get("/login/code").form("/login/code/resend").submit(status=303)
        assert answer(page, codes_sent(owner.phone)[-1]).location == "/runs"


def test_the_number_can_be_mended(page: Page, owner: Person) -> None:
    ask(page, owner.phone, next="/runs")
    back = next(link for link in page.get("/login/code").links if link.startswith("/login?"))
    form = page.get(back).form("/login")
    assert form.values["phone"] == "0912 111 0001"
    assert form.values["next"] == "/runs"


def test_without_a_pending_code_there_is_no_code_page(page: Page) -> None:
    assert page.get("/login/code", status=303).location == "/login"
    assert answer(page, "123456").location == "/login"
    assert page.post("/login/code/resend").location == "/login"


def test_who_is_signed_in_goes_on(page: Page, owner: Person) -> None:
    inside = page.as_(owner)
    assert inside.get("/login?next=/runs", status=303).location == "/runs"
    assert ask(inside, owner.phone, next="/cards").location == "/cards"
    assert inside.get("/login/code", status=303).location == "/"
    assert answer(inside, "123456").location == "/"
    assert inside.post("/login/code/resend").location == "/login"


def test_htmx_gets_the_form_with_its_error_and_is_sent_on(page: Page, owner: Person) -> None:
    refused = page.get("/login").form("/login").fill(phone="123").submit(htmx=True, status=422)
    assert refused.error_of("phone")
    assert "<html" not in refused.text
    asked = page.get("/login").form("/login").fill(phone=owner.phone).submit(htmx=True, status=200)
    assert asked.location == "/login/code"
    form = page.get("/login/code").form("/login/code").fill(code=wrong(codes_sent(owner.phone)[0]))
    assert "4 tries" in form.submit(htmx=True, status=422).error_of("code")
    page.htmx.get("/login")
    page.htmx.get("/login/code")


def test_the_cookie_is_new_after_signing_in_and_holds_nothing_but_the_token(page: Page, owner: Person) -> None:
    ask(page, owner.phone)
    with page.client.session_transaction() as cookie:
        before = dict(cookie)
    answer(page, codes_sent(owner.phone)[0])
    with page.client.session_transaction() as cookie:
        assert set(cookie) == {"_user_id", "_fresh", "_permanent"}
        token = cookie["_user_id"]
    assert before["csrf_token"]
    stored = db.session.scalars(select(Session.token_hash)).one()
    assert token not in stored


def test_what_is_stored_signs_nobody_in(page: Page, owner: Person) -> None:
    ask(page, owner.phone)
    [code] = codes_sent(owner.phone)
    row = db.session.scalars(select(SignInCode)).one()
    message = db.session.scalars(select(OutboxMessage)).one()
    assert code not in f"{row.code_hash} {message.data} {message.secret!r}"
    sign_in(Page(page.app), "+989121234567")
    for stored in db.session.scalars(select(Session.token_hash)):
        thief = Page(page.app)
        with thief.client.session_transaction() as cookie:
            cookie["_user_id"] = stored
        assert thief.get("/me").status == 303


def test_the_code_goes_ahead_of_everything_and_dies_with_the_row(page: Page, owner: Person) -> None:
    ask(page, owner.phone)
    message = db.session.scalars(select(OutboxMessage)).one()
    row = db.session.scalars(select(SignInCode)).one()
    assert (message.priority, message.expires_at) == (0, row.expires_at)


def test_the_code_is_in_no_log(
    page: Page, owner: Person, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level("DEBUG"):
        ask(page, owner.phone)
        [code] = codes_sent(owner.phone)
        answer(page, wrong(code))
        answer(page, code)
    out, err = capfd.readouterr()
    assert code not in caplog.text + out + err


@pytest.mark.parametrize("state", ["suspended", "banned"])
def test_who_is_shut_out_does_not_come_in(page: Page, owner: Person, state: str) -> None:
    owner.state = state
    ask(page, owner.phone, status=303)
    came = answer(page, codes_sent(owner.phone)[0])
    assert came.location.startswith("/login/appeal/")
    assert "have suspended your account" in came.follow().words
    assert "suspended" in page.get("/login?reason=shut_out").words
    assert page.get("/me").status == 303


def test_first_steps_are_asked_for_until_there_is_a_name_but_stand_in_nobodys_way(page: Page, number: str) -> None:
    ask(page, number, next="/me/profile")
    assert answer(page, codes_sent(number)[0]).location == "/welcome?next=/me/profile"
    assert page.get("/me").status == 200
    page.post("/logout", status=303)
    with clock.shifted(LATER):
        ask(page, number)
        went_in = answer(page, codes_sent(number)[-1])
        assert went_in.location == "/welcome"
        refused = went_in.follow().form("/welcome").fill(name=" ", city="Shiraz").submit(status=422)
        assert refused.error_of("name")
        assert refused.one("input", name="city").get("value") == "Shiraz"


def test_first_steps_change_the_language_and_with_it_the_calendar(page: Page, number: str) -> None:
    sign_in(page, number)
    form = page.get("/welcome?next=/me/profile").form("/welcome").fill(name="Sara", locale="fa", city="")
    assert form.submit(status=303).location == "/me/profile"
    person = queries.by_phone(number)
    assert person is not None
    assert (person.locale, person.calendar, person.city) == ("fa", "solar", "")


def test_first_steps_refuse_what_nobody_is_called(page: Page, owner: Person) -> None:
    inside = page.as_(owner)
    for name in ("", "x" * 61, "a\u202eb"):
        assert inside.post("/welcome", {"name": name, "locale": "en"}, status=422).error_of("name")
    assert inside.post("/welcome", {"name": "Sara", "locale": "xx"}, status=422).status == 422
    assert page.get("/welcome", status=303).location == "/login?next=/welcome"


def test_the_browsers_time_zone_is_the_new_persons(page: Page, number: str) -> None:
    ask(page, number)
    page.post("/login/code", {"code": codes_sent(number)[0], "timezone": "Europe/Berlin"}, status=303)
    person = queries.by_phone(number)
    assert person is not None and person.timezone == "Europe/Berlin"


def test_a_made_up_time_zone_is_left_out(page: Page, number: str) -> None:
    ask(page, number)
    page.post("/login/code", {"code": codes_sent(number)[0], "timezone": "../../etc/passwd"}, status=303)
    person = queries.by_phone(number)
    assert person is not None and person.timezone == "Asia/Tehran"
