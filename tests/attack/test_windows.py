"""Organisers who move what opens phone numbers and emergency contacts, read, and move it back."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from hampa.attendance import queries
from hampa.joining import actions as joining
from hampa.notifications.models import Notification
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.locale import dates
from hampa.roster.models import PhoneLook
from hampa.runs.models.run import Run
from hampa.safety.models import ContactLook
from tests.factories.people import make_person
from tests.factories.runs import add_organiser, in_days, make_run, place_of, take_part
from tests.page import Page
from tests.plans.saving import save

PHONE, CONTACT = "+989127654321", "+989127650000"


@pytest.fixture
def laleh():
    return make_person(name="Laleh", phone=PHONE, emergency_name="Maman", emergency_phone=CONTACT)


@pytest.fixture
def run(owner, laleh):
    """Return a run in ten days that was set three days ago, which Laleh joined by herself."""
    with clock.shifted(timedelta(days=-3)):
        run = make_run(owner, starts_local=in_days(13))
        joining.join_run(laleh, run.id)
        db.session.commit()
    return run


def move(browser: Page, run: Run, at: datetime, **fields: object) -> None:
    local = at.astimezone(ZoneInfo("Asia/Tehran"))
    form = browser.get(f"/runs/{run.id}/edit", 200).form()
    day = {"starts_on": f"{local:%Y-%m-%d}", "starts_at": f"{local:%H:%M}"}
    save(form, **day, **fields)
    db.session.refresh(run)


def can_read(browser: Page, run: Run, person: Person) -> list[str]:
    """Return what an organiser reads of a person now: their number, their contact."""
    found = []
    lists = browser.get(f"/runs/{run.id}/attendance").text + browser.get(f"/runs/{run.id}/participants.csv").text
    if PHONE[-4:] in lists.replace(" ", ""):
        found.append("number")
    path = f"/runs/{run.id}/contacts/{place_of(run, person)}"
    if browser.post(path).status == 303 and CONTACT[-4:] in browser.get(path).text.replace(" ", ""):
        found.append("contact")
    return found


def test_a_start_that_is_moved_here_and_back_opens_nothing(page, owner, run, laleh):
    browser, planned = page.as_(owner), run.starts_at
    for at in (clock.now() + timedelta(minutes=110), clock.now() + timedelta(minutes=3)):
        move(browser, run, at)
        assert can_read(browser, run, laleh) == []
        move(browser, run, planned)
        assert can_read(browser, run, laleh) == []
    assert db.session.scalars(select(PhoneLook)).all() == []
    assert db.session.scalars(select(ContactLook)).all() == []
    with clock.frozen(planned - timedelta(minutes=90)):
        assert can_read(page.as_(owner), run, laleh) == ["number", "contact"]


def test_nor_by_a_co_organiser_or_by_a_run_that_is_longer(page, owner, run, laleh):
    reza = add_organiser(run)
    browser = page.as_(reza)
    with clock.frozen(run.starts_at - timedelta(hours=12)):
        browser = page.as_(reza)
        move(browser, run, clock.now() + timedelta(minutes=10), duration_min="2880")
        assert can_read(browser, run, laleh) == []


def test_the_move_to_the_next_hours_opens_once_it_stood_for_a_day(page, owner, run, laleh):
    moved_to = clock.now() + timedelta(hours=25)
    move(page.as_(owner), run, moved_to)
    with clock.frozen(moved_to - timedelta(minutes=90)):
        assert can_read(page.as_(owner), run, laleh) == []
    with clock.frozen(moved_to - timedelta(minutes=30)):
        assert can_read(page.as_(owner), run, laleh) == ["number", "contact"]


@pytest.mark.parametrize("how", ["joins again", "is late", "is still in"])
def test_it_opens_for_whom_agreed_to_the_new_start(page, owner, run, laleh, how):
    move(page.as_(owner), run, clock.now() + timedelta(minutes=100))
    browser = page.as_(laleh)
    if how == "joins again":
        browser.post(f"/runs/{run.id}/join", {"status": "GOING"}, 303)
    elif how == "is late":
        browser.post(f"/runs/{run.id}/late", {"minutes": "5"}, 303)
    else:
        joining.confirm_going(laleh, run.id)
        db.session.commit()
    assert can_read(page.as_(owner), run, laleh) == ["number", "contact"]


def test_a_run_of_today_opens_for_those_who_joined_it_as_it_is(page, owner, laleh):
    start = (clock.now() + timedelta(minutes=90)).replace(second=0, microsecond=0)
    run = make_run(owner, starts_local=dates.to_local(start, "Asia/Tehran").replace(tzinfo=None))
    joining.join_run(laleh, run.id)
    db.session.commit()
    assert can_read(page.as_(owner), run, laleh) == ["number", "contact"]


@pytest.mark.parametrize("by_series", [False, True])
def test_half_an_hour_later_on_the_same_day_closes_nothing(page, owner, run, laleh, by_series):
    if by_series:
        place = joining.participation_of(laleh, run.id)
        place.agreed_starts_at = None
        db.session.commit()
    with clock.frozen(run.starts_at - timedelta(minutes=60)):
        move(page.as_(owner), run, run.starts_at + timedelta(minutes=30))
        assert can_read(page.as_(owner), run, laleh) == ["number", "contact"]


def test_who_was_brought_by_a_series_has_agreed_to_no_start_that_is_new(page, owner, laleh):
    start = (clock.now() + timedelta(minutes=90)).replace(second=0, microsecond=0)
    run = make_run(owner, starts_local=dates.to_local(start, "Asia/Tehran").replace(tzinfo=None))
    joining.join_run(laleh, run.id, announced=False)
    db.session.commit()
    assert can_read(page.as_(owner), run, laleh) == []


def test_an_earlier_start_does_not_count_for_whom_joined_after_it(page, owner, run, laleh):
    """The run goes far away, somebody is brought along there, and it comes back to where it stood before."""
    planned, brought = run.starts_at, make_person(phone="+989127654322")
    with clock.frozen(planned - timedelta(hours=3)):
        browser = page.as_(owner)
        move(browser, run, planned + timedelta(days=20))
        joining.join_run(brought, run.id, announced=False)
        db.session.commit()
        with clock.frozen(planned - timedelta(hours=1)):
            move(browser, run, planned + timedelta(minutes=5))
            shown = browser.get(f"/runs/{run.id}/participants.csv").text
            assert "765 4321" in shown and "765 4322" not in shown


def test_whose_number_was_shown_is_told_once_for_each_organiser(page, owner, run, laleh, operator, stranger):
    reza, walks_in = add_organiser(run), make_person(phone="+989127654323")
    take_part(run, walks_in, added_by_organiser=True, display_name="Zebra")

    def told(person: Person) -> list[Notification]:
        query = select(Notification).where(Notification.person_id == person.id, Notification.type == "phones_seen")
        return list(db.session.scalars(query))

    page.as_(owner).get(f"/runs/{run.id}/attendance", 200)
    assert told(laleh) == []
    with clock.frozen(run.starts_at - timedelta(minutes=90)):
        for viewer in (None, stranger, operator, laleh):
            page.as_(viewer).get(f"/runs/{run.id}/attendance")
            page.as_(viewer).get(f"/runs/{run.id}/participants.csv")
            page.as_(viewer).get(f"/runs/{run.id}/participants")
        page.as_(owner).get(f"/runs/{run.id}/print", 200)
        assert told(laleh) == [], "a page without numbers tells nobody"
        for organiser in (owner, reza):
            browser = page.as_(organiser)
            for path in ("attendance", "attendance?q=nobody", "participants.csv", "attendance"):
                browser.get(f"/runs/{run.id}/{path}", 200)
    assert [notice.actor_id for notice in told(laleh)] == [owner.id, reza.id]
    assert told(walks_in) == []
    looks = db.session.execute(select(PhoneLook.organiser_id, PhoneLook.person_id).order_by(PhoneLook.created_at))
    assert set(looks) == {(owner.id, laleh.id), (reza.id, laleh.id)}
    words = page.as_(laleh).get("/notifications").words
    assert f"{owner.name}, who organises {run.title}, opened the list that shows your phone number" in words


def test_a_search_without_them_tells_nobody(page, owner, run, laleh):
    with clock.frozen(run.starts_at - timedelta(minutes=90)):
        page.as_(owner).get(f"/runs/{run.id}/attendance?q=nobody", 200)
    assert db.session.scalars(select(PhoneLook)).all() == []


def test_each_number_that_is_shown_is_recorded(page, owner, monkeypatch):
    monkeypatch.setattr(queries, "SHOWN", 2)
    run, count = make_run(owner, starts_local=in_days(1)), select(func.count()).select_from(PhoneLook)
    going = [take_part(run, make_person(phone=f"+98912000000{number}")) for number in range(4)]
    for participation in going[:3]:
        participation.late_min = 10
    db.session.flush()
    marks = {f"mark-{participation.id}": "present" for participation in going}
    with clock.frozen(run.starts_at - timedelta(minutes=10)):
        shown = page.as_(owner).get(f"/runs/{run.id}/attendance", 200).text.count("tel:")
        assert shown == db.session.scalar(count) == 2
        answered = page.as_(owner).htmx.post(f"/runs/{run.id}/attendance", marks, 200).text.count("tel:")
        assert answered <= db.session.scalar(count)
