"""Duties attacked: rules that cost too much, days that do not exist, and telling others without end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from hampa.blocks.actions import block
from hampa.duties.actions import booking as actions, notifying, offers
from hampa.duties.actions.reminding import warn_of_short_shifts
from hampa.duties.actions.schedules import change_shift
from hampa.duties.models import Booking, Schedule
from hampa.duties.queries.offers import eligible_people, members_of
from hampa.duties.queries.shifts import MOST_LOOKED_AT, shifts_for
from hampa.duties.queries.short import MOST_WARNINGS
from hampa.joining.actions import leave_run
from hampa.notifications.models import Notification
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import NotFound, TooFast
from hampa.platform.locale import shift_rules
from hampa.roster.actions.participants import set_participant_status
from hampa.runs.models.participation import COMPLETED, LEFT, Participation
from hampa.runs.models.run import Run
from tests.factories.crews import make_crew
from tests.factories.duties import make_booking, make_schedule
from tests.factories.people import make_person
from tests.factories.runs import take_part
from tests.factories.series import make_series
from tests.races import at_once

HOURLY = "0 * * * *"
BOMBS = (
    "FREQ=WEEKLY;INTERVAL=999999;BYDAY=MO",
    f"FREQ=WEEKLY;INTERVAL={'9' * 19};BYDAY=MO",
    "FREQ=MONTHLY;INTERVAL=5000;BYDAY=1MO",
    "FREQ=WEEKLY;BYDAY=MO;UNTIL=99991231T235959Z",
    "FREQ=WEEKLY;BYDAY=MO;UNTIL=00010101T000000Z",
    "FREQ=SECONDLY;BYDAY=MO",
    "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=1",
    "=",
    "A=" * 60,
    "* * * * *",
    "*/1 */1 */1 */1 *",
    "0-59 0-23 * * *",
)
FAR_DAYS = ("9999-12-31", "9999-11-30", "2200-01-01", "1999-12-31", "1000-01-01", "0001-01-01")
FAR_STARTS = (
    *("9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59Z", "9999-12-01T00:00:00Z", "2200-01-01T00:00:00Z"),
    *("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
)

FAR_BUT_TOLD = {"2200-01-01T00:00:00Z", "1970-01-01T00:00:00Z"}
"""Those that have a time in each zone."""


def count_told(person, kind: str) -> int:
    query = select(func.count()).where(Notification.person_id == person.id, Notification.type == kind)
    return db.session.scalar(query)


def test_rules_and_days_that_would_cost_too_much_are_refused(page, program, owner):
    crew = make_crew(owner)
    admin, his = page.as_(owner), program.as_(owner)
    form = admin.get(f"/schedules/new?crew={crew.id}", 200).form().fill(name="Gate", repeats="rule")
    body = {"crew_id": str(crew.id), "name": "Gate", "rule": HOURLY, "timezone": "Pacific/Kiritimati", "at": "06:00"}
    body |= {"start_date": "2026-11-01"}
    for rule in BOMBS:
        form.fill(rule=rule, at="06:00").submit(status=422)
        his.post("/schedules", body | {"rule": rule}, 422)
    for day in FAR_DAYS:
        for rule in (HOURLY, "FREQ=WEEKLY;BYDAY=MO"):
            his.post("/schedules", body | {"rule": rule, "start_date": day}, 422)
    for zone in ("Pacific/Kiritimati", "America/Adak"):
        path = f"/schedules/{(schedule := make_schedule(crew, rule=HOURLY, timezone=zone)).id}"
        for token in ("99991231T235959Z", "99991201T000000Z", "22000101T000000Z", "19991231T230000Z"):
            admin.get(f"{path}/shifts/{token}", 404)
            his.get(f"{path}/shifts/{token}", 404)
        for start in FAR_STARTS:
            his.post("/bookings", {"schedule_id": str(schedule.id), "start_time": start}, 422)
            can_be_told = 200 if start in FAR_BUT_TOLD else 422
            his.get(f"/shifts/available?from={start.replace('+', '%2B')}", can_be_told)
            his.get(f"/shifts/available?to={start.replace('+', '%2B')}", can_be_told)
    for day in (*FAR_DAYS, "2026-12-01"):
        admin.get(f"/duties?from={day}", 200)
        admin.get(f"/duties/calendar?month={day[:7]}", 200)
        admin.get(f"/rosters/crew/{crew.id}?from={day}", 200)
        admin.get(f"/rosters/crew/{crew.id}/{day}")
    assert db.session.scalar(select(func.count(Schedule.id))) == 2


def test_a_year_of_many_schedules_costs_what_a_month_of_few_does(page, owner, companion):
    crew = make_crew(owner, companion)
    for each in range(20):
        make_schedule(crew, name=f"Hour {each}", rule=HOURLY, warn_hours=8784)
    now = clock.now()
    shifts = shifts_for(companion, now, now + timedelta(days=366))
    assert MOST_LOOKED_AT // 2 < len(shifts) <= MOST_LOOKED_AT
    assert max(one.begins_at for one in shifts) < now + timedelta(hours=MOST_LOOKED_AT // 20 + 1), "the soonest"
    assert "Later" in page.as_(companion).get("/duties?show=all", 200).words
    for _twice in range(2):
        last = None
        while (last := warn_of_short_shifts(last, batch=8)) is not None:
            pass
        assert count_told(owner, "duty_short") == 20 * MOST_WARNINGS


def test_months_of_rules_are_kept_up_to_a_bound():
    rule = shift_rules.ShiftRule("0 6 1 * *", None, "UTC", shift_rules.FIRST_DAY, None)
    for month in range(shift_rules.MONTHS_KEPT + 20):
        rule.next_starts(clock.now() + timedelta(days=31 * month), 1)
    assert shift_rules._starts_in_month.cache_info().currsize <= shift_rules.MONTHS_KEPT <= 500


@pytest.mark.parametrize("ends", ["left", "removed", "cancelled", "over", "blocked", "blocks", "every time, blocked"])
def test_duties_of_a_series_are_for_who_comes_to_it_now(page, owner, companion, stranger, ends: str):
    series = make_series(owner, *([companion] if ends.startswith("every") else []))
    run = db.session.scalars(select(Run).where(Run.series_id == series.id)).one()
    take_part(run, companion)
    schedule = make_schedule(series_id=series.id)
    place = db.session.scalars(select(Participation).where(Participation.person_id == companion.id)).one()
    booked = select(Booking).where(Booking.id == make_booking(schedule, owner).id).options(joinedload(Booking.schedule))
    booking = db.session.scalars(booked.execution_options(populate_existing=True)).one()
    assert schedule.name in page.as_(companion).get("/duties").words
    assert companion.id in {one.id for one in members_of(owner, schedule)} and eligible_people(owner, booking)
    if ends == "left":
        leave_run(companion, run.id)
    elif ends == "removed":
        set_participant_status(owner, run.id, place.id, LEFT)
    elif ends == "cancelled":
        run.cancelled_at = clock.now()
    elif ends == "over":
        place.status = COMPLETED
    else:
        block(*((companion, owner.id) if ends == "blocks" else (owner, companion.id)))
    db.session.commit()
    reader = page.as_(companion)
    assert schedule.name not in reader.get("/duties").words
    reader.get(f"/schedules/{schedule.id}", 404)
    assert not members_of(owner, schedule) and not eligible_people(owner, booking)
    take_part(run, stranger)
    run.cancelled_at = None
    db.session.commit()
    assert schedule.name in page.as_(stranger).get("/duties").words


def test_what_is_done_and_undone_rings_once_a_day(owner, companion):
    crew = make_crew(owner, companion)
    schedule = make_schedule(crew, rule="0 6 * * *")
    start = schedule.shift_rule.next_starts(clock.now() + timedelta(days=1), 1)[0]
    for _each in range(3):
        given = actions.give_place(owner, schedule.id, start, companion.id)
        actions.cancel(owner, given.id)
    assert (count_told(companion, "duty_booked"), count_told(companion, "duty_news")) == (1, 1)
    booking = actions.book(owner, schedule.id, start)
    for _each in range(3):
        offers.offer(owner, booking.id, "all")
        offers.take_back(owner, booking.id)
    assert count_told(companion, "duty_asked") == 1


def test_nobody_makes_rows_or_asks_others_without_end(owner, companion, monkeypatch):
    monkeypatch.setattr(notifying, "MOST_CHANGED_A_DAY", 3)
    monkeypatch.setattr(notifying, "MOST_ASKED_A_DAY", 3)
    schedule = make_schedule(make_crew(owner, companion), rule="0 6 * * *")
    start = schedule.shift_rule.next_starts(clock.now() + timedelta(days=1), 1)[0]
    for each in range(3):
        booking = actions.book(owner, schedule.id, start)
        offers.offer(owner, booking.id, "all")
        if each < 2:
            actions.cancel(owner, booking.id)
    offers.take_back(owner, booking.id)
    with pytest.raises(TooFast):
        offers.offer(owner, booking.id, "all")
    actions.cancel(owner, booking.id)
    with pytest.raises(TooFast):
        actions.book(owner, schedule.id, start)
    with pytest.raises(TooFast):
        actions.give_place(owner, schedule.id, start, companion.id)
    with pytest.raises(TooFast):
        change_shift(owner, schedule.id, start, is_cancelled=False, note="Bring a lamp", moved_to=None)


def test_what_the_one_before_offered_is_not_handed_on_after_a_swap(owner, companion):
    third = make_person()
    schedule = make_schedule(make_crew(owner, companion, third), rule="0 6 * * *")
    first, second = schedule.shift_rule.next_starts(clock.now() + timedelta(days=1), 2)
    mine, theirs = actions.book(owner, schedule.id, first), actions.book(companion, schedule.id, second)
    to_all = offers.offer(companion, theirs.id, "all")
    swap = offers.offer(owner, mine.id, "swap", wanted_id=theirs.id)
    offers.answer(companion, swap.id, accepts=True)
    with pytest.raises(offers.OfferGone):
        offers.answer(third, to_all.id, accepts=True)
    assert (mine.person_id, theirs.person_id) == (companion.id, owner.id)


def test_a_place_in_a_draft_is_asked_for_by_nobody(owner, companion):
    schedule = make_schedule(make_crew(owner, companion), rule="0 6 * * *")
    first, second = schedule.shift_rule.next_starts(clock.now() + timedelta(days=1), 2)
    mine = actions.book(owner, schedule.id, first)
    theirs = make_booking(schedule, companion, second, is_draft=True)
    with pytest.raises(NotFound):
        offers.offer(owner, mine.id, "swap", wanted_id=theirs.id)
    with pytest.raises(NotFound):
        offers.offer(companion, theirs.id, "all")
    assert count_told(companion, "duty_asked") == 0


@pytest.mark.usefixtures("real_database")
def test_two_who_swap_with_each_other_at_one_instant_swap_once(app):
    with app.app_context():
        people = make_person(), make_person()
        schedule = make_schedule(make_crew(*people), rule="0 6 * * *")
        starts = schedule.shift_rule.next_starts(clock.now() + timedelta(days=1), 2)
        ids = [one.id for one in people]
        places = [actions.book(one, schedule.id, start).id for one, start in zip(people, starts, strict=True)]
        made = [
            offers.offer(one, place, "swap", wanted_id=other).id
            for one, place, other in zip(people, places, reversed(places), strict=True)
        ]
        db.session.commit()

    def accept(person_id, offer_id):
        return lambda: offers.answer(db.session.get_one(Person, person_id), offer_id, accepts=True)

    assert sorted(at_once(app, [accept(ids[0], made[1]), accept(ids[1], made[0])])) == ["OfferGone", "done"]
    with app.app_context():
        assert [db.session.get_one(Booking, place).person_id for place in places] == ids[::-1]
