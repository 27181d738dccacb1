"""What people send as files, and what came of it."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from hampa.people.models import Person
from hampa.photos.models import RunPicture, file_of
from hampa.platform.media import storage
from hampa.routes.models import RunRoute
from hampa.runs.models.run import Run
from tests.factories.base import made, number
from tests.factories.people import make_person

if TYPE_CHECKING:
    from tests.page import Answer, Page

SAMPLES = Path(__file__).parents[1] / "runs" / "gpx"


def sample(name: str) -> bytes:
    """Return a GPX file as a device or a program writes it: a loop of 3,140 m with 40 m of climb."""
    return (SAMPLES / f"{name}.gpx").read_bytes()


def sent(content: bytes, name: str = "file") -> FileStorage:
    """Return a file as a form sends it."""
    return FileStorage(BytesIO(content), filename=name)


def send_much(browser: Page, url: str, fields: dict[str, Any], status: int | None = None, **more: Any) -> Answer:
    """Post a large form; the client itself would put it into a temporary file, and leave that open."""
    boundary, body = encode_multipart(fields | {"csrf_token": browser.token()})
    return browser.post_raw(url, body, status, content_type=f"multipart/form-data; boundary={boundary}", **more)


def make_picture(run: Run, person: Person | None = None, kind: str = "photo", **given: Any) -> RunPicture:
    """Make a finished picture of a run, sent by the person."""
    values: dict[str, Any] = {} if given else {"widths": [1600, 400], "height": 800}
    giver = person or make_person()
    picture = made(RunPicture, run_id=run.id, person_id=giver.id, kind=kind, **(values | given))
    for width in picture.widths or ():
        storage.put(file_of(run.id, picture.id, width), b"RIFF....WEBP")
    return picture


def make_route(run: Run, **given: Any) -> RunRoute:
    """Make a route of a kilometre to the north, read already, with its ends hidden if `cut`."""
    name = f"runs/{run.id}/route-{number()}.gpx"
    storage.put(name, sample("komoot"))
    line = [[35.74 + place / 1000, 51.21] for place in range(10)]
    profile = [[place * 111, 1200 + place] for place in range(10)]
    values: dict[str, Any] = {
        "gpx": name,
        "distance_m": 1001,
        "climb_m": 9,
        "descent_m": 0,
        "whole": {"line": [line], "profile": [profile]},
        "hidden": {"line": [line[3:7]], "profile": [[[0, 1203], [333, 1206]]]},
        "hidden_distance_m": 333,
        "hidden_climb_m": 3,
        "hidden_descent_m": 0,
    }
    return made(RunRoute, run_id=run.id, **(values | given))
