"""Schedules, taking and giving up shifts, standby, offers, buddies, reminders, attendance."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import select

from hampa.duties.actions import booking as booking_actions, offers as offer_actions
from hampa.duties.actions.reminding import remind, warn_of_short_shifts
from hampa.duties.models import Booking, Offer, Qualification, Schedule, Standby
from hampa.duties.queries.offers import qualified_ids
from hampa.duties.queries.schedules import schedules_open_to
from hampa.duties.queries.shifts import shifts_for
from hampa.notifications.models import Notification
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from tests.duties.conftest import MONDAY
from tests.factories.base import made
from tests.factories.crews import add_member, make_crew
from tests.factories.duties import make_booking, make_schedule
from tests.factories.people import make_person

FIRST = datetime(2026, 12, 1, 2, 30, tzinfo=UTC)
"""The first shift of the schedule."""
TOKEN = "20261201T023000Z"


def stored() -> list[Booking]:
    query = select(Booking).where(Booking.cancelled_at.is_(None)).order_by(Booking.starts_at, Booking.place)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def told(person, kind: str) -> list[str]:
    query = select(Notification).where(Notification.person_id == person.id, Notification.type == kind)
    return [one.data.get("what") or one.data.get("kind") or "" for one in db.session.scalars(query)]


def _without_counts(words: str) -> str:
    return re.sub(r"Search(?: for a run)? [0-9]+", "", words)


def take(page, person, schedule, token=TOKEN, status=303, **given):
    path = f"/schedules/{schedule.id}/shifts/{token}"
    answer = page.as_(person).get(path, 200)
    form = answer.form(f"{path}/book")
    return form.fill(**given).submit(status=status)


def test_shifts_when_there_are_none_some_and_after_a_booking(page, crew, companion, stranger):
    assert "No shifts in these four weeks" in page.as_(companion).get("/duties", 200).words
    schedule = make_schedule(crew, name="North gate", max_people=1)
    assert "North gate" in page.as_(companion).get("/duties", 200).words
    assert "North gate" not in page.as_(stranger).get("/duties", 200).words
    assert len(shifts_for(companion, MONDAY, MONDAY + timedelta(weeks=4))) == 28
    take(page, companion, schedule)
    (booking,) = stored()
    assert (booking.starts_at, booking.person_id, booking.place) == (FIRST, companion.id, 1)
    shifts = shifts_for(companion, MONDAY, MONDAY + timedelta(weeks=4))
    assert [one.reason for one in shifts[:2]] == ["mine", ""]
    assert told(companion, "duty_booked") == ["booked"]
    assert "North gate" in page.as_(companion).get("/me/duties", 200).words
    assert "North gate" in page.as_(companion).get("/", 200).words
    page.as_(stranger).get(f"/schedules/{schedule.id}/shifts/{TOKEN}", 404)
    page.as_(None).get("/duties", 303)
    listed = page.as_(companion).get("/duties?from=2026-12-05&to=1405.9.16", 200)  # 7 December
    assert listed.words.count("North gate") == 3
    assert listed.form("/duties").submit(status=200).words.count("North gate") == 3
    first_two = page.as_(companion).get("/duties?from=2026-12-05&limit=2", 200)
    assert first_two.words.count("North gate") == 2 and "from=2026-12-06" in first_two.text
    page.as_(companion).get("/duties?to=9999-12-31", 200)  # the last day there is
    wrong = page.as_(companion).get("/duties?from=2026-12-05&to=2026-12-01&limit=1000", 200)
    assert "before the first one" in wrong.words and wrong.words.count("North gate") == 24


@pytest.mark.usefixtures("remembering")
def test_the_list_is_kept_until_a_duty_changes(page, schedule, owner, companion):
    path = f"/schedules/{schedule.id}/shifts/{TOKEN}"
    assert "Full" not in page.as_(companion).get("/duties?show=all", 200).words
    take(page, owner, schedule)
    assert "Full" in page.as_(companion).get("/duties?show=all", 200).words
    assert path not in page.as_(companion).get("/duties", 200).response.get_data(as_text=True)
    form = page.as_(owner).get(path, 200).form(f"{path}/change")
    form.fill(note="Bring a lamp").submit(status=303)
    assert "Bring a lamp" in page.as_(companion).get("/duties?show=all", 200).words


def test_a_taken_shift_says_so_and_offers_the_next(page, schedule, owner, companion):
    make_booking(schedule, owner, FIRST)
    path = f"/schedules/{schedule.id}/shifts/{TOKEN}"
    assert "All places are taken." in page.as_(companion).get(path, 200).words
    answer = page.as_(companion).post(f"{path}/book", {"submission": "0" * 32}, 409)
    assert "The next one with a place is" in answer.words


def test_a_wrong_start_is_refused(schedule, companion):
    schedule.end_date = datetime(2026, 12, 31, tzinfo=UTC).date()
    db.session.flush()
    for start, name in (
        (datetime(2026, 12, 1, 2, 45, tzinfo=UTC), "NOT_A_SHIFT"),
        (datetime(2026, 11, 30, 2, 30, tzinfo=UTC), "SHIFT_OVER"),
        (datetime(2027, 1, 15, 2, 30, tzinfo=UTC), "OUT_OF_SEASON"),
    ):
        with pytest.raises(booking_actions.NotBookable) as refused:
            booking_actions.book(companion, schedule.id, start)
        assert (refused.value.name, refused.value.status) == (name, 422)


def test_each_reason_why_not(page, crew, owner, companion):
    schedule = make_schedule(crew, min_people=0, max_people=1)
    (first, second, third) = [FIRST + timedelta(days=days) for days in range(3)]
    make_booking(schedule, owner, first)
    make_booking(make_schedule(crew, rule="0 7 * * *"), companion, second + timedelta(hours=1))

    def reasons():
        rows = [row for row in schedules_open_to(companion) if row.id == schedule.id]
        shifts = shifts_for(companion, MONDAY, third + timedelta(hours=1), rows)
        return [one.reason for one in sorted(shifts, key=lambda one: one.begins_at)]

    assert reasons() == ["taken", "clashes", ""]
    assert "free. You have another duty then." in page.as_(companion).get("/duties?show=all", 200).words
    schedule.opens_hours, schedule.closes_hours = 48, 24
    db.session.flush()
    assert reasons() == ["closed", "clashes", "not_open"]
    schedule.opens_hours, schedule.closes_hours, schedule.qualification = 672, 0, "First aid"
    db.session.flush()
    assert reasons() == ["unqualified"] * 3
    schedule.is_active = False
    db.session.flush()
    with pytest.raises(booking_actions.NotBookable) as refused:
        booking_actions.book(companion, schedule.id, third)
    assert refused.value.name == "SCHEDULE_INACTIVE"


def test_seasons_and_the_form_of_a_schedule(page, crew, owner, companion, stranger):
    path = f"/schedules/new?crew={crew.id}"
    page.as_(companion).get(path, 403)
    page.as_(stranger).get(path, 404)
    form = page.as_(owner).get(path, 200).form()
    wrong = form.fill(name="Summer Patrol", repeats="rule", rule="0 0,2 * 13 *", end_date="30 April 2027").submit(
        status=422
    )
    assert "can't be read" in wrong.words and "Summer Patrol" in wrong.response.get_data(as_text=True)
    wrong.form().fill(rule="0 0,2 * 11-12,1-4 6,0,1", start_date="1 November 2026").submit(status=303)
    (schedule,) = db.session.scalars(select(Schedule))
    assert (schedule.duration_min, schedule.published_at) == (120, None)
    shown = page.as_(owner).get(f"/schedules/{schedule.id}", 200)
    assert "Every Monday, Saturday and Sunday at 0:00 and 2:00, in November to April" in shown.words
    assert "14 Azar 1405" in shown.words and "5 December 2026" in shown.words and "not published yet" in shown.words
    page.as_(companion).get(f"/schedules/{schedule.id}", 404)
    shown.form(f"/schedules/{schedule.id}/publication").submit(status=303)
    assert "Summer Patrol" in page.as_(companion).get("/schedules", 200).words
    companion.locale = "fa"
    db.session.flush()
    persian = page.as_(companion).get(f"/schedules/{schedule.id}", 200)
    assert "هر شنبه، یکشنبه و دوشنبه، ساعت ۰:۰۰ و ۲:۰۰، در نوامبر تا آوریل" in persian.words
    companion.locale = "en"
    db.session.flush()
    page.as_(companion).post(f"/schedules/{schedule.id}/activity", {}, 403)
    edit = page.as_(owner).get(f"/schedules/{schedule.id}/edit?repeats=weekly", 200).form()
    edit.fill(days=["fri"], at="6:00").submit(status=303)
    assert db.session.get(Schedule, schedule.id).rule.startswith("FREQ=WEEKLY")


def test_giving_up_a_place_fills_it_from_the_standby_list(page, schedule, crew, owner, companion):
    waiting, left = make_person(name="Waiting"), make_person(name="Left")
    add_member(crew, waiting)
    take(page, companion, schedule)
    made(Standby, schedule_id=schedule.id, starts_at=FIRST, person_id=left.id, created_at=MONDAY - timedelta(days=1))
    path = f"/schedules/{schedule.id}/shifts/{TOKEN}"
    page.as_(waiting).get(path, 200).form(f"{path}/standby").submit(status=303)
    (booking,) = stored()
    page.as_(waiting).post(f"/duties/bookings/{booking.id}/cancel", {}, 403)
    page.as_(companion).get(path, 200).form(f"/duties/bookings/{booking.id}/cancel").submit(status=303)
    (filled,) = stored()
    assert filled.person_id == waiting.id and told(waiting, "duty_booked") == ["standby"]
    schedule.cancel_hours = 24
    db.session.flush()
    page.as_(waiting).post(f"/duties/bookings/{filled.id}/cancel", {}, 303)
    assert [one.id for one in stored()] == [filled.id]
    page.as_(owner).post(f"/duties/bookings/{filled.id}/cancel", {}, 303)
    assert stored() == [] and told(waiting, "duty_news") == ["cancelled"]


def test_an_offer_to_all_goes_to_the_first(page, schedule, crew, owner, companion, stranger):
    third = make_person(name="Third")
    add_member(crew, third)
    booking = make_booking(schedule, companion, FIRST)
    form = page.as_(companion).get(f"/duties/bookings/{booking.id}/offer", 200).form()
    page.as_(companion).post(f"/duties/bookings/{booking.id}/offer", {"kind": "none"}, 422)
    form.submit("Ask all", status=303)
    (offer,) = db.session.scalars(select(Offer))
    assert told(owner, "duty_asked") == told(third, "duty_asked") == ["all"]
    for place in ("/", "/me/duties", f"/schedules/{schedule.id}/shifts/{TOKEN}"):
        assert "Who can take it?" in page.as_(third).get(place, 200).words
    page.as_(stranger).post(f"/duties/offers/{offer.id}", {"accept": "1"}, 404)
    page.as_(third).post(f"/duties/offers/{offer.id}", {"accept": "1"}, 303)
    assert [one.person_id for one in stored()] == [third.id]
    late = page.as_(owner)
    late.post(f"/duties/offers/{offer.id}", {"accept": "1", "next": "/"}, 303)
    assert "Somebody was faster" in late.get("/", 200).words
    assert told(companion, "duty_news") == ["taken"]


def test_two_swap_if_both_have_time(schedule, crew, owner, companion):
    at_the_same_time = make_schedule(crew, name="South gate")
    mine, theirs = make_booking(schedule, companion, FIRST), make_booking(at_the_same_time, owner, FIRST)
    offer = offer_actions.offer(companion, mine.id, "swap", wanted_id=theirs.id)
    offer_actions.answer(owner, offer.id, accepts=True)
    assert {(one.schedule_id, one.person_id) for one in stored()} == {
        (schedule.id, owner.id),
        (at_the_same_time.id, companion.id),
    }
    with pytest.raises(NotFound):
        offer_actions.answer(owner, offer.id, accepts=True)


def test_a_coordinator_swaps_two_people_in_one_step(page, program, schedule, crew, owner, companion, stranger):
    third, south = make_person(name="Third"), make_schedule(crew, name="South gate", qualification="First aid")
    add_member(crew, third)
    mine, theirs = make_booking(schedule, companion, FIRST), make_booking(south, third, FIRST)
    elsewhere = make_booking(make_schedule(make_crew(stranger), name="Far away"), stranger, FIRST)
    path = f"/duties/bookings/{mine.id}/swap"
    page.as_(companion).get(path, 403)
    page.as_(stranger).post(path, {"wanted": str(theirs.id)}, 404)
    shift = page.as_(owner).get(f"/schedules/{schedule.id}/shifts/{TOKEN}", 200)
    assert path in shift.text
    form = page.as_(owner).get(path, 200).form(path)
    assert "Far away" not in form.answer.text
    assert "qualification" in form.fill(wanted=str(theirs.id)).submit(status=422).words
    made(Qualification, crew_id=crew.id, person_id=companion.id, name="First aid")
    program.as_(owner).post(f"/bookings/{mine.id}/swap", {"wanted_id": str(elsewhere.id)}, 404)
    for _sent in range(2):
        form.fill(wanted=str(theirs.id)).submit(status=303)
    swapped = {(one.schedule_id, one.person_id) for one in stored() if one.id != elsewhere.id}
    assert swapped == {(schedule.id, third.id), (south.id, companion.id)}
    assert told(companion, "duty_news") == told(third, "duty_news") == ["swapped_for_you"]
    assert told(companion, "duty_booked") == told(third, "duty_booked") == ["given"]
    # Who has something else then stays where they are; the same by a program, back again.
    make_booking(make_schedule(crew, name="West gate"), third, FIRST + timedelta(hours=24))
    later = make_booking(south, companion, FIRST + timedelta(hours=24))
    program.as_(owner).post(f"/bookings/{mine.id}/swap", {"wanted_id": str(later.id)}, 422)
    made(Qualification, crew_id=crew.id, person_id=third.id, name="First aid")
    program.as_(owner).post(f"/bookings/{mine.id}/swap", {"wanted_id": str(theirs.id)}, 204)
    assert {one.person_id for one in stored() if one.id == mine.id} == {companion.id}


def test_a_buddy_known_and_unknown(page, schedule, companion, stranger):
    answers = []
    for phone in (stranger.phone, "+989129998877"):
        take(page, companion, schedule, buddy_name="Roya", buddy_phone=phone, remind_min="60")
        (booking,) = stored()
        answers.append(page.as_(companion).get(f"/schedules/{schedule.id}/shifts/{TOKEN}", 200).words)
        known, known_id = booking.buddy_id is not None, booking.id
        if known:
            assert booking.buddy_id == stranger.id and told(stranger, "duty_asked") == ["buddy"]
            assert "asks you to come along" in page.as_(stranger).get("/", 200).words
            page.as_(stranger).post(f"/duties/bookings/{known_id}/buddy", {"accept": "1"}, 303)
            assert "North gate" in page.as_(stranger).get("/me/duties", 200).words
            assert told(companion, "duty_news") == ["buddy_yes"]
        page.as_(companion).post(f"/duties/bookings/{known_id}/cancel", {}, 303)
    assert "not confirmed yet" in answers[0] and _without_counts(answers[0]) == _without_counts(answers[1])


def test_reminders_a_day_before_and_when_one_chose(schedule, companion, stranger):
    make_booking(
        schedule, companion, FIRST + timedelta(days=2), remind_min=60, buddy_id=stranger.id, buddy_confirmed_at=MONDAY
    )
    begins = FIRST + timedelta(days=2)
    for at, expected in (
        (begins - timedelta(hours=25), []),
        (begins - timedelta(hours=24), ["day"]),
        (begins - timedelta(hours=2), ["day"]),
        (begins - timedelta(minutes=59), ["day", "own"]),
        (begins - timedelta(minutes=5), ["day", "own"]),
    ):
        with clock.frozen(at):
            remind()
        assert sorted(told(companion, "duty_reminder")) == sorted(told(stranger, "duty_reminder")) == expected


def test_coordinators_hear_once_of_a_shift_that_misses_people(schedule, owner, companion):
    schedule.warn_hours = 24
    db.session.flush()
    for _twice in range(2):
        warn_of_short_shifts()
    assert len(told(owner, "duty_short")) == 1 and told(companion, "duty_short") == []


def test_attendance_by_the_person_a_coordinator_and_others(page, schedule, crew, owner, companion, stranger):
    other = make_person()
    add_member(crew, other)
    booking = make_booking(schedule, companion, FIRST)
    path = f"/duties/bookings/{booking.id}/attendance"
    page.as_(companion).post(path, {"attendance": "attended"}, 303)
    assert stored()[0].attendance is None, "the shift has not begun"
    with clock.frozen(FIRST + timedelta(hours=1)):
        page.as_(stranger).post(path, {"attendance": "attended"}, 404)
        page.as_(other).post(path, {"attendance": "no_show"}, 403)
        page.as_(companion).post(path, {"attendance": "attended"}, 303)
        assert stored()[0].attendance == "attended"
    with clock.frozen(FIRST + timedelta(hours=3)):
        words = page.as_(companion).get("/me/duties", 200).words
        assert "2 h" in words or "2:00" in words or "2 hours" in words
        page.as_(owner).post(path, {"attendance": "late"}, 303)
        page.as_(companion).post(path, {"attendance": "attended"}, 409)
        assert stored()[0].attendance == "late"


def test_a_moved_and_a_cancelled_shift(page, schedule, owner, companion):
    make_booking(schedule, companion, FIRST)
    path = f"/schedules/{schedule.id}/shifts/{TOKEN}"
    page.as_(companion).post(f"{path}/change", {"is_cancelled": "y"}, 403)
    form = page.as_(owner).get(path, 200).form(f"{path}/change")
    alone = form.fill(moved_on="1 December 2026", moved_at="", note="Snow").submit(status=422)
    assert alone.error_of("moved_at") == "At what time?" and "Snow" in alone.text
    form.fill(moved_on="1 December 2026", moved_at="8:00", note="Snow").submit(status=303)
    (moved,) = stored()
    assert moved.begins_at == FIRST + timedelta(hours=2) and told(companion, "duty_news") == ["moved"]
    assert "Snow" in page.as_(companion).get(path, 200).words
    page.as_(owner).get(path, 200).form(f"{path}/change").fill(is_cancelled="y").submit(status=303)
    assert stored() == []
    with pytest.raises(booking_actions.NotBookable):
        booking_actions.book(owner, schedule.id, FIRST)


def test_qualifications_are_given_by_coordinators(page, crew, schedule, owner, companion):
    schedule.qualification = "First aid"
    db.session.flush()
    path = f"/schedules/{schedule.id}/qualified"
    page.as_(companion).get(path, 403)
    page.as_(owner).get(path, 200).form().fill(people=[str(companion.id)]).submit(status=303)
    take(page, companion, schedule)
    assert len(stored()) == 1


def test_who_does_not_fit_on_the_page_stays_qualified(page, crew, schedule, owner, companion, monkeypatch):
    for module in ("hampa.duties.queries.offers", "hampa.duties.views.schedules"):
        monkeypatch.setattr(f"{module}.MOST_ASKED", 1)
    schedule.qualification = "First aid"
    companion.name, owner.name = "Bahar", "Zohreh"
    db.session.flush()
    path = f"/schedules/{schedule.id}/qualified"
    for name, person in (("zoh", owner), ("baha", companion)):
        shown = page.as_(owner).get(f"{path}?who={name}", 200)
        shown.form(f"{path}?who={name}").fill(people=[str(person.id)]).submit(status=303)
    assert set(qualified_ids(schedule, [owner.id, companion.id])) == {owner.id, companion.id}
    answer = page.as_(owner).get(f"{path}?who=nobody", 200)
    assert "Nobody has this name." in answer.text


def test_other_crews_are_not_seen(page, schedule, stranger):
    make_crew(stranger)
    page.as_(stranger).get(f"/schedules/{schedule.id}", 404)
    page.as_(stranger).post(f"/schedules/{schedule.id}/shifts/{TOKEN}/book", {}, 404)


def test_the_form_of_a_schedule_shows_what_fits_its_rule(page, crew, schedule, owner):
    weekly = make_schedule(crew, rule="FREQ=WEEKLY;BYDAY=FR", at=time(6))
    for row, shown, hidden in ((weekly, "at", {"rule"}), (schedule, "rule", {"days", "at"})):
        path = f"/schedules/{row.id}/edit"
        form = page.as_(owner).get(path, 200).form(path)
        assert shown in form.names and not hidden & set(form.names)
        form.submit(status=303)
    form = page.as_(owner).get(f"{path}?repeats=weekly", 200).form(path)
    answer = form.fill(days=["fri"]).submit(status=422)
    assert answer.error_of("at")
    answer.form(path).fill(at="07:00").submit(status=303)
    db.session.refresh(schedule)
    assert (schedule.rule, schedule.at) == ("FREQ=WEEKLY;INTERVAL=1;BYDAY=FR;WKST=MO", time(7))
