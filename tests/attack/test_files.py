"""Files that are made to cost much."""

from __future__ import annotations

import io
import tracemalloc

import pytest
from sqlalchemy import update

from hampa.photos.models import RunPicture
from hampa.platform.db import db
from hampa.platform.geo import gpx
from hampa.platform.geo.lines import UnreadableRoute
from tests.factories.files import make_picture, send_much, sent
from tests.factories.people import make_person
from tests.factories.runs import SHORT_FORM, in_days, make_run, take_part


@pytest.mark.parametrize("unit", [b"<trkseg/>", b"<rte/>", b"<trkseg></trkseg>"])
def test_a_route_of_nothing_but_empty_lines_takes_no_memory(unit: bytes) -> None:
    source = io.BytesIO(b"<gpx><trk>" + unit * 20_000 + b"</trk></gpx>")
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableRoute):
            gpx.read(source)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000, "half a million of them fit into a file"


def test_nobody_keeps_the_worker_busy_with_pictures_alone(page):
    nasrin = make_person()
    runs = [make_run(nasrin, starts_local=in_days(-1, hour)) for hour in (5, 6, 7)]
    browser = page.as_(nasrin)
    for number, run in enumerate(runs):
        take_part(run, nasrin)
        for upload in range(10 if number < 2 else 0):
            make_picture(run, nasrin, upload=f"uploads/{number}{upload}")
    photo = sent(b"GIF89a", "x.jpg")
    refused = send_much(browser, f"/runs/{runs[2].id}/photos", {"photos": photo}, 422)
    assert "still being looked at" in refused.error_of("photos")
    refused = send_much(browser, "/runs/new", SHORT_FORM | {"cover": sent(b"GIF89a", "x.jpg")}, 422)
    assert "still being looked at" in refused.error_of("cover")
    work_off_pictures(nasrin)
    send_much(browser, f"/runs/{runs[2].id}/photos", {"photos": sent(b"GIF89a", "x.jpg")}, 303)


def work_off_pictures(person):
    """Let the worker process all pictures."""
    waiting = update(RunPicture).where(RunPicture.person_id == person.id)
    db.session.execute(waiting.values(upload=None, reason="broken"))
    db.session.commit()
