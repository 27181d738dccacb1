"""Companions are asked along to a run: by whom, once, and without telling anybody what is not theirs to know."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import unquote

import pytest
from sqlalchemy import select

from hampa.blocks.actions import block
from hampa.invites import actions
from hampa.invites.models import RunInvite
from hampa.notifications.models import Notification
from hampa.people.models import Block
from hampa.people.privacy_registry import erase
from hampa.platform import clock
from hampa.platform.db import db
from tests.factories.base import made
from tests.factories.cards import make_companions
from tests.factories.people import make_person
from tests.factories.runs import make_run, take_part


@pytest.fixture
def goer(db_session):
    return make_person(name="Nima")


@pytest.fixture
def friend(goer):
    friend = make_person(name="Laleh")
    make_companions(goer, friend)
    return friend


@pytest.fixture
def run(owner, goer):
    run = make_run(owner, title="Dawn loop")
    take_part(run, goer)
    return run


def ask(page, person, run, other, status=303):
    return page.as_(person).post(f"/runs/{run.id}/invite", {"person_id": str(other.id)}, status)


def notices(person):
    db.session.expire_all()
    rows = select(Notification).where(Notification.person_id == person.id, Notification.type == "run_invite")
    return db.session.scalars(rows).all()


def in_joy(page, person, run):
    """Return the links of what is said right after a person has joined."""
    done = page.as_(person).post(f"/runs/{run.id}/join", {"status": "GOING"}, 303).follow()
    return [link.attrib["href"] for link in done.one("section", id="joined").iter("a")]


def test_who_has_just_joined_is_asked_about_companions_if_there_are_any(page, owner, goer, friend):
    run = make_run(owner)
    assert f"/runs/{run.id}/invite" in in_joy(page, goer, run)
    block(friend, goer.id)
    db.session.commit()
    other = make_run(owner)
    assert f"/runs/{other.id}/invite" not in in_joy(page, goer, other)


def test_who_has_no_companion_is_given_the_link_first(page, owner, run, goer):
    browser = page.as_(goer)
    assert "Invite somebody" in browser.get(f"/runs/{run.id}", 200).words
    other = make_run(owner)
    assert f"/runs/{other.id}/invite" not in in_joy(page, goer, other)
    headings = ["".join(one.itertext()) for one in browser.get(f"/runs/{run.id}/invite", 200).one("main").iter("h2")]
    assert headings[0] == "Send the link"


def test_who_goes_asks_a_companion_who_comes(page, run, goer, friend):
    browser, theirs = page.as_(goer), page.as_(friend)
    assert f"/runs/{run.id}/invite" in browser.get(f"/runs/{run.id}", 200).links
    listed = browser.get(f"/runs/{run.id}/invite", 200)
    assert "Laleh" in listed.words
    asked = listed.form(f"/runs/{run.id}/invite").submit(status=303).follow()
    assert "Asked" in asked.words
    assert not [form for form in asked.forms if form.action.endswith("/invite")]
    [notice] = notices(friend)
    assert "Nima invites you along: Dawn loop" in theirs.get("/notifications").words
    answer = theirs.get(theirs.get(f"/notifications/{notice.id}", 303).location, 200)
    assert "Nima invites you along" in answer.words
    assert f"/runs/{run.id}" in answer.links
    theirs.post(f"/runs/{run.id}/join", {"status": "GOING"}, 303)
    assert theirs.get(f"/runs/{run.id}/asked", 303).location == f"/runs/{run.id}"
    assert "Going" in browser.get(f"/runs/{run.id}/invite").words


def test_the_page_of_the_run_says_who_asks_until_it_is_answered(page, run, goer, friend, stranger, owner):
    ask(page, goer, run, friend)
    theirs = page.as_(friend)
    shown = theirs.get(f"/runs/{run.id}", 200)
    assert "Nima invites you along" in shown.words
    for browser in (page, page.as_(stranger), page.as_(goer), page.as_(owner)):
        assert "invites you along" not in browser.get(f"/runs/{run.id}", 200).words
    shown.form(f"/runs/{run.id}/asked").submit(status=303)
    assert "invites you along" not in theirs.get(f"/runs/{run.id}", 200).words


def test_the_page_of_the_run_does_not_say_who_asked_once_joined_or_hidden(page, run, goer, friend):
    ask(page, goer, run, friend)
    block(friend, goer.id)
    assert "invites you along" not in page.as_(friend).get(f"/runs/{run.id}", 200).words


def test_who_has_joined_is_not_asked_along_on_the_page_any_more(page, run, goer, friend):
    ask(page, goer, run, friend)
    take_part(run, friend)
    assert "invites you along" not in page.as_(friend).get(f"/runs/{run.id}", 200).words


def test_a_no_is_told_to_nobody_and_they_are_not_asked_again(page, run, goer, friend, owner):
    ask(page, goer, run, friend)
    before = len(db.session.scalars(select(Notification)).all())
    theirs = page.as_(friend)
    theirs.get(f"/runs/{run.id}/asked", 200).form(f"/runs/{run.id}/asked").submit(status=303)
    assert len(db.session.scalars(select(Notification)).all()) == before
    assert notices(friend)[0].read_at is not None
    assert theirs.get(f"/runs/{run.id}/asked", 303).location == f"/runs/{run.id}"
    assert "Asked" in page.as_(goer).get(f"/runs/{run.id}/invite").words
    make_companions(owner, friend)
    for person in (goer, owner):
        ask(page, person, run, friend)
    assert len(notices(friend)) == 1


def test_those_alone_who_go_or_organise_ask_and_their_companions_alone(page, run, goer, friend, owner, stranger):
    maybe = make_person()
    take_part(run, maybe, "INTERESTED")
    make_companions(maybe, friend)
    for person in (stranger, maybe):
        page.as_(person).get(f"/runs/{run.id}/invite", 403)
        ask(page, person, run, friend, 403)
        assert f"/runs/{run.id}/invite" not in page.as_(person).get(f"/runs/{run.id}").links
    page.get(f"/runs/{run.id}/invite", 303)
    assert f"/runs/{run.id}/invite" not in page.get(f"/runs/{run.id}").links
    for other in (stranger, goer, maybe):
        ask(page, goer, run, other, 404)
    page.as_(goer).post(f"/runs/{run.id}/invite", {"person_id": "nobody"}, 404)
    ask(page, owner, run, friend, 404)
    assert "No companions yet" in page.as_(owner).get(f"/runs/{run.id}/invite", 200).words
    assert not db.session.scalars(select(RunInvite)).all()


def test_who_comes_already_or_may_not_see_the_run_is_told_nothing(page, run, goer, friend, owner):
    hidden = make_person(name="Golnar")
    make_companions(goer, hidden)
    made(Block, blocker_id=hidden.id, blocked_id=owner.id)
    take_part(run, friend, "WAITLISTED")
    for other in (hidden, friend):
        assert "Asked." in ask(page, goer, run, other).follow().words
        assert not notices(other)


def test_nobody_is_told_of_a_run_that_they_cant_join(page, run, goer, friend):
    man, unknown = make_person(gender="male"), make_person(gender=None)
    for other in (man, unknown):
        make_companions(goer, other)
    take_part(run, friend, "LEFT", declined_at=clock.now())
    run.company = "women"
    db.session.commit()
    for other in (man, friend, unknown):
        assert "Asked." in ask(page, goer, run, other).follow().words
    assert [len(notices(other)) for other in (man, friend, unknown)] == [0, 0, 1]


@pytest.mark.parametrize("given", [{"status": "REQUESTED"}, {"display_name": "Walker"}, {"status": "OFFERED"}])
def test_what_the_list_of_a_run_keeps_to_itself_is_not_said_of_a_companion(page, run, goer, friend, given):
    take_part(run, friend, **given)
    browser = page.as_(goer)
    assert "Going" not in browser.get(f"/runs/{run.id}/invite", 200).words
    assert "Asked." in ask(page, goer, run, friend).follow().words
    assert not notices(friend)
    assert "Going" not in browser.get(f"/runs/{run.id}/invite", 200).words


def test_a_block_between_the_two_takes_it_back(page, run, goer, friend):
    ask(page, goer, run, friend)
    block(friend, goer.id)
    assert "Nima" not in page.as_(friend).get("/notifications").words
    assert page.as_(friend).get(f"/runs/{run.id}/asked", 303).location == f"/runs/{run.id}"
    ask(page, goer, run, friend, 404)


def test_nobody_is_asked_to_a_run_that_is_closed_nor_more_than_a_day_has(page, run, goer, friend, monkeypatch):
    monkeypatch.setattr(actions, "INVITES_PER_DAY", 1)
    other = make_person(name="Zahra")
    make_companions(goer, other)
    ask(page, goer, run, friend)
    assert "enough invitations" in ask(page, goer, run, other).follow().words
    assert not notices(other)
    run.cancelled_at = clock.now()
    ask(page, goer, run, friend)
    assert page.as_(goer).get(f"/runs/{run.id}/invite", 303).location == f"/runs/{run.id}"
    assert page.as_(friend).get(f"/runs/{run.id}/asked", 303).location == f"/runs/{run.id}"
    with clock.shifted(timedelta(days=3)):
        assert f"/runs/{run.id}/invite" not in page.as_(goer).get(f"/runs/{run.id}").links


def test_an_erased_person_leaves_no_invites(run, goer, friend, page):
    ask(page, goer, run, friend)
    erase(goer)
    db.session.flush()
    assert not db.session.scalars(select(RunInvite)).all()


@pytest.mark.parametrize("language", ["fa", "en"])
def test_asking_along_is_offered_right_after_joining(page, owner, language):
    run, newcomer = make_run(owner), make_person()
    make_companions(newcomer, make_person())
    browser = page.as_(newcomer).speaking(language)
    going = browser.post(f"/runs/{run.id}/join", {"status": "GOING"}, 303).follow()
    assert f"/runs/{run.id}/invite" in [link.get("href") for link in going.one(id="joined").iter("a")]
    interested = page.as_(make_person()).post(f"/runs/{run.id}/join", {"status": "INTERESTED"}, 303).follow()
    assert f"/runs/{run.id}/invite" not in [link.get("href") for link in interested.one(id="joined").iter("a")]


def test_somebody_who_is_no_companion_is_sent_the_link_by_ones_own_programs(page, run, goer):
    links = page.as_(goer).get(f"/runs/{run.id}/invite", 200).links
    for begin in ("sms:?&body=", "https://wa.me/?text=", "https://t.me/share/url?", "mailto:?subject="):
        [link] = [link for link in links if link.startswith(begin)]
        assert run.short_code in unquote(link)
        assert "Dawn loop" in unquote(link)
