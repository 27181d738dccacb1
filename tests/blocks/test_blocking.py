"""Blocking: asked first, silent, felt by both, and taken back."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from hampa.blocks.actions import block
from hampa.cards.models import ACCEPTED, ENDED, PENDING, Interest
from hampa.cards.queries.interests import are_companions
from hampa.notifications.models import Notification
from hampa.people.actions import unblock
from hampa.people.models import Block
from hampa.platform.db import db
from hampa.runs.models.participation import INTERESTED, LEFT, Participation
from tests.factories.cards import make_card, make_companions, make_interest
from tests.factories.comments import make_comment
from tests.factories.people import make_person
from tests.factories.runs import make_run, meet, take_part


@pytest.fixture
def rival(db_session):
    return make_person(name="Rahim Rival", phone="+989127654321")


def hide(one, other):
    meet(other)
    block(one, other.id)
    db.session.commit()


def test_it_is_asked_first_then_done_and_taken_back(page, owner, rival):
    make_card(rival, title="Fast nights")
    browser = page.as_(owner)
    assert "Fast nights" in browser.get("/cards").words
    asked = browser.get(f"/people/{rival.id}/block", 200)
    assert "Nobody is told" in asked.words and db.session.scalar(select(func.count()).select_from(Block)) == 0
    done = asked.form().submit(status=303).follow()
    assert "Rahim Rival" in done.words
    assert "Fast nights" not in browser.get("/cards").words
    again = browser.get(f"/people/{rival.id}/block", 200)
    assert "blocked Rahim Rival already" in again.words
    again.form(f"/me/blocks/{rival.id}/end").submit(status=303)
    assert "Rahim" not in browser.get("/me/blocks").words
    assert "Fast nights" in browser.get("/cards").words


def test_nobody_blocks_themselves_nor_finds_who_blocked_them(page, owner, rival):
    hide(rival, owner)
    browser = page.as_(owner)
    for address in (f"/people/{owner.id}/block", f"/people/{rival.id}/block"):
        browser.get(address, 404)
        browser.post(address, {}, 404)
    assert "Rahim" not in browser.get("/me/blocks").words
    browser.post(f"/me/blocks/{rival.id}/end", {}, 303)
    assert db.session.scalar(select(func.count()).select_from(Block)) == 1


def test_lists_maps_months_and_searches_leave_out_the_runs_of_the_other(page, owner, rival):
    theirs = make_run(rival, title="Rival around the lake", latitude=35.7, longitude=51.2)
    make_run(title="Friendly around the lake", latitude=35.7, longitude=51.2)
    hide(rival, owner)
    browser, someone = page.as_(owner), page.as_(make_person())
    for address in ("/", "/runs", "/runs?q=lake", "/runs?view=map", "/runs?view=calendar", "/runs?near=35.7,51.2"):
        assert "Rival" not in browser.get(address, 200).words, address
        assert "Rival" in someone.get(address, 200).words, address
        assert "Rival" in page.get(address, 200).words, address
    browser.get(f"/runs/{theirs.id}", 404)
    browser.get(f"/r/{theirs.short_code}", 404)
    assert browser.post(f"/runs/{theirs.id}/join", {"status": "GOING"}).status == 404


def test_in_a_run_of_both_twelve_are_still_twelve(page, owner, rival):
    run = make_run(title="A dozen", capacity=20)
    for person in (owner, rival):
        take_part(run, person)
    for _number in range(10):
        take_part(run)
    make_comment(run, rival)
    hide(owner, rival)
    for person, other in ((owner, "Rahim"), (rival, "Sara")):
        browser = page.as_(person)
        shown = browser.get(f"/runs/{run.id}", 200)
        assert "12 going" in shown.words.replace("\n", " ") and other not in shown.words
        listed = browser.get(f"/runs/{run.id}/participants", 200)
        assert "Going 12" in listed.words and other not in listed.words
        assert other not in browser.get(f"/runs/{run.id}/comments", 200).words


def test_an_organiser_still_sees_who_comes_to_their_run(page, owner, rival):
    run = make_run(owner)
    take_part(run, rival)
    hide(owner, rival)
    browser = page.as_(owner)
    assert "Rahim" not in browser.get(f"/runs/{run.id}").words
    for path in ("participants", "print"):
        assert "Rahim" in browser.get(f"/runs/{run.id}/{path}", 200).words


def test_who_goes_keeps_the_run_without_its_organisers_name_and_hears_of_it(page, owner, rival, work):
    run = make_run(rival, title="Hills")
    take_part(run, owner)
    hide(owner, rival)
    browser = page.as_(owner)
    for address in (f"/runs/{run.id}", "/", "/me/runs", f"/runs/{run.id}.ics"):
        text = browser.get(address, 200).response.get_data(as_text=True)
        assert "Hills" in text and "Rahim" not in text, address
    page.as_(rival).post(
        f"/runs/{run.id}/message", {"text": "North gate!", "statuses": "GOING"}, 303
    ).follow().form().submit(status=303)
    page.as_(rival).post(f"/runs/{run.id}/cancel", {"reason": "Storm"}, 303)
    work()
    heard = browser.get("/notifications", 200).words
    assert "Storm" in heard and "North gate!" in heard and "The organiser writes" in heard and "Rahim" not in heard


@pytest.mark.parametrize("before", [LEFT, INTERESTED])
def test_nobody_takes_a_new_place_in_a_run_of_somebody_whom_a_block_hides(page, owner, rival, before):
    run = make_run(owner)
    take_part(run, rival, before)
    hide(owner, rival)
    address = f"/runs/{run.id}"
    page.as_(rival).get(address, 404 if before == LEFT else 200)
    page.as_(rival).post(f"{address}/join", {"status": "GOING"}, 404)
    assert db.session.scalar(select(Participation.status).where(Participation.run_id == run.id)) == before
    if before == LEFT:
        page.as_(rival).post(f"{address}/comments", {"text": "Here I am"}, 404)


def test_what_waited_between_them_ends_in_silence_and_companions_are_none(page, owner, rival):
    asked = make_interest(rival, make_card(owner))
    made = make_companions(owner, rival)
    hide(owner, rival)
    db.session.expire_all()
    assert (asked.status, made.status) == (ENDED, ACCEPTED)
    assert db.session.scalar(select(func.count()).select_from(Notification)) == 0
    assert not are_companions(owner.id, rival.id)
    for person in (owner, rival):
        for one in (asked, made):
            page.as_(person).get(f"/interests/{one.id}", 404)
            assert page.as_(person).post(f"/interests/{one.id}", {"decision": "accept"}).status == 404
    unblock(owner, rival.id)
    db.session.commit()
    assert are_companions(owner.id, rival.id)


def test_nothing_new_begins_between_them(page, owner, rival):
    card = make_card(owner)
    hide(owner, rival)
    page.as_(rival).get(f"/cards/{card.id}/interest", 404)
    assert page.as_(rival).post(f"/cards/{card.id}/interest", {"line": "Hi"}).status == 404
    assert db.session.scalar(select(func.count()).where(Interest.status == PENDING)) == 0
    run = make_run(owner)
    for number in ("09120000000", "09127654321"):
        words = page.as_(owner).post(f"/runs/{run.id}/organisers", {"organisers": number}, 303).follow().words
        assert "They are asked" in words and f"{number[:4]} {number[4:7]} {number[7:]}" in words
    page.as_(rival).get(f"/runs/{run.id}/invitation", 404)
    assert "Owner" not in page.as_(rival).get("/notifications").words


def test_a_notice_that_named_them_is_gone_from_the_bell_too(page, owner, rival):
    page.as_(rival).post(f"/cards/{make_card(owner).id}/interest", {"line": "Shall we?"}, 303)
    [notice] = db.session.scalars(select(Notification))
    assert "Rahim" in page.as_(owner).get("/notifications").words
    hide(owner, rival)
    browser = page.as_(owner)
    assert "Rahim" not in browser.get("/notifications").words
    browser.get(f"/notifications/{notice.id}", 404)


def test_blocks_cost_no_statement_a_row(page, owner, statements):
    def seen(address):
        with statements() as found:
            page.as_(owner).get(address, 200)
        return len(found)

    counts = []
    for _times in range(2):
        for _number in range(5):
            other = make_person()
            make_run(other)
            make_card(other)
            hide(owner, other)
            make_run()
        counts.append([seen(address) for address in ("/", "/runs", "/cards", "/me/blocks", "/notifications")])
    assert counts[0] == counts[1]
