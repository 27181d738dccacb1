"""Another phone number: shown to be one's own on both ends, told to the old one, and nobody learns whose numbers there are."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from hampa.account.actions import account_deletion, phone as actions
from hampa.account.models import PhoneChange
from hampa.auth.actions.theft import tables_of_ways
from hampa.auth.models import Device, Session
from hampa.calendars.actions import open_feed
from hampa.notifications.models import Notification
from hampa.outbox.actions.writing import send_sms
from hampa.outbox.models import OutboxMessage
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.security import signed_links
from tests.account.full_person import make_full_person
from tests.auth.signing_in import codes_sent, sign_in, wrong
from tests.factories.account import make_change
from tests.factories.auth import make_session
from tests.factories.base import made
from tests.factories.people import make_person, phone

OLD_TOO = "+989121119993"
OLD = "+989121110001"


def without_tokens(page):
    return re.sub(r'name="csrf_token"[^>]*>', "", page.text)


@pytest.fixture
def new() -> str:
    return phone()


@pytest.fixture
def mine(page, owner):
    """Return the owner's browser, just signed in."""
    return page.as_(owner)


def ask(browser, number):
    return browser.post("/me/phone", {"phone": number}, status=303)


def change(browser, number):
    """Through all the steps to another number."""
    ask(browser, number)
    code = codes_sent(number, "new_phone")[-1]
    return browser.get("/me/phone", 200).form("/me/phone/code").fill(code=code).submit(status=303)


def test_the_number_changes_and_signs_in(page, mine, owner, new):
    change(mine, new)
    db.session.refresh(owner)
    assert owner.phone == new
    mine.get("/me", 200)
    assert sign_in(page.as_(None), new).location == "/"
    assert db.session.scalar(select(Session.person_id).order_by(Session.created_at.desc()).limit(1)) == owner.id


def test_who_signed_in_a_while_ago_shows_the_present_number_first(mine, owner, new):
    with clock.frozen(clock.now() + timedelta(minutes=6)):
        assert mine.post("/me/phone", {"phone": new}, status=303).location == "/me/phone"
        assert codes_sent(new, "new_phone") == []
        mine.get("/me/phone", 200).form("/me/phone/proof/code").submit(status=303)
        code = codes_sent(owner.phone, "prove")[-1]
        proof = mine.get("/me/phone", 200).form("/me/phone/proof")
        proof.fill(code=wrong(code)).submit(status=422)
        proof.fill(code=code).submit(status=303)
        change(mine, new)
    db.session.refresh(owner)
    assert owner.phone == new


def test_a_proof_that_is_too_old_does_not_change_the_number(mine, owner, new):
    ask(mine, new)
    code = codes_sent(new, "new_phone")[-1]
    owner_session = select(Session).where(Session.person_id == owner.id).order_by(Session.created_at.desc())
    db.session.scalars(owner_session).first().proved_at -= timedelta(minutes=10)
    assert mine.post("/me/phone/code", {"code": code}, status=303).location == "/me/phone"
    again = mine.get("/me/phone", 200)
    assert "Confirm once more" in again.words
    assert again.form("/me/phone/proof/code")
    db.session.refresh(owner)
    assert owner.phone == OLD


def test_who_waits_for_the_second_code_need_not_prove_the_first_again(mine, owner, new):
    with clock.frozen(clock.now() + timedelta(minutes=4)):
        ask(mine, new)
    code = codes_sent(new, "new_phone")[-1]
    with clock.frozen(clock.now() + timedelta(minutes=8)):
        mine.get("/me/phone", 200).form("/me/phone/code").fill(code=code).submit(status=303)
    db.session.refresh(owner)
    assert owner.phone == new


def test_a_code_that_does_not_come_is_sent_once_more_without_typing_the_number_again(mine, new):
    ask(mine, new)
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        page = mine.get("/me/phone", 200)
        again = next(one for one in page.forms if one.action == "/me/phone")
        again.submit(status=303)
    assert len(codes_sent(new, "new_phone")) == 2


