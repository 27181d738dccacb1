"""The name that somebody is found by."""

from __future__ import annotations

from datetime import timedelta
from threading import Event
from time import sleep

import pytest
from sqlalchemy import select

from hampa.people import privacy_registry
from hampa.people.actions import erase
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.profile.actions import choose_handle
from hampa.profile.jobs import delete_expired_handles
from hampa.profile.models import HANDLE_RESERVATION, FreedHandle
from tests.factories.people import make_person
from tests.factories.runs import make_run
from tests.races import at_once


def choose(browser, handle, status=303):
    return browser.get("/me/profile").form("/me/handle").fill(handle=handle).submit(status=status)


@pytest.mark.parametrize(("typed", "kept"), [("Sara_Runs", "sara_runs"), (" @sara۱۲ ", "sara12"), ("a_1", "a_1")])
def test_a_name_is_kept_in_small_letters(page, owner, typed, kept):
    choose(page.as_(owner), typed)
    db.session.refresh(owner)
    assert owner.handle == kept
    owner.profile_visibility = "everyone"
    for address in (f"/@{kept}", f"/@{kept.upper()}"):
        seen = page.get(address, 200)
        assert owner.name in seen.words
        assert [link.get("href", "").endswith(f"/@{kept}") for link in seen.all("link", rel="canonical")] == [True]
    by_id = page.get(f"/people/{owner.id}", 200)
    assert by_id.all("link", rel="canonical")[0].get("href", "").endswith(f"/@{kept}")


@pytest.mark.parametrize("typed", ["ab", "a" * 21, "سارا", "sa ra", "sara-k", "sara.k", "\u202esara", "../me"])
def test_what_is_no_name_is_refused_beside_the_field(page, owner, typed):
    answer = choose(page.as_(owner), typed, 422)
    assert answer.error_of("handle")
    db.session.refresh(owner)
    assert owner.handle is None


@pytest.mark.parametrize("typed", ["admin", "Root", "hampa", "hampa_team", "support", "ad_min", "_support_", "_hampa"])
def test_names_of_the_site_itself_are_kept(page, owner, typed):
    assert "kept for the site" in choose(page.as_(owner), typed, 422).error_of("handle")


def test_of_two_who_want_a_name_one_has_it_in_any_case(page, owner, stranger):
    choose(page.as_(owner), "sara")
    answer = choose(page.as_(stranger), "SARA", 422)
    assert "Somebody has this name" in answer.error_of("handle")


def test_a_name_that_was_given_up_rests_and_only_who_had_it_may_have_it_back(page, owner, stranger):
    choose(page.as_(owner), "sara")
    choose(page.as_(owner), "")
    assert "had it until lately" in choose(page.as_(stranger), "sara", 422).error_of("handle")
    db.session.refresh(stranger)
    assert stranger.handle is None
    choose(page.as_(owner), "Sara")
    choose(page.as_(owner), "sara_now")
    assert "kept for you for 30 days" in page.as_(owner).get("/me/profile", 200).words
    with clock.shifted(HANDLE_RESERVATION - timedelta(minutes=1)):
        choose(page.as_(stranger), "sara", 422)
    with clock.shifted(HANDLE_RESERVATION + timedelta(minutes=1)):
        choose(page.as_(stranger), "sara")
        assert choose(page.as_(owner), "sara", 422).error_of("handle")


def test_the_name_of_who_is_erased_rests_for_nobody(page, owner, stranger, work):
    owner.handle = "sara"
    privacy_registry.erase(owner)
    erase(owner)
    db.session.commit()
    [left] = db.session.scalars(select(FreedHandle))
    assert left.person_id is None and "sara" not in left.handle_hash
    assert choose(page.as_(stranger), "sara", 422).error_of("handle")
    with clock.shifted(HANDLE_RESERVATION + timedelta(minutes=1)):
        delete_expired_handles()
        assert db.session.scalar(select(FreedHandle)) is None
        choose(page.as_(stranger), "sara")


def test_nobody_sits_on_names_by_changing_theirs(page, owner, stranger):
    browser = page.as_(owner)
    for name in ("first", "second", "third", "fourth"):
        choose(browser, name)
    assert "often lately" in choose(browser, "fifth", 422).error_of("handle")
    choose(browser, "second")
    choose(browser, "")
    choose(page.as_(stranger), "fifth")


def test_who_takes_a_name_in_the_instant_it_is_given_up_does_not_get_it(real_database):
    holder, other = make_person(handle="sara").id, make_person().id
    db.session.commit()

    given_up = Event()

    def give_up():
        choose_handle(db.session.get_one(Person, holder), None)
        given_up.set()
        sleep(0.3)  # not committed yet: the other one waits for that

    def take():
        person = db.session.get_one(Person, other)
        given_up.wait(10)
        choose_handle(person, "sara")

    assert at_once(real_database, [give_up, take]) == ["done", "Refused"]
    db.session.expire_all()
    assert db.session.get_one(Person, other).handle is None


def test_of_many_who_ask_for_a_name_at_once_one_gets_it(real_database):
    ids = [make_person().id for _ in range(4)]
    db.session.commit()

    def ask(person_id):
        return lambda: choose_handle(db.session.get_one(Person, person_id), "first")

    ended = at_once(real_database, [ask(one) for one in ids])
    assert sorted(ended) == ["Refused", "Refused", "Refused", "done"]


def test_no_name_tells_nothing_of_who_is_not_shown(page, owner, stranger):
    owner.handle = "sara"
    browser = page.as_(stranger)
    there, nowhere = (browser.get(address, 404).words for address in ("/@sara", "/@nobody_here"))
    numbers = [words.split("Error 404 · ")[1].split()[0] for words in (there, nowhere)]
    assert there.replace(numbers[0], numbers[1]) == nowhere


def test_runs_are_found_by_the_handle_of_who_organises_them(page, owner, work):
    make_run(owner, title="Along the river")
    choose(page.as_(owner), "quince_runs")
    work()
    for asked in ("quince_runs", "@quince_runs", "QUINCE"):
        assert "Along the river" in page.get("/runs", 200, query_string={"q": asked}).words
    choose(page.as_(owner), "")
    work()
    assert "Along the river" not in page.get("/runs", 200, query_string={"q": "quince_runs"}).words
