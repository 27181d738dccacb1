"""Copying a run: all of it but what belonged to that day."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.people.actions import block
from hampa.photos.models import RunPicture
from hampa.platform.db import db
from hampa.platform.media import storage
from hampa.routes.models import RunRoute
from hampa.runs.models.run import Run, RunInvitation, RunOrganiser
from tests.factories.files import make_picture, make_route
from tests.factories.runs import SOON, add_organiser, make_run, take_part

SAME = [
    "title",
    "description",
    "starts_at",
    "duration_min",
    "distance_km",
    "place",
    "latitude",
    "longitude",
    "capacity",
    "visibility",
    "level",
    "terrain",
    "timezone",
]


@pytest.fixture
def run(owner):
    return make_run(
        owner,
        title="Every Friday",
        description="We wait.",
        duration_min=90,
        distance_km=14.5,
        latitude=35.74,
        longitude=51.2,
        capacity=12,
        visibility="link",
        level="regular",
        terrain="trail",
    )


def the_copy(run):
    return db.session.scalars(select(Run).where(Run.id != run.id)).one()


def test_the_form_is_filled_in_with_all_but_the_day(page, owner, run):
    browser = page.as_(owner)
    copied = browser.get(f"/runs/{run.id}/copy", 200).form().values
    before = browser.get(f"/runs/{run.id}/edit", 200).form().values
    assert {name: copied[name] for name in SAME} == {name: before[name] for name in SAME}
    assert copied["starts_on"] == ""
    assert "sequence" not in copied


def test_the_copy_is_a_run_of_its_own_without_people_and_notices(page, owner, run, told, work_off):
    comes = take_part(run)
    form = page.as_(owner).get(f"/runs/{run.id}/copy").form()
    form.fill(starts_on=SOON.isoformat()).submit(status=303)
    work_off()
    copy = the_copy(run)
    assert [getattr(copy, name) for name in ("title", "capacity", "level", "starts_local")] == [
        "Every Friday",
        12,
        "regular",
        run.starts_local.replace(year=SOON.year, month=SOON.month, day=SOON.day),
    ]
    assert (copy.taken, copy.sequence, copy.cancelled_at) == (0, 0, None)
    assert copy.short_code != run.short_code
    assert told(comes) == []


def test_a_run_that_is_cancelled_or_over_is_copied_too(page, owner, run):
    page.as_(owner).post(f"/runs/{run.id}/cancel", {}, 303)
    page.as_(owner).get(f"/runs/{run.id}/copy", 200).form().fill(starts_on=SOON.isoformat()).submit(status=303)
    assert the_copy(run).cancelled_at is None


def test_who_organised_it_is_asked_to_organise_the_copy(page, owner, run, told):
    reza, asked = add_organiser(run), add_organiser(run, agreed_at=None)
    form = page.as_(reza).get(f"/runs/{run.id}/copy").form()
    form.fill(starts_on=SOON.isoformat()).submit(status=303)
    copy = the_copy(run)
    assert copy.organiser_id == reza.id
    organise = select(RunOrganiser.person_id).where(RunOrganiser.run_id == copy.id)
    assert db.session.scalars(organise).all() == []
    assert owner.name not in page.get(f"/runs/{copy.id}").words
    assert owner.name in page.as_(reza).get(f"/runs/{copy.id}/organisers").words
    assert (told(owner), told(asked)) == (["run_invited"], [])
    page.as_(owner).get(f"/runs/{copy.id}/edit", 403)
    page.as_(owner).post(f"/runs/{copy.id}/invitation", {"answer": "yes"}, 303)
    assert db.session.scalars(organise).all() == [owner.id]


def test_who_blocked_the_copier_or_is_shut_out_is_not_asked_about_the_copy(page, owner, run, told):
    shut_out, gone_out_of_sight, stays = (add_organiser(run) for _ in range(3))
    shut_out.state = "suspended"
    block(gone_out_of_sight, owner.id)
    page.as_(owner).get(f"/runs/{run.id}/copy").form().fill(starts_on=SOON.isoformat()).submit(status=303)
    query = select(RunInvitation.person_id).where(RunInvitation.run_id == the_copy(run).id)
    assert list(db.session.scalars(query)) == [stays.id]
    assert told(gone_out_of_sight) == []


def test_what_is_wrong_stands_beside_the_field_and_nothing_is_lost(page, owner, run):
    answer = page.as_(owner).get(f"/runs/{run.id}/copy").form().fill(title="Next one").submit(status=422)
    assert answer.error_of("starts_on")
    assert answer.form().values["title"] == "Next one"
    answer.form().fill(starts_on=SOON.isoformat()).submit(status=303)
    assert the_copy(run).title == "Next one"


def test_others_do_not_copy(page, stranger, operator, run):
    for person in (stranger, operator):
        page.as_(person).get(f"/runs/{run.id}/copy", 403)


def test_route_and_cover_come_along_and_photos_stay(page, owner, run):
    route = make_route(run, cut=True)
    make_picture(run, owner, "cover")
    make_picture(run, owner, "photo")
    form = page.as_(owner).get(f"/runs/{run.id}/copy").form()
    form.fill(starts_on=SOON.isoformat()).submit(status=303)
    copy = the_copy(run)
    copied = db.session.scalars(select(RunRoute).where(RunRoute.run_id == copy.id)).one()
    assert (copied.cut, copied.distance_m) == (True, route.distance_m)
    assert copied.gpx != route.gpx
    assert storage.exists(copied.gpx)
    kinds = db.session.scalars(select(RunPicture.kind).where(RunPicture.run_id == copy.id))
    assert list(kinds) == ["cover"]


def test_joining_closes_as_long_before_the_copy_when_the_time_alone_says_so(page, owner, run):
    browser = page.as_(owner)
    eve = run.starts_local.replace(hour=20) - timedelta(days=1)
    for closes, expected in ((eve, "20:00"), (eve - timedelta(days=3), "")):
        run.joining_closes_at = closes.replace(tzinfo=run.zone)
        assert browser.get(f"/runs/{run.id}/copy", 200).form().values["joining_closes"] == expected