def test_all_other_sessions_end_and_other_browsers_are_strangers(mine, owner, new):
    elsewhere = make_session(owner)
    made(Device, person_id=owner.id, token_hash="elsewhere", last_sign_in_at=clock.now())
    change(mine, new)
    db.session.refresh(elsewhere)
    assert elsewhere.ended_at is not None
    assert db.session.scalar(select(func.count()).where(Device.token_hash == "elsewhere")) == 0
    mine.get("/me", 200)


def test_the_old_number_is_told_and_can_take_it_back(page, mine, owner, new, work):
    change(mine, new)
    work()
    told = db.session.scalars(select(OutboxMessage).where(OutboxMessage.purpose == "phone_changed")).one()
    assert (told.recipient, told.status) == (OLD, "sent")
    visitor = page.as_(None)
    token = signed_links.make_token("p", told.data["link"], OLD)
    words = visitor.get(f"/phone/{token}", 200)
    assert owner.name not in words.text
    assert new not in words.text
    visitor.get(f"/phone/{token}", 200).form(f"/phone/{token}").submit(status=303)
    db.session.refresh(owner)
    assert owner.phone == OLD
    mine.get("/me", 303)
    assert "It is taken back" in visitor.get(f"/phone/{token}", 410).words


def test_all_that_was_let_in_meanwhile_ends(page):
    """Whoever had the account may have set a password, added keys, accounts and devices, or sent things elsewhere."""
    owner = make_full_person().person
    owner.email, owner.email_verified_at = "thief@mail.example", clock.now()
    change = make_change(owner, old_phone=OLD)
    db.session.commit()
    before = {name for name in sorted(tables_of_ways()) if living(name, owner.id)}
    assert before >= {"passwords", "passkeys", "openid_accounts", "personal_tokens", "sessions", "webhooks"}, before
    token = signed_links.make_token("p", change.id, OLD)
    assert "Passwords, passkeys" in page.get(f"/phone/{token}", 200).words
    page.get(f"/phone/{token}", 200).form(f"/phone/{token}").submit(status=303)
    db.session.expire_all()
    assert {name for name in sorted(tables_of_ways()) if living(name, owner.id)} == set()
    assert (owner.phone, owner.email, owner.email_verified_at) == (OLD, None, None)


def test_an_address_that_was_confirmed_long_before_stays(page, owner):
    owner.email, owner.email_verified_at = "sara@mail.example", clock.now() - timedelta(days=2)
    change = make_change(owner, old_phone=OLD_TOO)
    token = signed_links.make_token("p", change.id, OLD_TOO)
    page.get(f"/phone/{token}", 200).form(f"/phone/{token}").submit(status=303)
    db.session.refresh(owner)
    assert (owner.phone, owner.email) == (OLD_TOO, "sara@mail.example")


def living(name, person_id):
    """Return how many rows of a table let somebody in to the person's account, or tell them of it."""
    table = db.metadata.tables[name]
    ended = [table.c[column].is_(None) for column in ("ended_at",) if column in table.c]
    return db.session.scalar(select(func.count()).select_from(table).where(table.c.person_id == person_id, *ended))


def test_a_change_can_be_taken_back_for_three_days(page, owner):
    made_change = make_change(owner, old_phone="+989121119992")
    token = signed_links.make_token("p", made_change.id, "+989121119992")
    with clock.frozen(clock.now() + timedelta(days=3, minutes=1)):
        page.get(f"/phone/{token}", 410)
    page.get(f"/phone/{signed_links.make_token('p', made_change.id, owner.phone)}", 404)
    page.get(f"/phone/{signed_links.make_token('s', made_change.id, '+989121119992')}", 404)


def test_an_old_number_with_an_account_by_now_is_not_taken_back(page, owner):
    made_change = make_change(owner, old_phone="+989121119992")
    make_person(phone="+989121119992")
    token = signed_links.make_token("p", made_change.id, "+989121119992")
    form = page.get(f"/phone/{token}", 200).form(f"/phone/{token}")
    assert "has another account by now" in form.submit(status=422).words


def test_the_person_hears_of_it_in_the_app(mine, owner, new):
    change(mine, new)
    told = db.session.scalars(select(Notification).where(Notification.person_id == owner.id)).one()
    assert told.type == "phone_changed"
    assert "another number" in mine.get("/notifications", 200).words


