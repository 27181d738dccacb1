"""A file without a route, and how its organiser goes on."""

from __future__ import annotations

from sqlalchemy import select

from hampa.platform.db import db
from hampa.runs.models.run import Run
from tests.factories.files import sent
from tests.factories.runs import SHORT_FORM
from tests.html import words


def test_a_file_without_a_route_is_said_on_the_page_with_a_way_to_another(page, owner, stranger, work_off):
    browser = page.as_(owner)
    browser.post("/runs/new", SHORT_FORM | {"route": sent(b"no route")}, 303)
    work_off()
    run = db.session.scalars(select(Run)).one()
    answer = browser.get(f"/runs/{run.id}", 200)
    assert "Choose another file" in answer.words
    assert "Choose another file" not in page.as_(stranger).get(f"/runs/{run.id}", 200).words
    form = browser.get(f"/runs/{run.id}/edit", 200)
    (files,) = [fold for fold in form.all("details", class_="more") if words(fold).startswith("Route and cover")]
    assert "open" in files.attrib and "could not be read" in words(files)
