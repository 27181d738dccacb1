"""A pin whose two numbers are the wrong way round or that stays at the old place, and numbers as the name of a place."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from hampa.platform.db import db
from hampa.runs.models.run import Run
from tests.factories.runs import SHORT_FORM, make_run


def pin_of_the_run():
    return db.session.execute(select(Run.latitude, Run.longitude)).one()


@pytest.mark.parametrize("pin", ["51.389, 35.689", "۵۱٫۳۸۹، ۳۵٫۶۸۹", "51.389 35.689"])
def test_numbers_the_wrong_way_round_are_asked_about_and_one_button_turns_them(page, owner, pin):
    answer = page.as_(owner).get("/runs/new").form().fill(**SHORT_FORM, pin=pin).submit(status=422)
    assert "Do you mean the place near Tehran?" in answer.error_of("pin")
    answer.form().submit("swapped", status=303)
    assert pin_of_the_run() == (35.689, 51.389)


def test_a_latitude_beyond_the_pole_can_only_be_a_longitude(page, owner):
    answer = page.as_(owner).get("/runs/new").form().fill(**SHORT_FORM, pin="139.7, 35.7").submit(status=422)
    assert "Do you mean the place near" in answer.error_of("pin")
    assert "No, leave it" not in answer.words
    answer.form().submit("swapped", status=303)
    assert pin_of_the_run() == (35.7, 139.7)


def test_a_pin_that_is_meant_so_is_left_as_it_is(page, owner):
    answer = page.as_(owner).get("/runs/new").form().fill(**SHORT_FORM, pin="51.389, 35.689").submit(status=422)
    answer.form().submit("kept", status=303)
    assert pin_of_the_run() == (51.389, 35.689)


@pytest.mark.parametrize(
    ("pin", "timezone"),
    [("35.689, 51.389", "Asia/Tehran"), ("52.5, 13.4", "Europe/Berlin"), ("51.389, 35.689", "Europe/Kyiv")],
)
def test_a_pin_in_the_zone_of_the_run_is_not_asked_about(page, owner, pin, timezone):
    page.as_(owner).get("/runs/new").form().fill(**SHORT_FORM, pin=pin, timezone=timezone).submit(status=303)


@pytest.mark.parametrize("place", ["35.7448, 51.3753", "۳۵٫۷۴۴۸، ۵۱٫۳۷۵۳", "https://maps.google.com/?q=35.7,51.3"])
def test_a_point_is_no_name_of_a_place(page, owner, place):
    answer = page.as_(owner).post("/runs/new", SHORT_FORM | {"place": place}, 422)
    assert "Pin on the map" in answer.error_of("place")


def test_a_pin_that_stays_while_the_place_changes_is_asked_about_and_nothing_is_lost(page, owner):
    run = make_run(owner, place="Azadi gate", latitude=35.7, longitude=51.3)
    browser = page.as_(owner)
    asked = browser.get(f"/runs/{run.id}/edit").form().fill(place="North gate", directions="By the kiosk")
    answer = asked.submit(status=422)
    assert "still where the old one was" in answer.error_of("pin")
    assert pin_of_the_run() == (35.7, 51.3)
    form = answer.form()
    assert (form.values["place"], form.values["directions"]) == ("North gate", "By the kiosk")
    form.fill(title="x").submit("North gate", status=422).form().fill(title="Evening loop").submit(status=303)
    assert pin_of_the_run() == (35.7, 51.3)
    browser.get(f"/runs/{run.id}/edit").form().fill(place="north  gate").submit(status=303)  # the same name
    browser.get(f"/runs/{run.id}/edit").form().fill(place="South gate", pin="35.8, 51.4").submit(status=303)
    assert pin_of_the_run() == (35.8, 51.4)
    copy = browser.get(f"/runs/{run.id}/copy").form().fill(place="West gate", starts_on="2099-01-01")
    assert "still where the old one was" in copy.submit(status=422).error_of("pin")
    browser.get(f"/runs/{run.id}/edit").form().fill(place="East gate").submit(status=422).form().submit(
        "gone", status=303
    )
    assert pin_of_the_run() == (None, None)
