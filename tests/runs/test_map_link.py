"""A run with a short link of a map in place of its pin: the worker finds the point, where the operator allows it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.notifications.models import Notification
from hampa.organising import jobs
from hampa.organising.actions import map_links
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.geo.short_links import LinkOpener
from hampa.runs.models.run import Run
from tests.factories.people import make_person
from tests.factories.runs import SHORT_FORM, make_run, take_part
from tests.map_server import map_server

LINK = "https://maps.app.goo.gl/AbC"
LAKE = (35.7448, 51.2114)
PLACE = "https://www.google.com/maps/place/Lake/@35.70,51.20,15z/data=!3d35.7448!4d51.2114"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with map_server(tmp_path_factory.mktemp("maps")) as server:
        yield server


@pytest.fixture
def followed(app, server, monkeypatch):
    """Allow short links to be opened, at the server of this machine alone."""
    allowed = app.extensions["hampa.settings"].model_copy(update={"follow_map_links": True})
    monkeypatch.setitem(app.extensions, "hampa.settings", allowed)
    monkeypatch.setattr(jobs, "opener", server.opener())
    server.answers.clear()
    server.answers["maps.app.goo.gl/AbC"] = (302, PLACE)
    server.asked.clear()
    return server


def publish(browser, status=303, **fields):
    return browser.get("/runs/new").form("/runs/new").fill(**(SHORT_FORM | fields)).submit(status=status)


def the_run():
    db.session.expire_all()
    return db.session.scalars(select(Run)).one()


def failures(person):
    rows = select(Notification).where(Notification.person_id == person.id, Notification.type == "map_link_failed")
    return db.session.scalars(rows).all()


def test_without_the_setting_a_short_link_is_refused_with_the_steps(page, owner, server):
    server.asked.clear()
    refused = publish(page.as_(owner), 422, pin=LINK)
    assert "Press long on the place in your map app" in refused.words
    assert not server.asked


@pytest.mark.usefixtures("followed")
def test_the_run_is_published_and_gets_its_pin_from_the_worker(page, owner, work, server):
    shown = publish(page.as_(owner), pin=f"Here: {LINK}").follow()
    assert "We open your map link now" in shown.words
    run = the_run()
    assert (run.place, run.latitude) == (SHORT_FORM["place"], None)
    assert not server.asked, "no request of a person waits for another server"
    work()
    run = the_run()
    assert (run.latitude, run.longitude) == LAKE
    assert run.small_cell is not None
    assert not failures(owner)
    assert "35.7448" in page.get(f"/runs/{run.id}.ics").text


@pytest.mark.usefixtures("followed")
def test_all_runs_of_a_series_get_the_pin(page, owner, work):
    publish(page.as_(owner), pin=LINK, repeats="weekly")
    work()
    runs = db.session.scalars(select(Run)).all()
    assert len(runs) > 3
    assert {(run.latitude, run.longitude) for run in runs} == {LAKE}


@pytest.mark.usefixtures("followed")
def test_a_changed_run_keeps_its_pin_until_the_new_one_is_found_and_people_are_told(page, owner, work):
    run, runner = make_run(owner, latitude=35.0, longitude=51.0), make_person()
    take_part(run, runner)
    form = page.as_(owner).get(f"/runs/{run.id}/edit").form(f"/runs/{run.id}/edit")
    form.fill(pin=LINK).submit(status=303)
    assert the_run().latitude == 35.0
    work()
    assert (the_run().latitude, the_run().longitude) == LAKE
    told = db.session.scalars(select(Notification).where(Notification.person_id == runner.id)).one()
    assert (told.type, sorted(told.data["changes"])) == ("run_changed", ["latitude", "longitude"])


@pytest.mark.usefixtures("followed")
def test_a_pin_that_was_set_meanwhile_stays(page, owner, work):
    publish(page.as_(owner), pin=LINK)
    run = the_run()
    run.latitude, run.longitude = 35.5, 51.5
    work()
    assert (the_run().latitude, the_run().longitude) == (35.5, 51.5)


@pytest.mark.parametrize("answer", [(404, ""), (302, "https://evil.example/"), (200, "nothing")])
def test_an_organiser_hears_how_to_go_on_when_there_is_no_place(page, owner, work, followed, answer):
    followed.answers["maps.app.goo.gl/AbC"] = answer
    publish(page.as_(owner), pin=LINK)
    work()
    run = the_run()
    assert run.latitude is None
    [notice] = failures(owner)
    listed = page.as_(owner).get("/notifications", 200).words
    assert "no place behind it" in listed
    assert run.title in listed
    assert page.as_(owner).get(f"/notifications/{notice.id}", 303).location == f"/runs/{run.id}/edit"


def test_a_server_in_trouble_is_asked_three_times(page, owner, work, followed):
    followed.answers["maps.app.goo.gl/AbC"] = (503, "")
    publish(page.as_(owner), pin=LINK)
    work()
    assert not failures(owner)
    for minutes in (3, 8, 20):
        with clock.shifted(timedelta(minutes=minutes)):
            work()
    assert len(followed.asked) == 3
    assert len(failures(owner)) == 1


@pytest.mark.usefixtures("followed")
def test_a_cancelled_run_and_one_that_was_handed_over_keep_what_they_have(page, owner, work):
    publish(page.as_(owner), pin=LINK)
    run = the_run()
    run.cancelled_at = clock.now()
    work()
    assert the_run().latitude is None
    run.cancelled_at, run.organiser_id = None, make_person().id
    db.session.commit()
    map_links.set_pin(run.id, LAKE, owner.id, pin=[], whole_series=False)
    assert the_run().latitude is None


@pytest.mark.usefixtures("followed")
def test_no_more_links_are_opened_for_a_person_than_a_day_has(page, owner, monkeypatch):
    monkeypatch.setattr(map_links, "LINKS_PER_DAY", 1)
    publish(page.as_(owner), pin=LINK)
    refused = publish(page.as_(owner), 422, pin=LINK, title="Another loop")
    assert "enough short links" in refused.words
    publish(page.as_(owner), pin="35.7448, 51.2114", title="Another loop")


@pytest.mark.usefixtures("followed")
def test_other_short_links_are_refused_still(page, owner):
    for link in ("https://bit.ly/abc", "https://goo.gl/abc"):
        assert "Press long" in publish(page.as_(owner), 422, pin=link).words
    assert LinkOpener().port == 443
