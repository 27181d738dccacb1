"""Runs by their pace: what a row says of it, and finding a run that goes as fast as I do."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from hampa.platform.db import db
from hampa.run_search.queries import candidates
from hampa.runs.models.run import PaceGroup, Run
from tests.factories.runs import SHORT_FORM, make_run
from tests.html import words
from tests.runs.test_browse import listed

GROUPS = {
    "pace_groups-0-name": "Easy",
    "pace_groups-0-pace": "6:45",
    "pace_groups-1-name": "Quick",
    "pace_groups-1-pace": "۵:۰۰",
}


GROUPS_0 = ("pace_groups-0-name", "pace_groups-0-pace")


def some_paces():
    make_run(title="Easy and quick", paces=(300, 405))
    make_run(title="Steady", paces=(350,))
    make_run(title="Never asked")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("pace=5:00", ["Easy and quick", "Never asked"]),
        ("pace=۵:۱۵", ["Easy and quick", "Never asked"]),
        ("pace=5:16", ["Never asked"]),
        ("pace=5:16&pace_within=30", ["Easy and quick", "Never asked"]),
        ("pace=5:55&pace_within=60", ["Easy and quick", "Steady", "Never asked"]),
        ("pace=5:56&pace_within=5", ["Never asked"]),
        ("pace_within=5", ["Easy and quick", "Steady", "Never asked"]),
    ],
)
def test_a_pace_finds_the_runs_with_a_group_that_is_near_it(page, asked, found):
    some_paces()
    assert listed(page.get(f"/runs?{asked}", 200)) == found


def test_a_run_for_any_pace_says_so_where_a_pace_was_asked_for(page):
    make_run(title="Never asked")
    assert "any pace" in words(page.get("/runs?pace=5:00", 200).one("article", class_="run-row"))
    assert "any pace" not in words(page.get("/runs", 200).one("article", class_="run-row"))


def test_paces_are_read_from_the_quickest_in_both_directions(page):
    run = make_run(title="Easy and quick", paces=(300, 405))
    persian = page.speaking("fa").get(f"/runs/{run.id}", 200)
    assert "۵:۰۰ تا ۶:۴۵" in persian.words
    (range_,) = [one for one in persian.all("bdi") if "تا" in words(one)]
    assert range_.get("dir") is None


@pytest.mark.parametrize("view", ["map", "calendar"])
def test_map_and_month_are_narrowed_to_a_pace_too(page, view):
    make_run(title="Quick", paces=(300,), latitude=35.7, longitude=51.4)
    make_run(title="Slow", paces=(420,), latitude=35.7, longitude=51.4)
    seen = page.get(f"/runs?view={view}&pace=5:00", 200)
    assert "Quick" in seen.text
    assert "Slow" not in seen.text


def test_a_pace_is_found_beyond_the_soonest_runs_and_near_a_place(page, monkeypatch):
    monkeypatch.setattr(candidates, "SOONEST", 2)
    for _ in range(3):
        make_run(title="Sooner", paces=(420,), latitude=35.7, longitude=51.4)
    make_run(title="Quick", paces=(300,), latitude=35.7, longitude=51.4)
    make_run(title="Elsewhere", paces=(300,), latitude=36.7, longitude=51.4)
    make_run(title="Any pace", latitude=36.7, longitude=51.4)
    assert listed(page.get("/runs?pace=5:00", 200)) == ["Quick", "Elsewhere", "Any pace"]
    assert listed(page.get("/runs?pace=5:00&near=35.7,51.4&radius_km=5", 200)) == ["Quick"]


@pytest.mark.parametrize(("name", "value"), [("pace", "fast"), ("pace", "0:30"), ("pace_within", "7")])
def test_a_pace_that_cant_be_says_so_beside_itself_and_filters_nothing(page, name, value):
    some_paces()
    seen = page.get(f"/runs?pace=5:00&{name}={value}" if name != "pace" else f"/runs?pace={value}", 200)
    assert seen.error_of(name)


def test_what_a_pace_may_differ_by_goes_from_little_to_much_and_begins_with_a_quarter_of_a_minute(page):
    (options,) = [form.choices("pace_within") for form in page.get("/runs", 200).forms if "pace_within" in form.names]
    assert options == ["5", "15", "30", "60"]
    (chosen,) = [form.values["pace_within"] for form in page.get("/runs", 200).forms if "pace_within" in form.names]
    assert chosen == "15"


def test_a_set_pace_is_named_and_can_be_taken_away(page):
    some_paces()
    chip = page.get("/runs?pace=5:00&pace_within=30", 200).one("a", class_="chip-set")
    assert "5:00 /km ± 30 s" in words(chip)
    assert chip.get("href") == "/runs"


def test_who_counts_in_miles_asks_in_minutes_a_mile(page, stranger):
    stranger.units = "miles"
    make_run(title="Eight a mile", paces=(298,))
    mine = page.as_(stranger)
    assert listed(mine.get("/runs?pace=8:00&pace_within=5", 200)) == ["Eight a mile"]
    assert listed(mine.get("/runs?pace=8:09&pace_within=5", 200)) == []


def test_a_row_and_the_run_itself_say_how_fast_it_goes(page, owner):
    mine = page.as_(owner)
    form = mine.get("/runs/new").form().submit("Add a pace group", status=422).form()
    there = form.fill(**SHORT_FORM, **GROUPS).submit(status=303).location
    assert "5:00–6:45 /km" in words(mine.get("/runs", 200).one("article", class_="run-row"))
    assert "5:00–6:45 /km" in words(mine.get(there, 200).one("dl", class_="facts"))
    mine.get(f"{there}/edit").form().fill(**dict.fromkeys(GROUPS_0, "")).submit(status=303)
    row = words(mine.get("/runs", 200).one("article", class_="run-row"))
    assert "5:00 /km" in row
    assert "6:45" not in row


def test_a_group_is_added_by_a_button_and_everything_typed_stays(page, owner):
    form = page.as_(owner).get("/runs/new", 200).form()
    for number in range(1, 6):
        form.fill(**{f"pace_groups-{number - 1}-name": f"Group {number}"}, title="Hill night", starts_on="friday")
        answer = form.submit("Add a pace group", status=422)
        assert not answer.all("p", class_="error"), "nothing is wrong yet"
        assert "open" in answer.one("details", id="pace-groups").attrib
        form = answer.form()
    assert [form.values[f"pace_groups-{number}-name"] for number in range(6)] == [
        *(f"Group {number}" for number in range(1, 6)),
        "",
    ]
    assert (form.values["title"], form.values["starts_on"]) == ("Hill night", "friday")
    assert "Add a pace group" not in answer.words, "six are all there can be"
    assert db.session.scalar(select(func.count()).select_from(Run)) == 0


def test_a_group_is_taken_away_by_a_button_by_htmx_too(page, owner):
    form = page.as_(owner).get("/runs/new", 200).form()
    form = form.submit("Add a pace group", htmx=True, status=422).form()
    form.fill(**SHORT_FORM, **GROUPS)
    answer = form.submit("pace_groups-0", htmx=True, status=422)
    assert answer.form().values["pace_groups-1-name"] == "Quick"
    assert "pace_groups-0-name" not in answer.form().names
    answer.form().submit(status=303)
    assert db.session.scalars(select(PaceGroup.name)).all() == ["Quick"]


def test_in_a_run_that_is_changed_nothing_is_saved_by_another_row(page, owner):
    run = make_run(owner)
    form = page.as_(owner).get(f"/runs/{run.id}/edit", 200).form()
    answer = form.fill(title="Changed").submit("Add a pace group", status=422)
    assert answer.form().values["title"] == "Changed"
    db.session.expire_all()
    assert run.title != "Changed"
