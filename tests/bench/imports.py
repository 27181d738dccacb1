"""What an archive of a thousand files costs a worker: `python -m tests.bench.imports`, with the settings of one.

The files are as devices write them, an hour each at a sample a second: FIT, TCX, and GPX, also packed. Of each hundred
two are broken, each in its own way, and one is there twice.
"""

from __future__ import annotations

import gzip
import json
import os
import struct
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import sin
from pathlib import Path

from sqlalchemy import func, select

from hampa.activity_files import actions, jobs
from hampa.activity_files.models import ActivityImport, ActivityImportFile
from hampa.app import create_app
from hampa.people.models import Person
from hampa.platform import clock, config
from hampa.platform.db import db
from hampa.platform.jobs.models import Job
from hampa.platform.migrations import upgrade
from tests.bench.memory import most_megabytes
from tests.factories.fit import EPOCH, FILE_ID, RECORD, definition, fit, semicircles

FILES = 1_000
SECONDS = 3_600
Sample = tuple[int, float, float, float, int]


@dataclass(frozen=True)
class Cost:
    """What reading cost: seconds, megabytes of the process before, after a tenth and at most, and what became of files."""

    seconds: float
    before: float
    after_some: float
    most: float
    fates: dict[str, int]
    named: int
    megabytes_sent: float


def cost(variables: Mapping[str, str]) -> Cost:
    """Of a process of its own, which has loaded all that a worker has."""
    command = [sys.executable, "-m", "tests.bench.imports"]
    done = subprocess.run(command, env={**os.environ, **variables}, stdout=subprocess.PIPE, check=True)
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def samples(start: int, number: int) -> Iterator[Sample]:
    """Yield moment, place, height and pulse of each second of a run that winds through a town."""
    for second in range(SECONDS):
        north = 35.7 + 0.01 * sin(second / 900 + number) + second * 1e-6
        east = 51.3 + 0.012 * sin(second / 700 + 2 * number)
        yield start + second, north, east, 1_200 + 40 * sin(second / 400), 140 + round(20 * sin(second / 120))


def as_gpx(start: int, number: int) -> bytes:
    """Return a GPX file as services write it."""
    points = "".join(
        f'<trkpt lat="{north:.7f}" lon="{east:.7f}"><ele>{height:.1f}</ele><time>{stamp(at)}</time><extensions>'
        f"<gpxtpx:TrackPointExtension><gpxtpx:hr>{pulse}</gpxtpx:hr></gpxtpx:TrackPointExtension></extensions></trkpt>"
        for at, north, east, height, pulse in samples(start, number)
    )
    names = 'xmlns="http://www.topografix.com/GPX/1/1" xmlns:gpxtpx="http://www.garmin.com/xmlschemas/TrackPointExtension/v1"'
    return f'<gpx version="1.1" {names}><trk><type>running</type><trkseg>{points}</trkseg></trk></gpx>'.encode()


def as_tcx(start: int, number: int) -> bytes:
    """Return a TCX file."""
    points = "".join(
        f"<Trackpoint><Time>{stamp(at)}</Time><Position><LatitudeDegrees>{north:.7f}</LatitudeDegrees><LongitudeDegrees>"
        f"{east:.7f}</LongitudeDegrees></Position><AltitudeMeters>{height:.1f}</AltitudeMeters><HeartRateBpm><Value>{pulse}"
        "</Value></HeartRateBpm></Trackpoint>"
        for at, north, east, height, pulse in samples(start, number)
    )
    return (
        '<TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"><Activities>'
        f'<Activity Sport="Running"><Id>{stamp(start)}</Id><Lap StartTime="{stamp(start)}"><Track>{points}</Track></Lap>'
        "</Activity></Activities></TrainingCenterDatabase>"
    ).encode()


def as_fit(start: int, number: int) -> bytes:
    """Return a FIT file."""
    records = [
        b"\0"
        + struct.pack("<IiiHB", at - EPOCH, semicircles(north), semicircles(east), round((height + 500) * 5), pulse)
        for at, north, east, height, pulse in samples(start, number)
    ]
    return fit(FILE_ID, definition(20, RECORD), *records)


def stamp(moment: int) -> str:
    """Return a moment as files have it."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}"


def archive(file: Path) -> None:
    """Write the archive of so many files, one each day."""
    today = int(clock.now().timestamp())
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for number in range(FILES):
            start = today - (number + 1) * 86_400
            kind = ("fit", "gpx", "tcx", "gpx.gz")[number % 4]
            if number % 100 == 99:
                start, kind = start + 86_400, ("fit", "gpx", "tcx", "gpx.gz")[(number - 1) % 4]
            content = {"fit": as_fit, "tcx": as_tcx}.get(kind, as_gpx)(start, start // 86_400)
            if number % 100 == 50:
                content = content[: len(content) // 2]
            if number % 100 == 51:
                content = b"<html>Not found</html>"
            packed.writestr(
                f"activities/{number:04}.{kind}", gzip.compress(content) if kind.endswith("gz") else content
            )


def main() -> None:
    """Read the archive as the jobs do, and print what it cost."""
    app = create_app(config.load(os.environ))
    with app.app_context(), tempfile.TemporaryDirectory() as folder:
        upgrade()
        file = Path(folder) / "years.zip"
        archive(file)  # before anything is asked of the database, which does not wait for so long
        sent = file.stat().st_size / 1e6
        person = Person(phone="+989120000001", name="Zarrin")
        db.session.add(person)
        db.session.flush()
        with file.open("rb") as source:
            import_id = actions.take_file(person, source, "years.zip")
        db.session.commit()
        before, some, began = most_megabytes(), 0.0, time.perf_counter()
        going_on = jobs.renew_lease
        read = 0

        def note() -> None:
            nonlocal read, some
            read += 1
            some = most_megabytes() if read == FILES // 10 else some
            going_on()

        jobs.renew_lease = note
        while db.session.get_one(ActivityImport, import_id, populate_existing=True).done_at is None:
            db.session.commit()
            jobs.read_import(import_id)
        seconds, most = time.perf_counter() - began, most_megabytes()
        fate = ActivityImportFile.fate
        fates = {row[0]: row[1] for row in db.session.execute(select(fate, func.count()).group_by(fate))}
        named = db.session.scalar(select(func.count()).where(ActivityImportFile.reason.is_not(None))) or 0
        db.session.delete(db.session.get_one(Person, person.id))
        db.session.execute(Job.__table__.delete())
        db.session.commit()
    told = Cost(seconds, before, some, most, fates, named, sent)
    print(json.dumps(told.__dict__))


if __name__ == "__main__":
    main()
