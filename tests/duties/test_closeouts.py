"""The close-out of a day of duties: asked for, done once, corrected, and thanks to who came."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.blocks.actions import block
from hampa.closeouts import actions, jobs
from hampa.closeouts.models import CloseOut
from hampa.closeouts.queries import closeouts as queries
from hampa.duties.models import Booking
from hampa.incidents.models import Incident
from hampa.notifications.models import Notification
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Conflict, NotFound, Refused
from tests.duties.test_duties import FIRST
from tests.factories.crews import add_member, make_crew
from tests.factories.duties import make_booking, make_schedule
from tests.factories.people import make_person
from tests.races import at_once

OVER = FIRST + timedelta(hours=3)
REPORT = {"severity": "1", "category": "operational", "text": "The gate was locked", "day": "2026-12-01", "at": "6:30"}


def told(person, kind):
    query = select(Notification).where(Notification.person_id == person.id, Notification.type == kind)
    return [one.data.get("what", "") for one in db.session.scalars(query.order_by(Notification.created_at))]


def attendances():
    query = select(Booking.person_id, Booking.attendance, Booking.attendance_by_id)
    return {row[0]: (row[1], row[2]) for row in db.session.execute(query)}


@pytest.fixture
def day(crew, schedule, owner, companion):
    """Return who led, who came, a buddy and who did not come, on the first day of the duty."""
    leader, absent, buddy = make_person(name="Leader"), make_person(name="Absent"), make_person(name="Buddy")
    for one in (leader, absent):
        add_member(crew, one)
    make_booking(make_schedule(crew, name="Leader", role="leader"), leader, FIRST)
    said = {"attendance": "attended", "attendance_by_id": companion.id, "attendance_at": FIRST}
    make_booking(schedule, companion, FIRST, buddy_id=buddy.id, buddy_confirmed_at=FIRST, **said)
    make_booking(schedule, absent, FIRST, place=2)
    return leader, absent, buddy


def test_from_the_end_of_a_day_to_thanks(page, crew, day, owner, companion, stranger, operator):
    leader, absent, buddy = day
    with clock.frozen(FIRST + timedelta(hours=1)):
        jobs.ask()
    assert told(owner, "duty_closeout") == [], "the day is not over"
    with clock.frozen(OVER):
        for _twice in range(2):
            jobs.ask()
        (closeout,) = db.session.scalars(select(CloseOut))
        path = f"/duties/close-outs/{closeout.id}"
        assert [told(one, "duty_closeout") for one in (owner, leader, companion)] == [["asked"], ["asked"], []]
        assert "are waiting to be closed out" in page.as_(leader).get("/", 200).words
        assert "Dawn Patrol" in page.as_(owner).get("/duties/close-outs", 200).words
        for other in (companion, stranger, operator, absent):
            page.as_(other).get(path, 404)
            page.as_(other).post(path, {"incidents": "no", "said": "0"}, 404)
        page.as_(None).get(path, 303)
        shown = page.as_(leader).get(path, 200)
        assert "Was there: in their own words" in shown.words
    with clock.frozen(OVER + timedelta(days=1, hours=3)):
        for _twice in range(2):
            jobs.ask()
        assert told(owner, "duty_closeout") == ["asked", "again"]
        of = {row.person.name: f"attendance-{row.booking_id}" for row in queries.booked(leader, closeout)}
        wrong = shown.form(path).fill(incidents="yes", **{of["Absent"]: "no_show"}).submit(status=422)
        assert "Say how it was for each" in wrong.words and attendances()[absent.id] == (None, None)
        done = wrong.form(path).fill(rest_came="y").submit(status=303)
        report = done.response.headers["Location"]
        assert report.endswith(f"/incidents/new?closeout={closeout.id}")
        assert attendances() == {
            leader.id: ("attended", leader.id),
            companion.id: ("attended", leader.id),
            absent.id: ("no_show", leader.id),
        }
        page.as_(companion).get(report, 404)
        page.as_(leader).get(report, 200).form(report).fill(**REPORT).submit(status=303)
        (incident,) = db.session.scalars(select(Incident))
        assert (incident.closeout_id, incident.crew_id) == (closeout.id, crew.id)
        assert f"/incidents/{incident.id}" in page.as_(owner).get(path, 200).text
        # The owner's page was made before the leader closed the day.
        late = page.as_(owner).post(path, {"incidents": "no", "said": "0", "rest_came": "y"}, 409)
        assert "Somebody else has closed this day meanwhile" in late.words
        assert attendances()[absent.id] == ("no_show", leader.id)
        late.form(path).fill(**{of["Absent"]: "late", "rest_came": "y"}).submit(status=303)
        assert attendances()[absent.id] == ("late", owner.id)
        assert closeout.closed_by_id == leader.id and closeout.corrected_by_id == owner.id
        page.as_(leader).get(path, 200).form(f"{path}/thanks").fill(text="You were great <b>").submit(status=303)
        again = page.as_(owner).post(f"{path}/thanks", {"text": "Me too"}, 409)
        assert "thanked them already" in again.words
        for _twice in range(2):
            jobs.thank(closeout.id)
        thanked = [len(told(one, "duty_thanks")) for one in (companion, absent, buddy, leader, owner)]
        assert thanked == [1, 1, 1, 0, 0]
        assert "You were great &lt;b&gt;" in page.as_(companion).get("/notifications", 200).text


def test_fifteen_close_a_day_at_once_and_the_first_has_it(real_database, app):
    with app.app_context(), clock.frozen(OVER):
        people = [make_person() for _each in range(8)]
        crew = make_crew(*people[:1], max_members=100)
        for one in people[1:]:
            add_member(crew, one, role="admin")
        booking = make_booking(make_schedule(crew), people[0], FIRST)
        actions.ask(clock.now())
        closeout_id, booking_id, ids = db.session.scalar(select(CloseOut.id)), booking.id, [one.id for one in people]
        db.session.commit()

    def close(person_id, word):
        def act():
            person = db.session.get_one(Person, person_id)
            actions.close(person, closeout_id, {booking_id: word}, had_incidents=False, said=0)

        return act

    words = ("attended", "late", "excused", "no_show")
    outcomes = at_once(app, [close(one, words[place % 4]) for place, one in enumerate(ids)])
    assert sorted(outcomes) == ["Conflict"] * 7 + ["done"]

    def thank(person_id):
        return lambda: actions.thank(db.session.get_one(Person, person_id), closeout_id, "Thanks")

    assert sorted(at_once(app, [thank(one) for one in ids])) == ["Conflict"] * 7 + ["done"]


def test_who_is_blocked_is_not_listed_and_other_bookings_are_refused(day, owner, schedule, companion, stranger):
    _leader, absent, _buddy = day
    elsewhere = make_booking(make_schedule(make_crew(stranger)), stranger, FIRST)
    with clock.frozen(OVER):
        actions.ask(clock.now())
        closeout = db.session.scalar(select(CloseOut).where(CloseOut.crew_id == schedule.crew_id))
        block(owner, absent.id)
        assert "Absent" not in [row.person.name for row in queries.booked(owner, closeout)]
        with pytest.raises(Refused):
            actions.close(owner, closeout.id, {elsewhere.id: "late"}, had_incidents=False, said=0)
        with pytest.raises(NotFound):
            actions.close(stranger, closeout.id, {}, had_incidents=False, said=0)
        actions.close(owner, closeout.id, {}, had_incidents=False, said=0)
        with pytest.raises(Conflict):
            actions.close(owner, closeout.id, {}, had_incidents=True, said=0)
        actions.thank(owner, closeout.id, "quince")
        assert db.session.get(CloseOut, closeout.id).thanks == "quince"
