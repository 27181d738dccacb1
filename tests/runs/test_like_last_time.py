"""A run like the last one: everything but the day is taken from it, and chips give the day and the time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.run import PaceGroup, Run, RunInvitation
from hampa.runs.queries.runs import pace_groups_of
from tests.factories.people import make_person
from tests.factories.runs import add_organiser, make_run, take_part

NOON = datetime(2026, 11, 25, 9, tzinfo=clock.now().tzinfo)  # a Wednesday, 12:30 in Tehran
LAST_FRIDAY = datetime(2026, 11, 20, 6, 30)  # noqa: DTZ001 - the clock at the meeting point
NEXT_FRIDAY = date(2026, 11, 27)


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.frozen(NOON):
        yield


@pytest.fixture
def run(owner):
    made = make_run(
        owner,
        title="Every Friday",
        description="We wait.",
        starts_local=LAST_FRIDAY,
        distance_km=Decimal("14.5"),
        latitude=35.74,
        longitude=51.2,
        capacity=12,
        level="regular",
        terrain="trail",
        guests_allowed=1,
    )
    leads = make_person(name="Leyla")
    db.session.add(PaceGroup(run_id=made.id, position=0, name="Easy", pace=390, leader_id=leads.id, size=5))
    db.session.add(PaceGroup(run_id=made.id, position=1, name="Quick", pace=300, leader_id=owner.id))
    db.session.flush()
    return made


def the_new_one(run):
    db.session.expire_all()
    return db.session.scalars(select(Run).where(Run.id != run.id)).one()


def test_publishing_again_takes_one_press_because_the_usual_day_and_time_are_chosen(page, owner, run):
    take_part(run)
    form = page.as_(owner).get(f"/runs/new?like={run.id}", 200).form()
    assert (form.values["day"], form.values["clock"]) == (NEXT_FRIDAY.isoformat(), "06:30")
    answer = form.submit(status=303)
    new = the_new_one(run)
    assert answer.location == f"/runs/{new.id}"
    same = ("title", "description", "place", "distance_km", "latitude", "longitude", "capacity", "level", "terrain")
    assert [getattr(new, name) for name in same] == [getattr(run, name) for name in same]
    assert (new.starts_local, new.guests_allowed, new.taken) == (LAST_FRIDAY + timedelta(days=7), 1, 0)
    groups = [(group.name, group.pace, group.size, group.leader_id) for group in pace_groups_of(new.id)]
    assert groups == [("Easy", 390, 5, None), ("Quick", 300, None, owner.id)]


def test_a_chip_for_the_day_and_one_for_the_time_are_all_it_takes(page, owner, run):
    form = page.as_(owner).get(f"/runs/new?like={run.id}", 200).form()
    assert form.choices("day") == [f"2026-11-{day}" for day in range(25, 31)] + ["2026-12-01", "2026-12-02", "other"]
    assert form.choices("clock") == ["06:30", "06:00", "07:00", "18:00", "19:00", "other"]
    form.fill(day="2026-11-28", clock="18:00").submit(status=303)
    assert the_new_one(run).starts_local == datetime(2026, 11, 28, 18)  # noqa: DTZ001 - the clock on the spot


def test_another_day_and_time_are_typed_in_words(page, owner, run):
    form = page.as_(owner).get(f"/runs/new?like={run.id}", 200).form()
    answer = form.fill(day="other", clock="other").submit(status=422)
    assert answer.error_of("starts_on")
    answer = answer.form().fill(starts_on="10 Dec", starts_at="7:15").submit(status=303)
    assert the_new_one(run).starts_local == datetime(2026, 12, 10, 7, 15)  # noqa: DTZ001 - the clock on the spot


def test_a_run_that_stands_for_next_friday_suggests_the_friday_after_it(page, owner, run):
    run.starts_local += timedelta(days=7)
    run.starts_at += timedelta(days=7)
    form = page.as_(owner).get(f"/runs/new?like={run.id}", 200).form()
    assert form.values["day"] == "2026-12-04"
    assert form.choices("day")[-2:] == ["2026-12-04", "other"]


def test_the_last_three_different_ones_are_offered_and_like_last_is_the_newest(page, owner, run):
    browser = page.as_(owner)
    for back, title in ((1, "Hills"), (2, "Track"), (8, "Hills"), (9, "Long ago")):
        make_run(owner, title=title, place="Park", starts_local=LAST_FRIDAY - timedelta(days=back))
    words = browser.get("/runs/new", 200).words
    assert [title for title in ("Every Friday", "Hills", "Track", "Long ago") if title in words] == [
        "Every Friday",
        "Hills",
        "Track",
    ]
    assert words.count("Hills") == 1
    assert browser.get("/runs/new?like=last", 200).form().values["title"] == "Every Friday"


def test_who_has_published_nothing_gets_the_plain_form(page, stranger):
    browser = page.as_(stranger)
    for url in ("/runs/new", "/runs/new?like=last"):
        answer = browser.get(url, 200)
        assert "Like last time" not in answer.words
        assert answer.form().values["title"] == ""


def test_a_run_of_somebody_else_is_no_model_even_for_its_co_organiser(page, run, stranger):
    helper = add_organiser(run)
    page.as_(helper).get(f"/runs/new?like={run.id}", 403)
    page.as_(stranger).get(f"/runs/new?like={run.id}", 403)
    page.as_(stranger).get("/runs/new?like=nonsense", 404)
    run.visibility = "link"
    run.cancelled_at = clock.now()
    page.as_(stranger).post(f"/runs/new?like={run.id}", {"day": NEXT_FRIDAY.isoformat()}, 403)


def test_who_organised_it_too_is_asked_anew_or_left_alone(page, owner, run, told):
    helper = add_organiser(run)
    form = page.as_(owner).get(f"/runs/new?like={run.id}", 200).form()
    assert form.values["ask_team"]
    del form.values["ask_team"]
    form.submit(status=303)
    assert told(helper) == []
    page.as_(owner).get(f"/runs/new?like={run.id}").form().fill(day="2026-11-30").submit(status=303)
    invited = select(RunInvitation.person_id, RunInvitation.run_id)
    ((person_id, run_id),) = db.session.execute(invited).all()
    assert (person_id, db.session.get(Run, run_id).starts_local.day) == (helper.id, 30)


def test_what_else_is_changed_counts_and_an_error_in_it_opens_it(page, owner, run):
    form = page.as_(owner).get(f"/runs/new?like={run.id}", 200).form()
    answer = form.fill(title="Hi", day="2026-11-30").submit(status=422)
    assert answer.error_of("title")
    assert answer.form().values["day"] == "2026-11-30"
    answer.form().fill(title="Hill night", capacity="").submit(status=303)
    new = the_new_one(run)
    assert (new.title, new.capacity, new.starts_local.day) == ("Hill night", None, 30)


def test_days_are_named_in_words_of_the_viewer_and_of_the_place(page, owner, run):
    run.timezone = "Pacific/Auckland"  # where it is Wednesday night already
    with clock.frozen(datetime(2026, 11, 25, 12, tzinfo=clock.now().tzinfo)):
        answer = page.as_(owner).get(f"/runs/new?like={run.id}", 200)
        assert answer.form().choices("day")[0] == "2026-11-26"
        chips = answer.all(name="day")
        assert [chip.get("value") for chip in chips[:2]] == ["2026-11-26", "2026-11-27"]
        assert "Today 26 November Tomorrow 27 November Saturday 28 November" in answer.words
