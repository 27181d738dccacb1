"""Whom to call for somebody: who may look, when, and that they who are looked at know."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from hampa.platform import clock
from hampa.platform.db import db
from hampa.safety.actions import record_contact_look
from hampa.safety.models import ContactLook
from tests.factories.people import make_person
from tests.factories.runs import add_organiser, in_days, make_run, place_of, take_part
from tests.races import at_once

CONTACT = "+989127650000"


@pytest.fixture
def morning(owner):
    """Return a run the day after tomorrow, a person who goes, and the address that shows whom to call."""
    run = make_run(owner)
    going = make_person(name="Laleh", emergency_name="Maman", emergency_phone=CONTACT)
    take_part(run, going)
    return run, going, f"/runs/{run.id}/contacts/{place_of(run, going)}"


def looks():
    return db.session.scalar(select(func.count()).select_from(ContactLook))


def test_looking_is_a_deed_that_is_told(page, owner, morning):
    run, going, path = morning
    with clock.frozen(run.starts_at - timedelta(minutes=90)):
        organiser = page.as_(owner)
        (link,) = [href for href in organiser.get(f"/runs/{run.id}/attendance", 200).links if "/contacts/" in href]
        asked = organiser.get(link, 200)
        assert "Maman" not in asked.text and CONTACT[3:] not in asked.text
        seen = asked.form(path).submit(status=303).follow()
        assert "Maman" in seen.words and f"tel:{CONTACT}" in seen.links
        assert seen.response.headers["Cache-Control"] == "private, no-store"
        notice = page.as_(going).get("/notifications", 200)
        assert f"{owner.name}, who organises {run.title}, looked at your emergency contact" in notice.words
        logged = page.as_(going).get("/me/contact", 200)
        assert owner.name in logged.words and run.title in logged.words
        before, run.title = run.title, "Slowly along the river"
        db.session.commit()
        renamed = page.as_(going).get("/me/contact", 200)
        assert run.title in renamed.words and before not in renamed.words
    with clock.frozen(run.starts_at + timedelta(minutes=31)):
        assert "Maman" not in organiser.get(path, 200).text, "after an hour it is asked for again"


def test_nobody_else_may_look(page, owner, companion, stranger, operator, morning):
    run, going, path = morning
    take_part(run, companion)
    with clock.frozen(run.starts_at):
        page.post(path, status=303)
        for other in (companion, stranger, operator, going):
            for answer in (page.as_(other).get(path), page.as_(other).post(path)):
                assert answer.status == 403 and "Maman" not in answer.text
        for address in (f"/runs/{run.id}", f"/runs/{run.id}/participants", f"/people/{going.id}"):
            for other in (companion, stranger, operator, owner):
                seen = page.as_(other).get(address).text
                assert "Maman" not in seen and CONTACT[3:] not in seen
    assert looks() == 0


def test_who_organises_with_the_owner_may_look(page, morning):
    run, _going, path = morning
    other = add_organiser(run, make_person())
    with clock.frozen(run.starts_at):
        page.as_(other).post(path, status=303)
    assert looks() == 1


@pytest.mark.parametrize(("minutes", "status"), [(-121, 404), (-119, 303), (0, 303)])
def test_the_window_opens_two_hours_before(page, owner, morning, minutes, status):
    run, _going, path = morning
    with clock.frozen(run.starts_at + timedelta(minutes=minutes)):
        page.as_(owner).post(path, status=status)


@pytest.mark.parametrize(("minutes", "status"), [(119, 303), (121, 404)])
def test_the_window_closes_two_hours_after_the_end(page, owner, morning, minutes, status):
    run, _going, path = morning
    with clock.frozen(run.ends_at + timedelta(minutes=minutes)):
        page.as_(owner).post(path, status=status)


@pytest.mark.parametrize("status", ["LEFT", "INTERESTED", "WAITLISTED", "REQUESTED"])
def test_only_of_who_goes(page, owner, status):
    run = make_run(owner)
    other = take_part(run, make_person(emergency_name="Maman", emergency_phone=CONTACT), status)
    with clock.frozen(run.starts_at):
        page.as_(owner).post(f"/runs/{run.id}/contacts/{place_of(run, other)}", status=404)


def test_who_named_nobody_has_none_and_no_link(page, owner):
    run = make_run(owner)
    other = take_part(run)
    with clock.frozen(run.starts_at):
        assert not [href for href in page.as_(owner).get(f"/runs/{run.id}/attendance").links if "/contacts/" in href]
        page.as_(owner).get(f"/runs/{run.id}/contacts/{place_of(run, other)}", 404)


def test_a_cancelled_run_opens_nothing(page, owner, morning):
    run, _going, path = morning
    run.cancelled_at = clock.now()
    with clock.frozen(run.starts_at):
        page.as_(owner).post(path, status=404)


def test_many_taps_are_one_look_an_hour(real_database):
    organiser, going = make_person(), make_person(emergency_name="Maman", emergency_phone=CONTACT)
    run = make_run(organiser, starts_local=in_days(1))
    take_part(run, going)
    db.session.commit()
    organiser_id, run_id, place, starts_at = organiser.id, run.id, place_of(run, going), run.starts_at

    def look():
        record_contact_look(db.session.get_one(type(organiser), organiser_id), run_id, place)

    with clock.frozen(starts_at):
        assert at_once(real_database, [look] * 4) == ["done"] * 4
    assert looks() == 1


def test_a_contact_is_a_name_and_a_number(page, owner):
    browser = page.as_(owner)
    assert browser.post("/me/contact", {"emergency_name": "Maman"}, 422).error_of("emergency_phone")
    assert browser.post("/me/contact", {"emergency_phone": CONTACT}, 422).error_of("emergency_name")
    assert browser.post("/me/contact", {"emergency_name": "a" * 61, "emergency_phone": "12"}, 422).error_of(
        "emergency_name"
    )
    browser.post("/me/contact", {"emergency_name": "مامان", "emergency_phone": "۰۹۱۲ ۷۶۵ ۰۰۰۰"}, 303)
    db.session.refresh(owner)
    assert (owner.emergency_name, owner.emergency_phone) == ("مامان", CONTACT)
    assert CONTACT[3:] in browser.get("/safety/new").one(name="contact_phone").get("value").replace(" ", "")
    browser.post("/me/contact", {}, 303)
    db.session.refresh(owner)
    assert (owner.emergency_name, owner.emergency_phone) == ("", None)


def test_whom_to_call_may_have_a_telephone_at_home(page, owner):
    mine = page.as_(owner)
    form = mine.get("/me/contact", 200).form("/me/contact")
    form.fill(emergency_name="Maman", emergency_phone="۰۲۱ ۸۸۷۷ ۶۶۵۵").submit(status=303)
    db.session.refresh(owner)
    assert owner.emergency_phone == "+982188776655"
    watch = mine.get("/safety/new", 200).form("/safety/new")
    assert (watch.values["contact_name"], watch.values["contact_phone"]) == ("Maman", ""), "no SMS comes to it"
