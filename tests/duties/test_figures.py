"""Being there by code and place, certificates, coverage, and duties in a calendar."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import select

from hampa.calendars.actions import open_feed
from hampa.duties.models import Booking
from hampa.duties.queries.presence import code_of
from hampa.platform import clock
from hampa.platform.db import db
from tests.duties.test_duties import FIRST, TOKEN
from tests.factories.crews import add_member
from tests.factories.duties import make_booking, make_schedule
from tests.factories.people import make_person
from tests.program import Program

PLACE = {"latitude": 35.7219, "longitude": 51.3347}


def how(booking: Booking) -> tuple[str | None, str | None]:
    db.session.refresh(booking)
    return booking.attendance, booking.attendance_how


def test_one_says_that_one_is_there_by_the_code_or_by_the_place(page, crew, schedule, owner, companion, stranger):
    leader, other = make_person(name="Leader"), make_person(name="Other")
    for person in (leader, other):
        add_member(crew, person)
    make_booking(make_schedule(crew, role="leader", timezone="Asia/Tehran"), leader, FIRST)
    booking = make_booking(schedule, companion, FIRST)
    path = f"/schedules/{schedule.id}/shifts/{TOKEN}"
    page.as_(companion).post(f"{path}/here", {"code": code_of(schedule.id, FIRST)}, 422)
    assert how(booking) == (None, None), "a day before it has not begun"
    with clock.frozen(FIRST - timedelta(minutes=20)):
        assert f"{path}/code" in page.as_(leader).get(path, 200).response.get_data(as_text=True)
        shown = page.as_(leader).get(f"{path}/code", 200).response.get_data(as_text=True)
        code = code_of(schedule.id, FIRST)
        assert code[:4] in shown and code[4:] in shown
        page.as_(owner).get(f"{path}/code", 200)
        for person, status in ((other, 403), (companion, 403), (stranger, 404), (None, 303)):
            page.as_(person).get(f"{path}/code", status)
        page.as_(other).post(f"{path}/here", {"code": code}, 404)
        page.as_(companion).post(f"{path}/here", {"code": code_of(schedule.id, FIRST + timedelta(days=1))}, 422)
        page.as_(companion).post(f"{path}/here", {"latitude": "35.72", "longitude": "51.33"}, 422)
        assert how(booking) == (None, None)
        page.as_(companion).get(f"{path}/here?code={code}", 200).form(f"{path}/here").submit(status=303)
        assert how(booking) == ("attended", "code")
    schedule.latitude, schedule.longitude, schedule.within_m = PLACE["latitude"], PLACE["longitude"], 100
    booking.attendance = booking.attendance_how = None
    db.session.flush()
    with clock.frozen(FIRST + timedelta(minutes=5)):
        far = page.as_(companion).post(f"{path}/here", PLACE | {"latitude": 35.7301}, 422)
        assert "too far away" in far.words, far.words
        page.as_(companion).post(f"{path}/here", PLACE | {"latitude": 35.7225}, 303)
        assert how(booking) == ("attended", "place")
        page.as_(owner).post(f"/duties/bookings/{booking.id}/attendance", {"attendance": "late"}, 303)
        assert how(booking) == ("late", None)
        page.as_(companion).post(f"{path}/here", {"code": code}, 409)


def test_a_certificate_says_what_one_did_and_its_link_proves_it(page, program: Program, crew, schedule, companion):
    for days, attendance in ((0, "attended"), (1, "late"), (2, "no_show"), (3, None)):
        make_booking(schedule, companion, FIRST + timedelta(days=days), attendance=attendance)
    with clock.frozen(FIRST + timedelta(days=5)):
        made = page.as_(companion).get("/me/duties/certificate?first=1+December+2026&last=31+December+2026", 200)
        address = re.search(r'href="[^"]*(/duties/certificates/[^"]+)"', made.response.get_data(as_text=True))[1]
        usual = page.as_(companion).get("/me/duties/certificate?from=elsewhere", 200)
        assert "From 6 December 2025 until 6 December 2026" in usual.words
        for days in (
            "31+December+2026&last=1+December+2026",
            "2026-12-01",
            "x&last=2026-12-01",
            "9999-12-31&last=9999-12-31",
        ):
            page.as_(companion).get(f"/me/duties/certificate?first={days}", 422)
        for days in ("from=9999-12-31", "to=0001-01-01", "from=2026-12-31&to=2026-12-01"):
            program.as_(companion).get(f"/me/duties/certificate?{days}", 422)
        seen = page.as_(None).get(address, 200)
        for words in (companion.name, "2", "4 h", "1 December 2026", "6 December 2026"):
            assert words in seen.words, words
        assert "we know of" not in seen.words
        wrong = address[:-3] + ("A" if address[-3] != "A" else "B") + address[-2:]
        for other in (wrong, address[:-1], "/duties/certificates/x"):
            page.as_(None).get(other, 404)
        data = program.as_(companion).get("/me/duties/certificate?from=2026-12-01&to=2026-12-31", 200).data
        assert (data["credits"], data["minutes"], data["url"].endswith(address)) == (2, 240, True)
        later = db.session.scalars(select(Booking).where(Booking.attendance.is_(None))).one()
        later.attendance = "attended"
        db.session.flush()
        assert "we know of 3 duties" in page.as_(None).get(address, 200).words
    companion.state = "suspended"
    db.session.flush()
    page.as_(None).get(address, 404)


def test_coordinators_see_how_well_duties_are_covered(
    page, program: Program, crew, schedule, owner, companion, statements
):
    schedule.max_people, schedule.start_date = 2, (clock.now() - timedelta(days=100)).date()
    db.session.flush()
    for days, attendance in ((1, "attended"), (2, "attended"), (3, "no_show")):
        start = FIRST - timedelta(days=days + 3)
        make_booking(schedule, companion, start, attendance=attendance, created_at=start - timedelta(hours=72))
    make_booking(schedule, owner, FIRST - timedelta(days=4), place=2, created_at=FIRST - timedelta(days=7))
    path = f"/duties/coverage?crew={crew.id}"
    page.as_(companion).get(path, 403)
    page.as_(make_person()).get(path, 404)
    with statements() as seen:
        words = page.as_(owner).get(path, 200).words
    assert len(seen) <= 10
    assert "Marshal" in words and "4 of 14" in words and companion.name in words and "3 days" in words
    data = program.as_(owner).get(f"/duties/coverage?crew_id={crew.id}", 200).data
    assert (data["no_shows"], data["known"], data["ahead_hours"]) == (1, 3, 72)
    week = next(one for one in data["weeks"] if one["filled"])
    assert (week["role"], week["places"], week["filled"]) == ("marshal", 14, 4)
    owner.locale = "fa"
    db.session.flush()
    assert "چقدر پر شده" in page.as_(owner).get(path, 200).words


def test_duties_stand_in_the_calendar_of_their_person(page, schedule, companion, stranger):
    make_booking(schedule, companion, FIRST, buddy_id=stranger.id, buddy_confirmed_at=clock.now())
    gone = make_booking(schedule, companion, FIRST + timedelta(days=1), cancelled_at=clock.now())
    for person, says in ((companion, "This one is yours."), (stranger, "You're coming along.")):
        open_feed(person, f"token-of-{person.id}")
        feed = page.as_(None).get(f"/runs.ics?token=token-of-{person.id}", 200).response.get_data(as_text=True)
        assert "SUMMARY:North gate · Marshal" in feed and says in feed and str(gone.id) not in feed
        assert "DTSTART;TZID=Asia/Tehran:20261201T060000" in feed
