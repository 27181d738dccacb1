"""Rosters: their rules, drafted and then published, the grid and the calendar."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from hampa.blocks.actions import block
from hampa.duties.actions.booking import book, cancel, give_place
from hampa.duties.actions.reminding import remind
from hampa.duties.models import Booking, Roster, ShiftChange
from hampa.duties.queries.bookings import coming
from hampa.duty_rosters.actions import rosters as actions
from hampa.duty_rosters.actions.rules import set_rule
from hampa.duty_rosters.models import FILLED, LEADER_ALONE, QUALIFIED, RATIO, TEAM
from hampa.duty_rosters.queries.checks import checks_of
from hampa.duty_rosters.queries.days import day_of, days_of
from hampa.duty_rosters.queries.owners import roster_owner
from hampa.notifications.models import Notification
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import DomainError, NotFound, Refused
from tests.duty_rosters.conftest import MONDAY, SATURDAY
from tests.factories.base import made
from tests.factories.crews import add_member, make_crew
from tests.factories.duties import make_booking, make_schedule
from tests.factories.people import make_person
from tests.factories.runs import make_run
from tests.html import words

EIGHT = datetime(2026, 12, 5, 4, 30, tzinfo=UTC)
TOKEN = "20261205T043000Z"


def told(person, kind: str) -> list[str]:
    query = select(Notification).where(Notification.person_id == person.id, Notification.type == kind)
    return [one.data["what"] for one in db.session.scalars(query.order_by(Notification.created_at, Notification.id))]


def owner_of(person, crew):
    return roster_owner(person, "crew", crew.id)


def kinds(person, crew) -> list[str]:
    owner = owner_of(person, crew)
    return [check.kind for check in checks_of(owner, day_of(person, owner, SATURDAY))]


def test_a_roster_is_drafted_checked_and_published_and_told_once(page, crew, duties, owner, companion, stranger):
    roster = f"/rosters/crew/{crew.id}/{SATURDAY}"
    rules = f"/rosters/crew/{crew.id}/rules"
    # Rules, by a form that says what is wrong.
    page.as_(companion).get(rules, 403)
    page.as_(owner).get(rules, 200).form(rules).submit(status=303)
    words = page.as_(owner).get(rules, 200).words
    assert "Leader of the day: 1 person at least" in words and "Scanner: 1 person for each 50 runners" in words
    form = page.as_(owner).get(f"{rules}/ratio", 200).form(f"{rules}/ratio")
    answer = form.fill(role="marshal", people="2", per="0").submit(status=422)
    assert answer.error_of("per") and answer.form(f"{rules}/ratio").names
    answer.form(f"{rules}/ratio").fill(per="60").submit(status=303)
    page.as_(owner).get(f"{rules}/nonsense", 404)
    # The draft: only the coordinator sees who is in it, and nobody else takes a place.
    page.as_(companion).post(f"{roster}/draft", {}, 403)
    page.as_(owner).get(roster, 200).form(f"{roster}/draft").submit(status=303)
    leader = duties["leader"]
    put_in = f"/schedules/{leader.id}/shifts/{TOKEN}/people"
    page.as_(owner).get(put_in, 200).form(put_in).fill(people=[str(companion.id)]).submit(status=303)
    seen = page.as_(owner).get(roster, 200)
    assert companion.name in seen.words and "Draft" in seen.words
    assert "The marshal: 0 of at least 2 people." in seen.words and "1 person will be told right away." in seen.words
    hidden = page.as_(companion)
    for path in (roster, f"/rosters/crew/{crew.id}", f"/schedules/{leader.id}/shifts/{TOKEN}", "/me/duties", "/"):
        assert "It's yours" not in hidden.get(path, 200).words
    assert "still drafting" in hidden.get(f"/schedules/{leader.id}/shifts/{TOKEN}", 200).words
    booking = db.session.scalars(select(Booking)).one()
    assert booking.is_draft and coming(companion, EIGHT + timedelta(days=9)) == []
    page.as_(companion).get(f"/duties/bookings/{booking.id}", 404)
    for path in (roster, f"/rosters/crew/{crew.id}"):
        page.as_(stranger).get(path, 404)
    assert not told(companion, "duty_booked")
    # A warning does not keep it back, a blocking check does.
    give_place(owner, duties["first_aid"].id, EIGHT, companion.id)
    db.session.commit()
    seen = page.as_(owner).get(roster, 200)
    assert f"{companion.name} has another duty at the time of The leader." in seen.words
    assert f"{companion.name} isn't qualified for First aid." in seen.words
    assert f"/schedules/{duties['first_aid'].id}/qualified" in seen.links
    page.as_(owner).post(f"{roster}/publication", {}, 303)
    assert db.session.scalars(select(Roster.published_at)).one() is None
    assert "kept" not in seen.words and not told(companion, "duty_roster")
    cancel(owner, db.session.scalars(select(Booking.id).where(Booking.schedule_id == duties["first_aid"].id)).one())
    db.session.commit()
    assert not told(companion, "duty_news")  # they did not know of it
    page.as_(owner).get(roster, 200).form(f"{roster}/publication").submit(status=303)
    page.as_(owner).post(f"{roster}/publication", {}, 303)
    assert told(companion, "duty_roster") == ["published"]
    assert "It's yours" in page.as_(companion).get(roster, 200).words
    assert "you're down for The leader" in page.as_(companion).get("/notifications", 200).words
    assert companion.name in page.as_(companion).get(f"/rosters/crew/{crew.id}", 200).words
    # What changes afterwards is told; drafted again, they hear of that, and of the next publication.
    give_place(owner, duties["sweep"].id, EIGHT + timedelta(hours=2), companion.id)
    assert told(companion, "duty_booked") == ["given"]
    db.session.commit()
    page.as_(owner).get(roster, 200).form(f"{roster}/draft").submit(status=303)
    assert "It's yours" in page.as_(companion).get(roster, 200).words  # who knows, knows
    page.as_(owner).post(f"{roster}/discard", {}, 303)
    page.as_(owner).get(roster, 200).form(f"{roster}/publication").submit(status=303)
    assert sorted(told(companion, "duty_roster")) == ["published", "published", "redrafted"]


def test_each_rule_says_what_is_missing(crew, duties, owner, companion):
    mine = owner_of(owner, crew)
    assert kinds(owner, crew) == ["short", "short", "short", "short"]
    set_rule(owner, mine, kind=FILLED, role="marshal", people=3, is_blocking=True)
    set_rule(owner, mine, kind=RATIO, role="scanner", people=1, per=50)
    set_rule(owner, mine, kind=TEAM, people=2)
    set_rule(owner, mine, kind=LEADER_ALONE)
    set_rule(owner, mine, kind=QUALIFIED)
    assert kinds(owner, crew) == ["filled", "team", "short", "short", "short"]
    with pytest.raises(DomainError):
        actions.expect(owner, mine, SATURDAY, 51)
    actions.draft(owner, mine, SATURDAY)
    actions.expect(owner, mine, SATURDAY, 51)
    assert kinds(owner, crew)[1] == "no_shift"
    scanner = make_schedule(crew, role="scanner", name="Scan", rule="0 8 * * 6", max_people=2, min_people=0)
    (ratio,) = [one for one in checks_of(owner_of(owner, crew), _day(owner, crew)) if one.kind == RATIO]
    assert (ratio.needed, ratio.there, ratio.runners) == (2, 0, 51)
    make_run(owner, crew_id=crew.id, starts_local=(EIGHT + timedelta(hours=3.5)).replace(tzinfo=None), taken=101)
    third = make_person(name="Third")
    add_member(crew, third)
    for place, person in enumerate((companion, third), 1):
        make_booking(scanner, person, EIGHT, place=place, is_draft=True)
    (ratio,) = [one for one in checks_of(owner_of(owner, crew), _day(owner, crew)) if one.kind == RATIO]
    assert (ratio.needed, ratio.there, ratio.runners) == (3, 2, 101)
    assert ratio.path == f"/schedules/{scanner.id}/edit"  # its two places are taken
    make_booking(duties["leader"], owner, EIGHT, is_draft=True)
    make_booking(duties["sweep"], owner, EIGHT + timedelta(hours=2), is_draft=True)
    make_booking(duties["first_aid"], make_person(name="Guest"), EIGHT, is_draft=True)
    found = kinds(owner, crew)
    assert found.count("leader_alone") == found.count("qualified") == found.count("gone") == 1
    assert "team" not in found and "busy" not in found
    duties["sweep"].published_at = None
    db.session.flush()
    assert "unpublished" in kinds(owner, crew)


def _day(person, crew):
    return day_of(person, owner_of(person, crew), SATURDAY)


def test_a_draft_keeps_nobody_from_living_on_and_the_database_decides_when_it_is_published(
    crew, duties, owner, companion
):
    mine = owner_of(owner, crew)
    actions.draft(owner, mine, SATURDAY)
    give_place(owner, duties["leader"].id, EIGHT, companion.id)
    with pytest.raises(DomainError):
        give_place(owner, duties["leader"].id, EIGHT, companion.id)
    with pytest.raises(Refused) as refused:
        book(companion, duties["marshal"].id, EIGHT)
    assert refused.value.name == "DRAFTED"
    other = make_schedule(make_crew(companion, owner), name="Elsewhere", rule="0 8 * * 6")
    taken = book(companion, other.id, EIGHT)  # it does not know of the draft
    with pytest.raises(Refused):
        actions.publish(owner, mine, SATURDAY)
    with pytest.raises(Refused):
        actions._reveal(mine, SATURDAY)
    cancel(companion, taken.id)
    # Nobody is reminded of what they don't know, and a shift that moves out of the draft is told.
    with clock.frozen(EIGHT - timedelta(hours=3)):
        assert remind() == 0
    roster = actions.publish(owner, mine, SATURDAY)
    assert (roster.publications, actions.publish(owner, mine, SATURDAY).publications) == (1, 1)
    with clock.frozen(EIGHT - timedelta(hours=3)):
        assert remind() == 1
    with pytest.raises(Refused):
        actions.discard(owner, mine, SATURDAY)
    with clock.frozen(MONDAY + timedelta(days=9)), pytest.raises(Refused):
        actions.draft(owner, mine, SATURDAY)


def test_a_discarded_draft_leaves_nothing(crew, duties, owner, companion):
    mine = owner_of(owner, crew)
    known = book(companion, duties["marshal"].id, EIGHT)
    actions.draft(owner, mine, SATURDAY)
    give_place(owner, duties["leader"].id, EIGHT, owner.id)
    actions.discard(owner, mine, SATURDAY)
    assert list(db.session.scalars(select(Booking.id))) == [known.id]
    with pytest.raises(NotFound):
        actions.publish(owner, mine, SATURDAY)
    book(owner, duties["leader"].id, EIGHT)


def asked(page, person, statements, path) -> int:
    page.as_(person).get(path, 200)
    with statements() as seen:
        page.as_(person).get(path, 200)
    return len(seen)


def test_the_grid_and_the_calendar_ask_as_much_for_many_as_for_one(page, crew, duties, owner, companion, statements):
    path = f"/rosters/crew/{crew.id}"
    make_booking(duties["leader"], companion, EIGHT)
    made(ShiftChange, schedule_id=duties["sweep"].id, starts_at=EIGHT + timedelta(hours=2), is_cancelled=True)
    table = page.as_(companion).get(path, 200)
    assert companion.name in table.words and "Cancelled" in table.words and "2 missing" in table.words
    assert len(table.all("th", scope="col")) == 5 and len(table.all("th", scope="row")) == 4
    month = page.as_(companion).get("/duties/calendar", 200)
    assert "The leader" in month.words and "It's yours" not in month.words
    month = page.as_(companion).get("/duties/calendar?month=2026-12", 200)
    assert "It's yours" in month.words and re.search("Azar", month.words)
    persian = make_person(locale="fa")
    add_member(crew, persian)
    assert "آذر" in page.speaking("fa").as_(persian).get("/duties/calendar", 200).words
    few = [asked(page, companion, statements, one) for one in (path, "/duties/calendar")]
    for number in range(12):
        schedule = make_schedule(crew, name=f"Post {number}", rule="0 7 * * *", max_people=2)
        person = make_person(name=f"Post {number}")
        add_member(crew, person)
        for day in range(10):
            make_booking(schedule, person, datetime(2026, 12, 1 + day, 3, 30, tzinfo=UTC))
    assert [asked(page, companion, statements, one) for one in (path, "/duties/calendar")] == few
    days = days_of(companion, owner_of(companion, crew), MONDAY.date())
    assert sum(len(one.shifts) for one in days) <= 600


def test_nobody_sees_by_a_draft_who_blocks_whom(page, crew, duties, owner, companion):
    make_booking(duties["leader"], companion, EIGHT)
    block(owner, companion.id)
    seen = page.as_(owner).get(f"/rosters/crew/{crew.id}/{SATURDAY}", 200).words
    assert companion.name not in seen and "Somebody" in seen


@pytest.mark.usefixtures("remembering")
def test_a_kept_grid_shows_nobody_what_is_not_theirs_and_never_what_was(page, crew, duties, owner, companion):
    member, blocker = make_person(name="Member"), make_person(name="Blocker")
    add_member(crew, member)
    add_member(crew, blocker)
    booking = make_booking(duties["leader"], companion, EIGHT)

    def who_sees_it(name: str) -> list[str]:
        db.session.commit()
        viewers = {"owner": owner, "companion": companion, "member": member, "blocker": blocker}
        path = f"/rosters/crew/{crew.id}"
        cells = {key: page.as_(person).get(path, 200).all(class_="roster-name") for key, person in viewers.items()}
        return [key for key, names in cells.items() if name in map(words, names)]

    assert who_sees_it(companion.name) == ["owner", "companion", "member", "blocker"]
    block(blocker, companion.id)
    assert who_sees_it(companion.name) == ["owner", "companion", "member"]
    assert who_sees_it("Somebody") == ["blocker"]
    companion.name = "Another Name"
    assert who_sees_it("Another Name") == ["owner", "companion", "member"]
    actions.draft(owner, owner_of(owner, crew), SATURDAY)
    assert who_sees_it("Another Name") == ["owner", "companion"]
    actions.publish(owner, owner_of(owner, crew), SATURDAY)
    assert who_sees_it("Another Name") == ["owner", "companion", "member"]
    cancel(companion, booking.id)
    assert who_sees_it("Another Name") == []


@pytest.mark.usefixtures("remembering")
def test_a_kept_day_of_the_calendar_says_to_each_what_they_do_and_never_what_was(page, crew, duties, owner, companion):
    def who_does_it() -> list[str]:
        db.session.commit()
        viewers, path = {"owner": owner, "companion": companion}, "/duties/calendar?month=2026-12"
        return [key for key, person in viewers.items() if "It's yours" in page.as_(person).get(path, 200).words]

    assert who_does_it() == []
    booking = make_booking(duties["leader"], companion, EIGHT)
    assert who_does_it() == ["companion"]
    cancel(companion, booking.id)
    assert who_does_it() == []
    duties["leader"].name = "Another duty"
    assert who_does_it() == []
    assert "Another duty" in page.as_(owner).get("/duties/calendar?month=2026-12", 200).words


@pytest.mark.usefixtures("remembering", "duties")
def test_a_kept_month_of_the_calendar_says_what_is_over_and_whose_it_is_now(page, crew, owner):
    def words_of_the_month() -> str:
        db.session.commit()
        return page.as_(owner).get("/duties/calendar?month=2026-12", 200).words

    with clock.frozen(EIGHT - timedelta(hours=1)):
        before = words_of_the_month()
    with clock.frozen(EIGHT + timedelta(minutes=95)):
        after = words_of_the_month()
    assert (before.count("· over"), after.count("· over")) == (0, 3)
    crew.name = "Forest Saturdays"
    with clock.frozen(EIGHT + timedelta(minutes=95)):
        assert "Forest Saturdays" in words_of_the_month()
