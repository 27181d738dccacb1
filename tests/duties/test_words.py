"""What people read of swaps, of shifts that are over, and in which order lists stand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hampa.duties.actions import offers as offer_actions
from hampa.platform import clock
from tests.duties.conftest import MONDAY
from tests.factories.crews import add_member
from tests.factories.duties import make_booking, make_schedule
from tests.factories.people import make_person

FIRST = datetime(2026, 12, 1, 2, 30, tzinfo=UTC)


def test_a_swap_names_both_shifts_and_both_people(page, schedule, crew, owner, companion):
    south = make_schedule(crew, name="South gate")
    mine, theirs = make_booking(schedule, companion, FIRST), make_booking(south, owner, FIRST + timedelta(days=1))
    offer_actions.offer(companion, mine.id, "swap", wanted_id=theirs.id)
    asked = page.as_(owner).get("/me/duties", 200).words
    assert schedule.name in asked and "for your South gate" in asked and "I'll swap" in asked
    told = page.as_(owner).get("/notifications", 200).words
    assert "for your South gate" in told and "a duty of yours" not in told
    own = page.as_(companion).get(f"/duties/bookings/{mine.id}", 303).follow().words
    assert f"You asked {owner.name} to swap it for South gate" in own
    offer_actions.take_back(companion, mine.id)
    offer_actions.offer(companion, mine.id, "give", to_id=owner.id)
    assert f"You offered it to {owner.name}" in page.as_(companion).get(f"/duties/bookings/{mine.id}").follow().words


def test_people_stand_in_the_order_of_the_persian_alphabet(page, schedule, crew, companion):
    names = ["Omid", "آرش", "پریسا", "تارا", "قاسم", "کاوه", "گلی", "نیلوفر", "یاسمن"]
    for name in reversed(names):
        add_member(crew, make_person(name=name))
    mine = make_booking(schedule, companion, FIRST)
    form = page.as_(companion).get(f"/duties/bookings/{mine.id}/offer", 200).form()
    offered = [option.text for option in form.element.iter("option")]
    assert [name for name in offered if name in names] == names
    for more in ({"handle": "navid_runs"}, {"city": "Karaj"}, {"city": "Karaj"}):
        add_member(crew, make_person(name="نوید", **more))
    answer = page.as_(companion).get(f"/duties/bookings/{mine.id}/offer", 200)
    apart = [option.text for option in answer.form().element.iter("option") if "نوید" in (option.text or "")]
    assert len(set(apart)) == 3 and "نوید (@navid_runs)" in apart and "نوید (Karaj)" in apart


def test_shifts_stand_under_their_days_in_the_order_of_the_clock(page, schedule, crew, companion):
    make_schedule(crew, name="Dusk", rule="0 20 * * *", min_people=2, max_people=2)
    answer = page.as_(companion).get("/duties?show=all", 200)
    days = [heading.get("id") for heading in answer.all("h2") if (heading.get("id") or "").startswith("d2")]
    assert days == sorted(days) and len(days) > 3
    starts = [time.get("datetime") for time in answer.all("time") if time.get("datetime")]
    assert starts == sorted(starts)


def test_nobody_is_missing_in_a_shift_that_is_over(page, schedule, companion):
    assert "more person needed" in page.as_(companion).get("/duties/calendar?month=2026-12", 200).words
    with clock.frozen(MONDAY + timedelta(days=30)):
        month = page.as_(companion).get("/duties/calendar?month=2026-12", 200).words
    assert "· over" in month
