"""An address is asked for, verified by a link, and belongs to one person."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from hampa.auth.models import Session
from hampa.outbox.models import OutboxMessage
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.delivery import console
from hampa.profile.actions import verify_email
from hampa.profile.models import EmailVerification
from tests.factories.people import make_person
from tests.factories.profiles import make_email_link
from tests.races import at_once


def ask(browser, address="sara@example.org", status=303):
    return browser.get("/me/profile").form("/me/email").fill(email=address).submit(status=status)


def link_to(address):
    return re.search(r"/me/email/\S+", console.deliveries(address)[0].text)[0]


def test_an_address_is_used_once_its_link_was_followed(page, owner, work):
    browser = page.as_(owner)
    ask(browser, "Sara@EXAMPLE.org")
    work()
    assert "We sent a link to Sara@example.org" in browser.get("/me/profile").words
    db.session.refresh(owner)
    assert owner.email is None, "nothing is used before"
    (mail,) = console.deliveries("Sara@example.org")
    assert mail.kind == "mail" and mail.text.startswith("Is this your address?\n\n")
    link = link_to("Sara@example.org")
    seen = browser.get(link, 200)
    db.session.refresh(owner)
    assert owner.email is None, "programs for mail look at links"
    seen.form(link).submit(status=303)
    db.session.refresh(owner)
    assert (owner.email, owner.email_verified_at is not None) == ("Sara@example.org", True)
    assert "has an email address now" in browser.get("/notifications").words
    assert "yours already" in browser.get(link, 303).follow().words, "a second look is no error"
    browser.post(link, status=303)
    browser.get("/me/profile").form("/me/email/delete").submit(status=303)
    browser.post(link, status=410)


def test_a_link_that_does_nothing_says_so_before_it_is_used_and_leads_on(page, owner):
    make_email_link(owner, "old@example.org", "one", created_at=clock.now() - timedelta(minutes=5))
    make_email_link(owner, "new@example.org", "two")
    seen = page.as_(owner).get("/me/email/one", 410)
    assert "A newer link was sent" in seen.words and "/me/email" in seen.links
    with clock.frozen(clock.now() + timedelta(hours=24, seconds=1)):
        assert "too old" in page.as_(owner).get("/me/email/two", 410).words


def test_a_mistyped_address_that_waits_is_dropped_and_the_one_in_use_stays(page, owner):
    owner.email, owner.email_verified_at = "sara@example.org", clock.now()
    browser = page.as_(owner)
    ask(browser, "zara@example.org")
    drop = next(form for form in browser.get("/me/profile").forms if form.values.get("what") == "link")
    drop.submit(status=303)
    words = browser.get("/me/profile").words
    assert "We sent a link" not in words and "In use: sara@example.org" in words


def test_a_link_is_in_the_language_of_the_person(page, owner, work):
    owner.locale = "fa"
    ask(page.as_(owner))
    work()
    assert console.deliveries("sara@example.org")[0].text.startswith("این نشانی مال توست؟")


def test_nobody_writes_to_strangers_by_their_name(page, owner, work):
    owner.name = "You won, see evil.example"
    ask(page.as_(owner))
    work()
    assert "evil" not in console.deliveries("sara@example.org")[0].text


def test_the_token_is_nowhere_in_the_database(page, owner, work):
    ask(page.as_(owner))
    message = db.session.query(OutboxMessage).filter_by(kind="mail").one()
    assert message.secret and "token" not in str(message.data)
    work()
    db.session.refresh(message)
    assert message.secret is None


def test_a_link_works_for_a_day_for_its_person_and_only_the_newest(page, owner, stranger):
    make_email_link(owner, "old@example.org", "one", created_at=clock.now() - timedelta(minutes=5))
    make_email_link(owner, "new@example.org", "two")
    page.as_(stranger).get("/me/email/two", 404)
    page.as_(stranger).post("/me/email/two", status=404)
    page.post("/me/email/two", status=303)
    page.as_(owner).post("/me/email/one", status=410)
    with clock.frozen(clock.now() + timedelta(hours=24, seconds=1)):
        page.as_(owner).post("/me/email/two", status=410)
    page.as_(owner).post("/me/email/two", status=303)


def test_three_links_an_hour(page, owner):
    browser = page.as_(owner)
    for number in range(3):
        ask(browser, f"sara{number}@example.org")
    answer = ask(browser, "sara9@example.org", 429)
    assert answer.error_of("email") and int(answer.response.headers["Retry-After"]) > 3000
    with clock.frozen(clock.now() + timedelta(minutes=61)):
        ask(browser, "sara9@example.org")


def test_nobody_is_flooded_by_several_people(page, work):
    for _ in range(5):
        ask(page.as_(make_person()), "target@example.org")
    work()
    assert len(console.deliveries("target@example.org")) == 3


def test_asking_tells_nothing_of_whose_an_address_is(page, owner, stranger):
    stranger.email, stranger.email_verified_at = "mina@example.org", clock.now()
    ask(page.as_(owner), "nobody@example.org")
    told = [
        ask(page.as_(make_person()), address).follow().words for address in ("mina@example.org", "free@example.org")
    ]
    assert told[0].replace("mina", "free") == told[1]


def test_an_address_belongs_to_one_person_in_any_case(page, owner, stranger):
    stranger.email, stranger.email_verified_at = "mina@example.org", clock.now()
    make_email_link(owner, "MINA@example.org", "mine")
    answer = page.as_(owner).post("/me/email/mine", status=409)
    assert "EMAIL_ALREADY_EXISTS" in answer.words
    db.session.refresh(owner)
    assert owner.email is None


def test_of_two_who_follow_their_links_at_once_one_has_the_address(real_database):
    people = [make_person() for _ in range(2)]
    for number, person in enumerate(people):
        make_email_link(person, "both@example.org", f"token-{number}")
    ids = [person.id for person in people]
    db.session.commit()

    def follow(number):
        return lambda: verify_email(db.session.get_one(Person, ids[number]), f"token-{number}")

    assert sorted(at_once(real_database, [follow(0), follow(1)])) == ["EmailTaken", "done"]


def test_whoever_had_the_account_s_mail_is_told_when_it_goes(page, owner, work):
    owner.email, owner.email_verified_at = "old@example.org", clock.now()
    make_email_link(owner, "new@example.org", "new")
    page.as_(owner).post("/me/email/new", status=303)
    page.as_(owner).get("/me/profile").form("/me/email/delete").submit(status=303)
    work()
    assert [len(console.deliveries(to)) for to in ("old@example.org", "new@example.org")] == [1, 1]
    db.session.refresh(owner)
    assert (owner.email, owner.email_verified_at) == (None, None)


def test_after_removing_a_link_that_waits_does_nothing(page, owner):
    make_email_link(owner, "a@example.org", "waits")
    page.as_(owner).post("/me/email/delete", status=303)
    page.as_(owner).post("/me/email/waits", status=410)


@pytest.mark.parametrize(
    "typed",
    [
        "sara",
        "sara@",
        "@example.org",
        "sara@example",
        "sara@exam ple.org",
        "sara@example.org,b@example.org",
        "a@b@example.org",
        "sara@example.org\r\nBcc: b@example.org",
        '"sara k"@example.org',
        "sara@-example.org",
        "sara@127.0.0.1",
        "a" * 65 + "@example.org",
        "a@" + "b" * 64 + ".org",
        "<sara@example.org>",
    ],
)
def test_what_is_no_address_is_refused_beside_the_field(page, owner, typed):
    answer = page.as_(owner).post("/me/email", {"email": typed}, 422)
    assert answer.error_of("email")
    assert db.session.query(OutboxMessage).filter_by(kind="mail").count() == 0


def test_an_address_is_another_way_in_and_needs_a_fresh_proof(page, owner, program):
    mine, theirs = page.as_(owner), program.as_(owner)
    db.session.execute(update(Session).values(proved_at=clock.now() - timedelta(days=3)))
    assert ask(mine).location == "/me/proof?next=/me/email"
    theirs.post("/me/email/verification", {"email": "thief@mail.example"}, 403)
    assert not db.session.scalars(select(EmailVerification)).all()


def test_what_was_typed_comes_back_after_the_proof_to_its_person_alone(page, owner, stranger):
    browser = page.as_(owner)
    db.session.execute(update(Session).values(proved_at=clock.now() - timedelta(hours=1)))
    db.session.commit()
    asked = browser.get("/me/profile").form("/me/email").fill(email="sara@new.example").submit(status=303)
    assert "/me/proof" in asked.location
    with browser.client.session_transaction() as cookie:
        kept = cookie["typed_email"]
    assert 'value="sara@new.example"' in browser.get("/me/email").follow().text
    assert "sara@new.example" not in browser.get("/me/profile").text
    other = page.as_(stranger)
    with other.client.session_transaction() as cookie:
        cookie["typed_email"] = kept
    assert "sara@new.example" not in other.get("/me/profile").text
