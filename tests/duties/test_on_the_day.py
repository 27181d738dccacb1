"""On the day itself: who did not come, who takes over, and how it is known who was there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.boards.models import Board
from hampa.boards.queries import token_of
from hampa.closeouts import actions as closeouts
from hampa.closeouts.models import CloseOut
from hampa.crews.models import CrewMembership
from hampa.duties.actions.reminding import warn_of_short_shifts
from hampa.duties.models import Booking, ShiftChange, Standby
from hampa.duties.queries.presence import code_of
from hampa.duties.queries.schedules import schedules_open_to
from hampa.duties.queries.short import ShortStart, short_shifts
from hampa.notifications.models import Notification
from hampa.platform import clock
from hampa.platform.db import db
from tests.duties.conftest import MONDAY
from tests.duties.test_duties import FIRST, TOKEN
from tests.factories.base import made
from tests.factories.crews import add_member, make_crew
from tests.factories.duties import make_booking, make_schedule
from tests.factories.incidents import make_incident
from tests.factories.people import make_person


def told(person, kind):
    query = select(Notification.data).where(Notification.person_id == person.id, Notification.type == kind)
    return [data["what"] for data in db.session.scalars(query)]


@pytest.fixture
def cast(crew, schedule):
    """Return who leads, who does not come, and two who wait for the one place at the gate, on the first day."""
    leader, absent, waiting, second = (
        make_person(name=name) for name in ("The Leader", "The Absent", "The Waiting", "The Second")
    )
    for one in (leader, absent, waiting, second):
        add_member(crew, one)
    make_booking(make_schedule(crew, role="leader", timezone="Asia/Tehran"), leader, FIRST)
    make_booking(schedule, absent, FIRST)
    return leader, absent, waiting, second


def test_who_leads_gives_the_place_of_one_who_does_not_come_to_one_who_waits(
    page, program, crew, schedule, cast, owner, companion, stranger
):
    leader, absent, waiting, second = cast
    path = f"/schedules/{schedule.id}/shifts/{TOKEN}"
    for one in (waiting, second):
        page.as_(one).post(f"{path}/standby", {}, 303)
    booking = db.session.scalars(select(Booking).where(Booking.person_id == absent.id)).one()
    attendance = f"/duties/bookings/{booking.id}/attendance"
    page.as_(leader).post(attendance, {"attendance": "no_show"}, 303)
    assert db.session.scalar(select(Booking.attendance).where(Booking.id == booking.id)) is None, "it has not begun"

    def people():
        query = select(Booking.person_id).where(Booking.schedule_id == schedule.id).order_by(Booking.place)
        return db.session.scalars(query).all()

    with clock.frozen(FIRST + timedelta(minutes=5)):
        for person, status in ((companion, 403), (waiting, 403), (stranger, 404), (None, 303)):
            page.as_(person).post(attendance, {"attendance": "no_show"}, status)
            page.as_(person).post(f"{path}/standby", {"person": str(waiting.id)}, status)
        page.as_(leader).post(f"{path}/standby", {"person": str(waiting.id)}, 303)
        assert people() == [absent.id], "the place is not free"
        page.as_(leader).post(attendance, {"attendance": "no_show"}, 303)
        shown = page.as_(leader).get(path, 200)
        assert "as a coordinator or leader says" in shown.words and "Give them the place" in shown.words
        seen = page.as_(companion).get(path, 200).words
        assert "The Absent" in seen and "Did not come" not in seen and "The Waiting" not in seen
        page.as_(leader).post(f"{path}/standby", {"person": str(companion.id)}, 404)
        page.as_(leader).post(f"{path}/standby", {"person": "x"}, 404)
        page.as_(leader).post(f"{path}/standby", {"person": str(waiting.id)}, 303)
        page.as_(leader).post(f"{path}/standby", {"person": str(second.id)}, 303)
        assert people() == [absent.id, waiting.id]
        assert db.session.scalars(select(Standby.person_id)).all() == [second.id]
        assert told(waiting, "duty_booked") == ["standby"] and told(second, "duty_booked") == []
        page.as_(waiting).post(f"{path}/here", {"code": code_of(schedule.id, FIRST)}, 303)
        said = {one["person"]["id"]: one for one in program.as_(leader).get(f"{path}/people", 200).data["people"]}
        assert [said[str(one.id)]["attendance_by"] for one in (absent, waiting)] == ["others", "code"]
        for one in program.as_(companion).get(f"{path}/people", 200).data["people"]:
            assert (one["attendance"], one["attendance_by"]) == (None, "")
        membership = select(CrewMembership).where(CrewMembership.person_id == leader.id)
        db.session.scalars(membership).one().status = "banned"
        db.session.flush()
        page.as_(leader).post(f"{path}/standby", {"person": str(second.id)}, 404)
        page.as_(leader).post(attendance, {"attendance": "attended"}, 404)
    assert "shown by the code" in page.as_(waiting).get("/me/duties", 200).words
    with clock.frozen(FIRST + timedelta(hours=3)):
        program.as_(owner).post(f"{path}/people", {"person_id": str(second.id)}, 422)


def test_who_stood_in_is_written_down_when_a_shift_is_over(
    page, program, crew, schedule, cast, owner, companion, stranger
):
    leader, absent, waiting, second = cast
    place = f"/schedules/{schedule.id}/shifts/{TOKEN}"
    people = f"{place}/people"
    fields = {"people": [str(second.id)]}
    with clock.frozen(FIRST + timedelta(hours=1)):
        page.as_(leader).post(people, fields, 403)
    with clock.frozen(FIRST + timedelta(hours=3)):
        for person, status in ((companion, 403), (waiting, 403), (stranger, 404), (None, 303)):
            page.as_(person).get(people, status)
            page.as_(person).post(people, fields, status)
        browser = page.as_(leader)
        assert "Say first who did not come" in browser.post(people, fields, 422).words
        booking = db.session.scalars(select(Booking).where(Booking.person_id == absent.id)).one()
        browser.post(f"/duties/bookings/{booking.id}/attendance", {"attendance": "no_show"}, 303)
        assert f'href="{people}"' in browser.get(place, 200).text
        browser.get(people, 200)
        assert "The Second" in browser.post(people, fields, 303).follow().words
        made_up = db.session.scalars(select(Booking).where(Booking.person_id == second.id)).one()
        assert (made_up.attendance, made_up.attendance_by_id, made_up.place) == ("attended", leader.id, 2)
        assert (told(second, "duty_news"), told(second, "duty_booked")) == (["stood_in"], [])
        assert "you stood in" in page.as_(second).get("/notifications", 200).words
        assert "have a place" in browser.post(people, fields, 409).words
        program.as_(leader).post(people, {"person_id": str(stranger.id)}, 404)
    with clock.frozen(FIRST + timedelta(days=8)):
        assert "long over" in browser.post(people, {"people": [str(waiting.id)]}, 422).words
        assert "Say first" in page.as_(owner).post(people, {"people": [str(waiting.id)]}, 422).words
        membership = select(CrewMembership).where(CrewMembership.person_id == leader.id)
        db.session.scalars(membership).one().status = "banned"
        db.session.flush()
        browser.post(people, fields, 404)


def test_the_close_out_knows_what_was_shown_and_reported(page, crew, schedule, cast, owner, companion):
    _leader, _absent, waiting, _second = cast
    shown = {"attendance": "attended", "attendance_how": "code", "attendance_by_id": waiting.id, "attendance_at": FIRST}
    booking = make_booking(schedule, waiting, FIRST, place=2, **shown)
    with clock.frozen(FIRST + timedelta(hours=1)):
        incident = make_incident(companion, crew_id=crew.id, schedule_id=schedule.id, occurred_at=clock.now())
    with clock.frozen(FIRST + timedelta(hours=3)):
        closeouts.ask(clock.now())
        path = f"/duties/close-outs/{db.session.scalars(select(CloseOut.id)).one()}"
        asked = page.as_(owner).get(path, 200)
        assert "shown by the code" in asked.words and f"/incidents/{incident.id}" in asked.text
        answer = asked.form(path).fill(rest_came="y", incidents="yes").submit(status=303)
        assert answer.response.location.endswith(f"{path}#reports"), "nobody writes it down twice"
    db.session.refresh(booking)
    assert (booking.attendance_how, booking.attendance_by_id) == ("code", owner.id)


def test_a_shift_that_was_moved_is_short_where_it_went(schedule, owner):
    day = timedelta(days=1)
    for start, change in (
        (FIRST + 30 * day, {"moved_to": FIRST + timedelta(hours=6)}),
        (FIRST + day, {"moved_to": FIRST + 9 * day}),
        (FIRST + 2 * day, {"is_cancelled": True}),
    ):
        made(ShiftChange, schedule_id=schedule.id, starts_at=start, **change)
    assert short_shifts(schedule, MONDAY) == [
        ShortStart(FIRST, FIRST, 1),
        ShortStart(FIRST + timedelta(hours=6), FIRST + 30 * day, 1),
    ]
    warn_of_short_shifts()
    query = select(Notification.data).where(Notification.person_id == owner.id, Notification.type == "duty_short")
    begins = {data["begins_at"] for data in db.session.scalars(query)}
    assert begins == {FIRST.isoformat(), (FIRST + timedelta(hours=6)).isoformat()}


def test_a_booking_has_the_shifts_of_its_crew_read_anew_and_no_others(
    page, crew, schedule, owner, companion, stranger, remembering, statements
):
    other = make_schedule(make_crew(stranger), timezone="Asia/Tehran", max_people=2)

    def asked():
        with statements() as seen:
            words = page.as_(companion).get("/duties?show=all", 200).words
        return len(seen), words

    asked()
    kept, before = asked()
    page.as_(stranger).post(f"/schedules/{other.id}/shifts/{TOKEN}/book", {}, 303)
    assert asked() == (kept, before)
    page.as_(owner).post(f"/schedules/{schedule.id}/shifts/{TOKEN}/book", {}, 303)
    for person, coordinates in ((owner, True), (companion, False), (owner, True)):
        assert [row.coordinates for row in schedules_open_to(person)] == [coordinates], "what is kept is of no viewer"
    read, after = asked()
    assert read > kept and after.count("Full") == before.count("Full") + 1


def test_an_address_sees_boards_so_often_a_minute(app, page, crew, monkeypatch):
    changed = app.extensions["hampa.settings"].model_copy(update={"board_visitor_limit": 2})
    monkeypatch.setitem(app.extensions, "hampa.settings", changed)
    path = f"/board/{token_of(made(Board, crew_id=crew.id))}"
    for status in (200, 200, 429):
        assert page.as_(None).get(path).status == status
