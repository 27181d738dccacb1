"""Publishing: what is taken, what is refused beside its field, and that nothing typed is lost."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.run import Run
from tests.factories.people import make_person
from tests.factories.runs import SHORT_FORM, SOON, add_organiser, make_run, solar
from tests.html import words

FULL = SHORT_FORM | {
    "description": "We **wait**.",
    "directions": "Behind the kiosk",
    "duration_min": "80",
    "distance_km": "14.5",
    "latitude": "35.74",
    "longitude": "51.2",
    "level": "beginner",
    "terrain": "trail",
    "capacity": "15",
    "visibility": "link",
    "timezone": "Europe/Berlin",
}


def the_run():
    db.session.expire_all()
    return db.session.scalars(select(Run)).one()


def how_many_runs():
    return db.session.scalar(select(func.count()).select_from(Run))


def test_a_title_a_time_and_a_place_are_enough(page, owner):
    answer = page.as_(owner).get("/runs/new", 200).form().fill(**SHORT_FORM).submit(status=303)
    run = the_run()
    assert answer.location == f"/runs/{run.id}"
    assert "Your run is published" in answer.follow().words
    assert (run.organiser_id, run.title, run.place) == (owner.id, SHORT_FORM["title"], SHORT_FORM["place"])
    assert run.starts_at == datetime(SOON.year, SOON.month, SOON.day, 3, 0, tzinfo=UTC)
    assert run.starts_local.isoformat() == f"{SOON}T06:30:00"
    usual = (run.duration_min, run.level, run.terrain, run.visibility, run.capacity, run.timezone, run.sequence)
    assert usual == (60, "all", "road", "public", None, "Asia/Tehran", 0)


def test_everything_that_is_said_is_kept(page, owner):
    page.as_(owner).get("/runs/new").form().fill(**FULL).submit(status=303)
    run = the_run()
    assert run.starts_at == datetime(SOON.year, SOON.month, SOON.day, 6, 30, tzinfo=run.zone).astimezone(UTC)
    assert (run.description, run.duration_min, float(run.distance_km), run.capacity) == ("We **wait**.", 80, 14.5, 15)
    assert run.directions == "Behind the kiosk"
    assert "Behind the kiosk" in page.get(f"/runs/{run.id}", 200).words
    assert (run.latitude, run.longitude, run.level, run.terrain) == (35.74, 51.2, "beginner", "trail")
    assert (run.visibility, run.timezone) == ("link", "Europe/Berlin")
    assert len(run.short_code) == 13


def test_by_htmx_it_goes_to_the_run_as_well(page, owner):
    answer = page.as_(owner).get("/runs/new").form().fill(**SHORT_FORM).submit(htmx=True, status=200)
    assert answer.location == f"/runs/{the_run().id}"


@pytest.mark.parametrize(
    ("starts_on", "starts_at"),
    [(SOON.isoformat(), "۶:۳۰"), (solar(SOON), "06:30"), (str(SOON).replace("-", "/"), "٦:٣٠"), (solar(SOON), "6.30")],
)
def test_days_and_times_are_taken_in_either_calendar_and_any_digits(page, starts_on, starts_at):
    sara = make_person(locale="fa", calendar="solar")
    page.as_(sara).post("/runs/new", SHORT_FORM | {"starts_on": starts_on, "starts_at": starts_at}, 303)
    assert the_run().starts_local.isoformat() == f"{SOON}T06:30:00"


WRONG = {
    "title": ["", "ab", "x" * 121, "\u202eevil", "\u200c\u200c\u200c"],
    "starts_on": [
        "",
        "some day",
        "2026-02-30",
        "1405/12/31",
        (clock.now() - timedelta(days=1)).date().isoformat(),
        "2099-01-01",
    ],
    "starts_at": ["", "25:00", "24", "noon"],
    "place": ["", "x", "x" * 121, "\x07"],
    "description": ["x" * 5001, "\u202e"],
    "duration_min": ["9", "2881", "-60", "1.5", "long"],
    "distance_km": ["0", "501", "far", "1e3", "-5"],
    "latitude": ["91", "north"],
    "longitude": ["181", "-180.5"],
    "level": ["olympic", "ALL"],
    "terrain": ["sea"],
    "capacity": ["1", "10001", "0", "-3", "many", "2.5"],
    "visibility": ["friends", "PUBLIC"],
    "timezone": ["Mars/Olympus", "../../etc/passwd", "x" * 300],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_what_cant_be_is_refused_beside_its_field_and_everything_typed_is_kept(page, owner, name, value):
    answer = page.as_(owner).post("/runs/new", FULL | {name: value}, 422)
    assert words(answer.one(id=f"{name}-error"))
    kept = answer.form().values
    assert [field for field, text in FULL.items() if field != name and kept.get(field) != text] == []
    assert how_many_runs() == 0


def test_a_pin_is_both_numbers_or_none(page, owner):
    for given, missing in (("latitude", "longitude"), ("longitude", "latitude")):
        answer = page.as_(owner).post("/runs/new", SHORT_FORM | {given: "35.7"}, 422)
        assert "both numbers" in answer.error_of(missing)


def test_wrong_answers_come_back_as_a_fragment_to_htmx(page, owner):
    answer = page.as_(owner).get("/runs/new").form().fill(**(SHORT_FORM | {"title": "x"})).submit(htmx=True, status=422)
    assert answer.error_of("title")
    assert not answer.all("h1")


def test_a_section_says_what_is_set_in_it_and_stands_open_when_something_in_it_is_wrong(page, owner):
    browser = page.as_(owner)
    for answer, opened, now in (
        (browser.get("/runs/new"), False, "1 h, All levels, Road"),
        (browser.post("/runs/new", SHORT_FORM | {"title": "x"}), False, "1 h, All levels, Road"),
        (browser.post("/runs/new", SHORT_FORM | {"title": "x", "duration_min": "70"}), False, "1 h 10, All levels"),
        (browser.post("/runs/new", SHORT_FORM | {"duration_min": "1"}), True, "1 h, All levels"),
        (browser.post("/runs/new", SHORT_FORM | {"terrain": "sea"}), True, "1 h, All levels"),
    ):
        about = answer.all("details", class_="more")[0]
        assert ("open" in about.attrib) == opened
        assert now in words(about)


def test_a_time_that_the_clocks_skip_is_refused(page, owner):
    day = next_spring_forward()
    skipped = SHORT_FORM | {"timezone": "Europe/Berlin", "starts_on": day.isoformat(), "starts_at": "2:30"}
    assert "skipped" in page.as_(owner).post("/runs/new", skipped, 422).error_of("starts_at")
    page.as_(owner).post("/runs/new", skipped | {"starts_at": "3:00"}, 303)
    assert the_run().starts_at == datetime(day.year, day.month, day.day, 1, 0, tzinfo=UTC)


def next_spring_forward():
    """Return the last Sunday of the next March, when clocks in Berlin go from 2:00 to 3:00."""
    today = clock.now().date()
    year = today.year + (today >= date(today.year, 3, 25))
    last = date(year, 3, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def test_a_start_is_ahead_and_within_a_year_of_this_minute(page, owner):
    browser = page.as_(owner)
    noon = datetime(2026, 6, 1, 8, 30, tzinfo=UTC)
    with clock.frozen(noon):
        now = {"starts_on": "2026-06-01", "starts_at": "12:00"}
        assert browser.post("/runs/new", SHORT_FORM | now, 422).error_of("starts_on")
        browser.post("/runs/new", SHORT_FORM | now | {"starts_at": "12:01"}, 303)
        browser.post("/runs/new", SHORT_FORM | now | {"starts_on": "2027-06-01"}, 303)
        assert browser.post("/runs/new", SHORT_FORM | now | {"starts_on": "2027-06-03"}, 422).error_of("starts_on")


@pytest.mark.parametrize(
    ("pasted", "pin"),
    [("https://maps.google.com/?q=35.7448,51.2114", (35.7448, 51.2114)), ("۳۵٫۷۴۴۸، ۵۱٫۲۱۱۴", (35.7448, 51.2114))],
)
def test_a_pin_is_pasted_as_a_map_gives_it(page, owner, pasted, pin):
    page.as_(owner).post("/runs/new", SHORT_FORM | {"pin": pasted, "latitude": "1", "longitude": "x"}, 303)
    run = db.session.scalars(select(Run)).one()
    assert (run.latitude, run.longitude) == pin


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("by the lake", "no place in this"),
        ("https://maps.app.goo.gl/Ab12", "copy the two numbers"),
        ("geo:0,0", "lies in the ocean"),
    ],
)
def test_what_is_no_place_is_refused_beside_the_pin(page, owner, pasted, said):
    answer = page.as_(owner).post("/runs/new", SHORT_FORM | {"pin": pasted}, 422)
    assert said in answer.error_of("pin")
    assert answer.form().values["pin"] == pasted


def test_a_pin_at_nowhere_is_asked_about(page, owner):
    answer = page.as_(owner).post("/runs/new", SHORT_FORM | {"latitude": "0", "longitude": "0"}, 422)
    assert "lies in the ocean" in answer.error_of("latitude")


def test_directions_in_pasted_texts_are_taken_and_an_override_is_told_with_its_place(page, owner):
    browser = page.as_(owner)
    pasted = {"title": "\u2068Easy loop\u2069", "description": "With \u2068سارا\u2069, \u202bآرام\u202c"}
    browser.post("/runs/new", SHORT_FORM | pasted, 303)
    run = db.session.scalars(select(Run)).one()
    assert (run.title, run.description) == ("Easy loop", pasted["description"])
    answer = browser.post("/runs/new", SHORT_FORM | {"title": "Easy \u202eloop"}, 422)
    assert "After “Easy” there is something invisible" in answer.error_of("title")


def test_the_form_shows_what_matters_first_and_folds_the_rest(page, owner):
    form = page.as_(owner).get("/runs/new", 200).form()
    folded = {field.get("name") for fold in form.element.iter("details") for field in fold.iter() if field.get("name")}
    assert {"title", "starts_on", "starts_at", "place", "pin", "capacity", "distance_km"} <= set(form.names) - folded
    assert {"timezone", "latitude", "longitude", "organisers", "visibility"} <= folded
    assert not [fold for fold in form.element.iter("details") if "open" in fold.attrib]


def test_the_section_of_the_time_zone_names_it(page, owner):
    run = make_run(owner, timezone="Europe/Berlin")
    answer = page.as_(owner).get(f"/runs/{run.id}/edit", 200)
    assert "Time zone and pin Berlin" in answer.words


def test_only_women_let_only_women_come(page, owner, companion):
    owner.gender = "male"
    form = page.as_(owner).get("/runs/new").form().fill(**SHORT_FORM, company="women")
    assert "Only women can set a run to women only" in form.submit(status=422).words
    assert how_many_runs() == 0
    owner.gender = "female"
    page.as_(owner).get("/runs/new").form().fill(**SHORT_FORM, company="women").submit(status=303)
    assert the_run().company == "women"


def test_a_man_who_helps_to_organise_a_run_for_women_saves_it_and_makes_none(page, owner, companion):
    companion.gender = "male"
    run, other = make_run(owner, company="women"), make_run(owner)
    for one in (run, other):
        add_organiser(one, companion)
    edit = page.as_(companion).get(f"/runs/{run.id}/edit", 200).form()
    edit.fill(title="Quietly around the lake").submit(status=303)
    refused = page.as_(companion).get(f"/runs/{other.id}/edit", 200).form().fill(company="women")
    assert "Only women can set a run to women only" in refused.submit(status=422).words
    db.session.refresh(other)
    assert (run.company, run.title, other.company) == ("women", "Quietly around the lake", "anyone")
