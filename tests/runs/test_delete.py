"""Deleting a run: when it can be, what goes with it, and what its links say afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from hampa.photos.models import file_of
from hampa.plans.jobs import notify_cancelled, notify_changed
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.media import storage
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import DeletedRun, Run, RunOrganiser
from tests.factories.files import make_picture, make_route
from tests.factories.runs import add_organiser, make_run, take_part


def there(run_id):
    return db.session.scalar(select(func.count()).where(Run.id == run_id)) == 1


def test_it_asks_first_then_the_run_nobody_else_joined_is_gone(page, owner):
    run = make_run(owner, title="A slip of the finger")
    take_part(run, owner)
    run_id = run.id
    form = page.as_(owner).get(f"/runs/{run_id}/delete", 200).form()
    assert there(run_id)
    assert "deleted" in form.submit(status=303).follow().words
    assert not there(run_id)
    assert db.session.scalar(select(func.count()).select_from(Participation)) == 0


@pytest.mark.parametrize("viewer", ["visitor", "stranger", "owner"])
def test_its_links_answer_that_it_is_gone(page, request, owner, viewer):
    run = make_run(owner, visibility="link")
    run_id, code = run.id, run.short_code
    page.as_(owner).post(f"/runs/{run_id}/delete", {}, 303)
    browser = page.as_(request.getfixturevalue(viewer))
    for path in (f"/runs/{run_id}", f"/runs/{run_id}.ics", f"/r/{code}"):
        answer = browser.get(path, 410)
        assert "The organiser deleted this run." in answer.words
        assert "/runs" in answer.links
    browser.htmx.get(f"/runs/{run_id}", 410)
    browser.get("/r/never-there", 404)


def test_whatever_is_asked_of_it_later_hears_the_same(page, owner, stranger):
    run = make_run(owner)
    run_id = run.id
    page.as_(owner).post(f"/runs/{run_id}/delete", {}, 303)
    page.as_(stranger).post(f"/runs/{run_id}/join", {"status": "GOING"}, 410)
    for path in ("edit", "cancel", "delete", "organisers"):
        page.as_(owner).get(f"/runs/{run_id}/{path}", 410)
    page.as_(owner).post(f"/runs/{run_id}/delete", {}, 410)


def test_it_stands_in_no_list_any_more(page, owner, visitor, stranger):
    run = make_run(owner, title="A slip of the finger")
    page.as_(owner).post(f"/runs/{run.id}/delete", {}, 303)
    for person, path in ((visitor, "/runs"), (stranger, "/runs"), (owner, "/me/runs"), (visitor, "/")):
        assert "A slip of the finger" not in page.as_(person).get(path, 200).words


@pytest.mark.parametrize("status", ["GOING", "WAITLISTED", "INTERESTED", "LEFT"])
def test_a_run_that_somebody_else_ever_joined_stays(page, owner, status):
    run = make_run(owner)
    take_part(run, status=status)
    asked = page.as_(owner).get(f"/runs/{run.id}/delete", 200)
    assert "Cancel it first" in asked.words
    assert not [form for form in asked.forms if form.action.endswith("/delete")]
    answer = page.as_(owner).post(f"/runs/{run.id}/delete", {}, 422)
    assert "Cancel it first" in answer.words
    assert there(run.id)


def test_a_cancelled_run_is_deleted_thirty_days_later(page, owner):
    run = make_run(owner)
    take_part(run)
    add_organiser(run)
    browser = page.as_(owner)
    browser.post(f"/runs/{run.id}/cancel", {}, 303)
    run_id = run.id
    with clock.shifted(timedelta(days=29, hours=23)):
        assert "its page stays until" in browser.post(f"/runs/{run_id}/delete", {}, 422).words
    with clock.shifted(timedelta(days=30)):
        browser.get(f"/runs/{run_id}/delete", 200).form().submit(status=303)
    assert not there(run_id)
    for table in (Participation, RunOrganiser):
        assert db.session.scalar(select(func.count()).select_from(table)) == 0


def test_the_owner_alone_deletes(page, owner, stranger, operator):
    run = make_run(owner)
    reza = add_organiser(run)
    for person in (stranger, operator, reza):
        page.as_(person).get(f"/runs/{run.id}/delete", 403)
        page.as_(person).post(f"/runs/{run.id}/delete", {}, 403)
    assert there(run.id)


def test_of_a_deleted_run_only_what_its_links_need_is_kept(page, owner):
    run = make_run(owner)
    kept = (run.id, run.short_code)
    page.as_(owner).post(f"/runs/{run.id}/delete", {}, 303)
    row = db.session.execute(select(DeletedRun.__table__)).one()
    assert (row.id, row.short_code) == kept
    assert set(row._mapping) == {"id", "short_code", "created_at"}


def test_jobs_for_a_deleted_run_end_quietly(page, owner):
    run = make_run(owner)
    run_id = run.id
    page.as_(owner).post(f"/runs/{run_id}/delete", {}, 303)
    notify_cancelled(run_id)
    notify_changed(run_id, 1, ["place"])


def test_its_files_go_with_it(page, owner, work_off):
    run = make_run(owner)
    route, picture = make_route(run), make_picture(run, owner, "cover")
    files = [route.gpx, *(file_of(run.id, picture.id, width) for width in picture.widths)]
    assert all(storage.exists(name) for name in files)
    page.as_(owner).post(f"/runs/{run.id}/delete", {}, 303)
    work_off()
    assert not any(storage.exists(name) for name in files)
