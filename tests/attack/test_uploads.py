"""More than forty kinds of hostile file, at every field that takes files: nothing active is kept, and none takes much."""

from __future__ import annotations

import dataclasses
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from werkzeug.datastructures import FileStorage

from hampa.files import actions as files_of_plans
from hampa.files.models import MOST_BYTES
from hampa.people.models import Person
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.media import documents, pictures
from hampa.platform.web.forms import Form
from hampa.platform.web.picture_form import PictureForm
from hampa.platform.web.uploads import UploadField
from tests.attack import hostile_pictures  # noqa: F401 - its kinds are among KINDS then
from tests.attack.hostile_files import ACTIVE, KINDS, Hostile, encoded, plain
from tests.attack.resource_usage import Usage, measure
from tests.factories.badges import make_badge
from tests.factories.cards import make_card
from tests.factories.crews import make_crew
from tests.factories.files import sample, send_much
from tests.factories.incidents import make_incident
from tests.factories.runs import in_days, make_run
from tests.factories.training import make_plan
from tests.page import Form as FilledForm, Page
from tests.sweep import parts
from tests.turns import in_turn

MOST_MEMORY = 100_000_000
SLOW = "jpeg_of_thousands_of_scans"
"""Reading it takes all the seconds of CPU that a decoder has."""
READ_ROUTE = """
import sys
from hampa.platform.geo import course, lines, route_files, tracks
try:
    track = tracks.clean_track(route_files.read(open(sys.argv[1], "rb")))
    course.compute_course(track.lines, track.waypoints)
except lines.UnreadableRoute as refused:
    print(refused.reason)
"""
WIDTHS = ("1600", "960", "480")


@dataclass(frozen=True)
class Door:
    """A field that takes files: what to have before the first is sent, and where its form is then."""

    open: Callable[[Person], str]
    path: str
    field: str
    on: str = ""
    """The page with the form, where that is not the form's own address."""
    more: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """What the other fields need."""

    def form(self, browser: Page, address: str) -> FilledForm:
        """Return the form as it stands."""
        page = self.on.format(address=address) or address + self.path
        return browser.get(page, 200).form(address + self.path)


def run_to_come(person: Person) -> str:
    return f"/runs/{make_run(person).id}"


def run_of_yesterday(person: Person) -> str:
    return f"/runs/{make_run(person, starts_local=in_days(-1)).id}"


def card_of_theirs(person: Person) -> str:
    return f"/cards/{make_card(person).id}"


def incident_of_theirs(person: Person) -> str:
    return f"/incidents/{make_incident(person).id}"


def crew_of_theirs(person: Person) -> str:
    return f"/crews/{make_crew(person).id}"


def badge_of_theirs(person: Person) -> str:
    return f"/badges/{make_badge(make_crew(person)).id}"


REPORT = {"severity": "0", "category": "operational", "text": "A sign was missing"}
DOORS = {
    "RunForm.cover": Door(run_to_come, "/edit", "cover"),
    "RunForm.route": Door(run_to_come, "/edit", "route"),
    "PhotosForm.photos": Door(run_of_yesterday, "/photos", "photos"),
    "CardForm.image": Door(card_of_theirs, "/edit", "image"),
    "PictureForm.picture": Door(lambda _person: "/me", "/picture", "picture", on="/me/profile"),
    "CrewPictureForm.picture": Door(crew_of_theirs, "/picture", "picture"),
    "BadgePictureForm.picture": Door(badge_of_theirs, "/picture", "picture"),
    "NumbersForm.file": Door(crew_of_theirs, "/phone-numbers", "file"),
    "IncidentForm.photos": Door(lambda _person: "/incidents", "/new", "photos", more=REPORT),
    "MorePhotosForm.photos": Door(incident_of_theirs, "/photos", "photos", on="{address}"),
    "ActivityFileForm.file": Door(lambda _person: "/me/activities", "/import", "file"),
    "StoredFileForm.file": Door(lambda person: f"/files/plan/{make_plan(person).id}", "", "file"),
    "UploadForm.file": Door(lambda _person: "/me/check-ins", "/import", "file"),
}
"""Every field that takes files, by the name of its form; a new one is added here."""
TRIED_WITH_ALL = ("CardForm.image", "RunForm.route")
"""One field for pictures and the one for routes. The others hand files on to the same code: they share the kinds."""


def kinds_for(field: str) -> dict[str, Hostile]:
    """Return the kinds that are sent to a field: all of them, or this field's share."""
    if field in TRIED_WITH_ALL:
        return KINDS
    others = [name for name in DOORS if name not in TRIED_WITH_ALL]
    return dict(list(KINDS.items())[others.index(field) :: len(others)])


def fields() -> Iterator[str]:
    """Every field of any form that takes files."""
    waiting = list(Form.__subclasses__())
    while waiting:
        form = waiting.pop()
        waiting += form.__subclasses__()
        inherited = vars(PictureForm) if PictureForm in form.__bases__ else {}
        yield from (
            f"{form.__name__}.{name}"
            for name, field in {**inherited, **vars(form)}.items()
            if isinstance(getattr(field, "field_class", None), type) and issubclass(field.field_class, UploadField)
            if not form.__module__.startswith("hampa.dev.")  # the gallery sends nothing
        )


def test_every_field_that_takes_files_is_tried(app):
    assert set(fields()) == set(DOORS), "say in DOORS how a file gets into the new field"


def test_there_are_more_than_forty_kinds():
    assert len(KINDS) > 40
    assert sum(len(kinds_for(field)) for field in DOORS) == 3 * len(KINDS)


def sent(hostile: Hostile) -> FileStorage:
    return FileStorage(BytesIO(hostile.content), filename=hostile.filename, content_type=hostile.mimetype)