def test_links_sent_to_the_old_number_die(page, setting, new):
    going = setting.address("/go/<token>")
    page.get(going, 200)
    actions.change_phone(setting.companion, new)
    page.get(going, 404)


def test_what_waits_goes_to_the_new_number(owner, new):
    for purpose, priority in (("run_changed", "normal"), ("sign_in_code", "code")):
        send_sms(
            owner.phone, "t.txt", {}, purpose=purpose, key=purpose, locale="en", person_id=owner.id, priority=priority
        )
    actions.change_phone(owner, new)
    where = dict(db.session.execute(select(OutboxMessage.purpose, OutboxMessage.recipient)).all())
    assert where == {"run_changed": new, "sign_in_code": OLD, "phone_changed": OLD}


def test_a_number_in_use_answers_as_any_other_and_its_holder_is_told(page, owner, stranger, new, work):
    free, taken = page.as_(owner), page.as_(owner)
    ask(free, new)
    ask(taken, stranger.phone)
    seen = [without_tokens(browser.get("/me/phone", 200)) for browser in (free, taken)]
    assert seen[0].count("0912") == seen[1].count("0912")
    work()
    texts = select(OutboxMessage.template).where(OutboxMessage.recipient == stranger.phone)
    assert db.session.scalars(texts).all() == ["auth/sms/number_taken.txt"]
    statuses = [browser.post("/me/phone/code", {"code": "000000"}).status for browser in (free, taken)]
    assert statuses == [422, 422]
    db.session.refresh(owner)
    assert owner.phone == OLD


def test_a_number_taken_meanwhile_is_refused(mine, owner, new):
    ask(mine, new)
    make_person(phone=new)
    code = codes_sent(new, "new_phone")[-1]
    answered = mine.get("/me/phone", 200).form("/me/phone/code").fill(code=code).submit(status=409)
    assert "has an account already" in answered.words
    db.session.refresh(owner)
    assert owner.phone == OLD


def test_ones_own_number_is_no_new_one(mine, owner):
    assert "your number already" in mine.post("/me/phone", {"phone": owner.phone}, status=422).words


def test_the_limits_are_those_of_signing_in(mine, new):
    ask(mine, new)
    mine.post("/me/phone", {"phone": new}, status=429)


def test_old_numbers_are_forgotten_when_nobody_can_take_them_back(owner):
    make_change(owner, created_at=clock.now() - timedelta(days=3, minutes=1))
    actions.delete_old_changes()
    assert db.session.scalar(select(func.count()).select_from(PhoneChange)) == 0


def test_an_operator_moves_an_account_from_the_shell(app, owner, new):
    runner = app.test_cli_runner()
    assert "was told" in runner.invoke(args=["hampa", "change-phone", OLD, new]).output
    assert "has no account" in runner.invoke(args=["hampa", "change-phone", "+989121110099", new]).output
    db.session.expire_all()
    assert db.session.get_one(Person, owner.id).phone == new


def test_a_thief_who_changes_the_number_twice_keeps_nothing(page, mine, owner, new):
    further = phone()
    actions.change_phone(owner, new)
    actions.change_phone(owner, further)
    feed = open_feed(owner)
    first, second = db.session.scalars(select(PhoneChange).order_by(PhoneChange.created_at, PhoneChange.id)).all()
    token = signed_links.make_token("p", first.id, OLD)
    page.as_(None).get(f"/phone/{token}", 200).form(f"/phone/{token}").submit(status=303)
    db.session.refresh(owner)
    assert owner.phone == OLD
    mine.get("/me", 303)
    page.as_(None).get(f"/runs.ics?token={feed}", 404)
    page.as_(None).get(f"/phone/{signed_links.make_token('p', second.id, new)}", 410)


def test_a_thief_who_leaves_takes_the_account_along_to_nowhere(page, owner, new):
    name = owner.name
    change_of_thief = actions.change_phone(owner, new)
    account_deletion.request_deletion(owner, {})
    token = signed_links.make_token("p", change_of_thief.id, OLD)
    page.as_(None).get(f"/phone/{token}", 200).form(f"/phone/{token}").submit(status=303)
    db.session.refresh(owner)
    assert (owner.phone, owner.state, owner.name) == (OLD, "active", name)
