"""Offers that end with the time in which they can be taken, and people who are let in beyond the number of places."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.joining import actions as joining
from hampa.people.models import Block
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.jobs import end_offers
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import Run
from tests.factories.base import made
from tests.factories.people import make_person
from tests.factories.runs import SHORT_FORM, in_days, make_run, place_of, solar, take_part
from tests.html import words

WALK_IN = {"name": "Parisa", "phone": "09121234567"}


def status_of(run, person):
    query = select(Participation.status).where(Participation.run_id == run.id, Participation.person_id == person.id)
    return db.session.scalar(query)


def counts(run):
    db.session.expire_all()
    found = db.session.get_one(Run, run.id)
    return found.taken, found.offered, found.beyond_capacity


def full_run(owner, **given):
    run = make_run(owner, capacity=2, **given)
    return run, [take_part(run), take_part(run)]


def test_an_offer_of_the_last_minutes_is_over_when_the_run_begins(page, owner):
    run, (leaving, _staying) = full_run(owner)
    waiting = take_part(run, status="WAITLISTED")
    with clock.frozen(run.starts_at - timedelta(minutes=8)):
        joining.leave_run(leaving, run.id)
        db.session.commit()
        assert (status_of(run, waiting), counts(run)) == ("OFFERED", (2, 1, 0))
    with clock.frozen(run.starts_at + timedelta(minutes=1)):
        end_offers(run.id)
        assert (status_of(run, waiting), counts(run)) == ("INTERESTED", (1, 0, 0))
        page.as_(owner).post(f"/runs/{run.id}/walk-ins", WALK_IN, 303)
        assert counts(run) == (2, 0, 0)


def test_no_place_is_offered_once_the_run_has_begun(owner):
    run, _people = full_run(owner)
    run.capacity = 3
    take_part(run, status="OFFERED", offer_ends_at=run.starts_at + timedelta(hours=1))
    waiting = take_part(run, status="WAITLISTED")
    db.session.commit()
    with clock.frozen(run.starts_at + timedelta(minutes=1)):
        end_offers(run.id)
    assert (status_of(run, waiting), counts(run)) == ("WAITLISTED", (2, 0, 0))


@pytest.mark.parametrize("minutes", [-170, -5, 20])
def test_at_the_meeting_point_whoever_is_there_is_let_in(page, owner, minutes):
    run, (leaving, _staying) = full_run(owner)
    browser = page.as_(owner)
    with clock.frozen(run.starts_at + timedelta(minutes=minutes)):
        assert "let in anyway" in browser.get(f"/runs/{run.id}/walk-ins", 200).words
        answer = browser.post(f"/runs/{run.id}/walk-ins", WALK_IN, 303).follow()
        assert "1 more than there are places" in answer.words
        assert counts(run) == (3, 0, 1)
        for path in ("walk-ins", "participants", "attendance"):
            assert "1 more than there are places" in browser.get(f"/runs/{run.id}/{path}", 200).words
        assert "more than there are places" not in page.as_(leaving).get(f"/runs/{run.id}/participants", 200).words
    with clock.frozen(run.starts_at - timedelta(minutes=2)):
        joining.leave_run(leaving, run.id)
        db.session.commit()
    assert counts(run) == (2, 0, 0)


def test_an_organiser_lets_somebody_in_beyond_the_places_knowingly(page, owner):
    run, _people = full_run(owner)
    waiting = take_part(run, status="WAITLISTED")
    browser, path = page.as_(owner), f"/runs/{run.id}/participants/{place_of(run, waiting)}"
    refused = browser.post(path, {"status": "GOING"}, 422)
    assert "anyway" in refused.error_of("beyond")
    refused.form(path).fill(status="GOING", beyond="y").submit(status=303)
    assert (status_of(run, waiting), counts(run)) == ("GOING", (3, 0, 1))
    bar = words(page.as_(make_person()).get(f"/runs/{run.id}", 200).one(id="bar"))
    assert bar.startswith("Full")
    browser.get(f"/runs/{run.id}/edit", 200).form().fill(title="Still two places").submit(status=303)
    assert browser.post(f"/runs/{run.id}/edit", edited(browser, run, capacity="3"), 303)
    assert counts(run) == (3, 0, 0)
    assert browser.post(f"/runs/{run.id}/edit", edited(browser, run, capacity="2"), 422).error_of("capacity")


def edited(browser, run, **fields):
    return dict(browser.get(f"/runs/{run.id}/edit", 200).form().fill(**fields).values)


def test_list_and_page_say_the_same_of_a_place_that_no_pair_can_take(page, owner, stranger):
    run = make_run(owner, capacity=3)
    take_part(run)
    take_part(run)
    take_part(run, status="WAITLISTED", guests=1)
    run.waiting = 1
    browser = page.as_(stranger)
    pill = [
        words(pill) for pill in browser.get("/runs", 200).all("span") if "pill" in (pill.get("class") or "").split()
    ]
    bar = words(browser.get(f"/runs/{run.id}", 200).one(id="bar"))
    assert "1 place left" in pill
    assert bar.startswith("1 place left")


def test_joining_that_closes_before_now_is_refused_beside_its_field(page, owner):
    browser = page.as_(owner)
    yesterday = f"{solar(in_days(-1).date())} 20:00"
    for path in ("/runs/new", f"/runs/{make_run(owner).id}/copy"):
        answer = browser.post(path, SHORT_FORM | {"joining_closes": yesterday}, 422)
        assert "nobody could join" in answer.error_of("joining_closes")
    run = make_run(owner)
    answer = browser.post(f"/runs/{run.id}/edit", edited(browser, run, joining_closes=yesterday), 422)
    assert "nobody could join" in answer.error_of("joining_closes")


def test_a_run_to_which_joining_has_closed_can_be_changed_still(page, owner):
    run = make_run(owner)
    run.joining_closes_at = run.starts_at - timedelta(hours=10)
    browser = page.as_(owner)
    with clock.frozen(run.starts_at - timedelta(hours=2)):
        browser.post(f"/runs/{run.id}/edit", edited(browser, run, title="Another title"), 303)
        answer = browser.post(f"/runs/{run.id}/edit", edited(browser, run, starts_at="23:30"), 422)
        assert "nobody could join" in answer.error_of("joining_closes")


@pytest.mark.parametrize("minutes", [-20, 20])
@pytest.mark.parametrize("status", ["INTERESTED", "WAITLISTED"])
def test_who_is_on_the_list_and_turns_up_is_let_in_as_themselves(page, owner, status, minutes):
    run, _people = full_run(owner)
    listed = take_part(run, make_person(name="Ziba"), status)
    browser = page.as_(owner)
    with clock.frozen(run.starts_at + timedelta(minutes=minutes)):
        shown = browser.get(f"/runs/{run.id}/walk-ins", 200)
        [form] = [form for form in shown.forms if "participation" in form.values]
        answer = form.submit(status=303).follow()
        assert "Ziba is running with you." in answer.words
        assert not [form for form in answer.forms if "participation" in form.values]
        form.submit(status=303)
        assert (status_of(run, listed), counts(run)) == ("GOING", (3, 0, 1))
        assert "Ziba" in browser.get(f"/runs/{run.id}/attendance", 200).words
        row = db.session.get_one(Participation, place_of(run, listed))
        assert row.added_by_organiser == (status == "INTERESTED"), "interest alone opens no number"


def test_nobody_is_let_in_who_is_hidden_from_the_organiser_or_of_another_run(page, owner, stranger):
    run, _people = full_run(owner)
    hidden = take_part(run, make_person(name="Ziba"), "INTERESTED")
    made(Block, blocker_id=hidden.id, blocked_id=owner.id)
    other = make_run(owner)
    elsewhere = place_of(other, take_part(other, status="INTERESTED"))
    with clock.frozen(run.starts_at + timedelta(minutes=5)):
        path = f"/runs/{run.id}/walk-ins"
        assert "Ziba" not in page.as_(owner).get(path, 200).words
        for participation in (place_of(run, hidden), elsewhere):
            page.as_(owner).post(path, {"participation": str(participation)}, 404)
        page.as_(stranger).post(path, {"participation": str(place_of(run, hidden))}, 403)
    assert status_of(run, hidden) == "INTERESTED"