def files() -> dict[Path, bytes]:
    """Everything that is kept, unfinished files too."""
    top = settings().home / "files"
    return {path: path.read_bytes() for path in top.rglob("*") if path.is_file()}


@pytest.mark.parametrize("field", DOORS)
def test_nothing_active_is_kept(page: Page, owner: Person, work: Any, monkeypatch: pytest.MonkeyPatch, field: str):
    monkeypatch.setattr(files_of_plans, "FILES_A_DAY", 1_000)
    door = DOORS[field]
    address = door.open(owner)
    browser = page.as_(owner)
    form, peaks = None, {}
    for name, hostile in in_turn(*parts(list(kinds_for(field).items()), 2)):
        form = form or door.form(browser, address)
        fields = form.values.to_dict() | door.more | {door.field: sent(hostile)}
        before_it = forget_peak()
        answer = send_much(browser, form.action, fields)
        peaks[name] = peak() - before_it
        assert answer.status in (303, 413, 422), name
        if answer.status == 303:
            form = None  # what it changes is another now
        work()
        db.session.expire_all()
        for path, content in files().items():
            check_kept(name, path, content)
    assert max(peaks.values()) < MOST_MEMORY, max(peaks, key=peaks.__getitem__)


def check_kept(name: str, path: Path, content: bytes) -> None:
    """Check that we made a file: a picture or a route that keeps only the looks of what was sent.

    What is kept as it is has no ending, is of a kind that is kept, and holds no mark but that of its kind.
    """
    if path.parent.parent.name == "documents":
        own = {"pdf": b"%PDF", "docx": b"PK\x03\x04"}.get(str(documents.kind_of(BytesIO(content))))
        assert not path.suffix and documents.kind_of(BytesIO(content)) is not None, name
        assert not [mark for mark in ACTIVE if mark in content and mark != own], name
        return
    assert path.suffix in (".webp", ".gpx"), f"{name}: {path.name} is kept as it was sent"
    assert content.startswith(b"RIFF" if path.suffix == ".webp" else b"<?xml"), name
    if path.suffix == ".webp":
        assert content[8:12] == b"WEBP" and int.from_bytes(content[4:8], "little") + 8 == len(content), name
        assert {b"EXIF", b"XMP ", b"ICCP", b"ANIM"}.isdisjoint(content[at : at + 4] for at in range(12, 64)), name
    assert not [mark for mark in ACTIVE if mark in content], name


def decoded(content: bytes, folder: Path) -> Usage:
    """Return what it takes to make pictures of a file."""
    source = folder / "sent"
    source.write_bytes(content)
    command = [sys.executable, "-m", "hampa.platform.media.decoding", str(source), str(folder), "0", *WIDTHS]
    return measure(command, pictures.DECODER_ENVIRONMENT)


@pytest.fixture(scope="module")
def least(tmp_path_factory: pytest.TempPathFactory) -> Usage:
    """Return what the smallest picture takes."""
    return decoded(encoded(plain()), tmp_path_factory.mktemp("least"))


@pytest.mark.parametrize("name", in_turn(*parts([name for name in KINDS if name != SLOW], 2)))
def test_a_picture_takes_little_however_it_is_made(tmp_path: Path, least: Usage, name: str):
    most = decoded(KINDS[name].content, tmp_path)
    print(f"{most.memory - least.memory} bytes, {most.seconds:.2f} s of CPU, {most.said}")
    assert most.memory - least.memory < MOST_MEMORY
    assert most.status in (0, -signal.SIGXCPU)


def test_a_picture_that_is_slow_on_purpose_is_ended_by_the_kernel(tmp_path: Path, least: Usage):
    done = decoded(KINDS[SLOW].content, tmp_path)
    print(f"{done.memory - least.memory} bytes, {done.seconds:.2f} s of CPU")
    assert (done.status, done.said) == (-signal.SIGXCPU, "")
    assert done.memory - least.memory < MOST_MEMORY
    with (tmp_path / "sent").open("rb") as file, pytest.raises(pictures.UnreadableImage, match="too_large"):
        pictures.decode_picture(file, [400])


def test_of_all_hostile_files_nothing_active_would_be_kept_with_a_plan():
    for name, hostile in KINDS.items():
        content = hostile.content
        kind = documents.kind_of(BytesIO(content)) if len(content) <= MOST_BYTES else None
        if kind is None:
            continue
        with suppress(documents.UnacceptableFile):
            kept = documents.inspected(kind, content)
            own = {"pdf": b"%PDF", "docx": b"PK\x03\x04"}.get(kind)
            assert not [mark for mark in ACTIVE if mark in kept and mark != own], name


def read_route(content: bytes, folder: Path) -> Usage:
    """Return what it takes to read the route in a file."""
    source = folder / "sent"
    source.write_bytes(content)
    return measure([sys.executable, "-c", READ_ROUTE, str(source)], {})


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Usage:
    """Return what a usual route takes."""
    return read_route(sample("komoot"), tmp_path_factory.mktemp("usual"))


@pytest.mark.parametrize("name", [name for name in KINDS if name.startswith(("xml", "gpx", "gzip", "tcx", "fit"))])
def test_a_route_takes_little_however_it_is_made(tmp_path: Path, usual: Usage, name: str):
    most = read_route(KINDS[name].content, tmp_path)
    print(f"{most.memory - usual.memory} bytes, {most.seconds:.2f} s of CPU, {most.said}")
    assert most.memory - usual.memory < MOST_MEMORY
    assert most.status == 0


def forget_peak() -> int:
    """Start measuring the memory peak of this process anew, and return what it has in memory now."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak()


def peak() -> int:
    """Return the memory peak of this process, in bytes."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024
