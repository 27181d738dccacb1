"""Runs of crews: who sees those for members alone, who publishes them, and what becomes of them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from hampa.platform.db import db
from hampa.runs.models.run import Run
from hampa.series.actions.series import make_runs
from tests.factories.crews import add_member, make_crew
from tests.factories.people import make_person
from tests.factories.runs import SHORT_FORM, add_organiser, make_run, take_part
from tests.factories.series import make_series
from tests.personas import operator as make_operator


@pytest.fixture
def sara(db_session):
    return make_person(name="Sara Karimi")


@pytest.fixture
def reza(db_session):
    return make_person(name="Reza Ahmadi")


PLACES = ("", ".ics", "/share.png", "/qr.svg", "/join", "/participants")
LISTS = ("/runs", "/runs?view=map", "/runs?view=calendar", "/runs?q=loop", "/runs.ics")


def test_only_members_and_who_takes_part_see_a_run_for_the_crew(page, sara, reza):
    crew = make_crew(sara, reza, name="Night owls", is_listed=True)
    guest, banned = make_person(name="Guest"), make_person(name="Banned")
    add_member(crew, banned, status="banned")
    run = make_run(sara, crew_id=crew.id, visibility="crew", title="Moonlight loop")
    make_run(reza, crew_id=crew.id, title="Loop for all")
    take_part(run, guest)
    outside = (None, make_person(), banned, make_operator())
    for viewer in (*outside, sara, reza, guest):
        browser, sees = page.as_(viewer), viewer not in outside
        for place in PLACES if viewer else PLACES[:4]:
            assert (browser.get(f"/runs/{run.id}{place}").status in (200, 303)) is sees, (viewer, place)
        browser.get(f"/r/{run.short_code}", 303 if sees else 404)
        assert all("Moonlight" not in browser.get(path, 200).response.get_data(as_text=True) for path in LISTS)
        for path in (f"/crews/{crew.id}", f"/crews/{crew.id}/runs"):
            words = browser.get(path, 200).words
            assert "Loop for all" in words
            assert ("Moonlight loop" in words) is sees
        if viewer is not None and not sees:
            browser.post(f"/runs/{run.id}/join", {"status": "GOING"}, status=404)
    page.as_(reza).post(f"/runs/{run.id}/join", {"status": "GOING"}, status=303)


def test_who_may_know_of_a_hidden_crew_reads_its_name_at_a_public_run(page, sara, reza):
    hidden, listed = make_crew(sara, reza, name="Hidden owls"), make_crew(sara, reza, name="Open owls", is_listed=True)
    for crew in (hidden, listed):
        run = make_run(sara, crew_id=crew.id, title=f"Run of {crew.id}")
        for viewer in (None, make_person(), reza):
            knows = viewer is reza or crew is listed
            assert (crew.name in page.as_(viewer).get(f"/runs/{run.id}", 200).words) is knows
    rows = page.as_(None).get("/runs", 200).words
    assert "Open owls" in rows
    assert "Hidden owls" not in rows
    listed.is_listed = False
    db.session.commit()
    assert "Open owls" not in page.as_(None).get("/runs", 200).words


def test_a_run_is_published_in_a_crew_by_who_has_the_right(page, sara, reza):
    crew = make_crew(sara, reza, name="Night owls", members_may_publish=False)
    fields = SHORT_FORM | {"crew": str(crew.id), "visibility": "crew"}
    refused = page.as_(reza).post("/runs/new", fields, status=422)
    assert "Ask one of its admins" in refused.words
    assert "Night owls" not in page.as_(reza).get("/runs/new", 200).words
    page.as_(make_person()).post("/runs/new", fields, status=422)
    page.as_(sara).post("/runs/new", SHORT_FORM | {"visibility": "crew"}, status=422)
    shown = page.as_(sara).get(f"/runs/new?crew={crew.id}", 200)
    assert "Night owls" in shown.words
    form = next(form for form in shown.forms if form.action.endswith("/runs/new") or "starts_on" in form.values)
    form.fill(**SHORT_FORM).submit(status=303)
    run = db.session.scalars(select(Run)).one()
    assert (run.crew_id, run.visibility) == (crew.id, "crew")
    add_organiser(run, reza)  # keeps the crew that he may not choose
    form = next(form for form in page.as_(reza).get(f"/runs/{run.id}/edit", 200).forms if "starts_on" in form.values)
    form.fill(title="Another title").submit(status=303)
    db.session.expire_all()
    assert (run.title, run.crew_id) == ("Another title", crew.id)


def test_the_runs_of_a_series_belong_to_its_crew(page, sara, reza):
    crew = make_crew(sara, reza)
    series = make_series(sara, crew_id=crew.id, visibility="crew", title="Every Tuesday")
    make_runs(series.id)
    runs = db.session.scalars(select(Run).where(Run.series_id == series.id)).all()
    assert len(runs) > 5
    assert {(run.crew_id, run.visibility) for run in runs} == {(crew.id, "crew")}
    for viewer in (None, make_person()):
        page.as_(viewer).get(f"/series/{series.id}", 404)
        page.as_(viewer).get(f"/series/{series.id}.ics", 404)
    assert len(page.as_(reza).get(f"/series/{series.id}", 200).words) > 0
