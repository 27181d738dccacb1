"""Real calendar programs subscribe to a feed: vdirsyncer fetches it over HTTP, khal shows it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.serving import make_server

from hampa.platform.db import db
from tests import personas
from tests.factories.feeds import make_feed
from tests.factories.runs import in_days, make_run, take_part
from tests.page import Page
from tests.plans.saving import save

PROGRAMS = Path(sys.executable).parent
SYNC = """
[general]
status_path = "{home}/status/"
[pair hampa]
a = "here"
b = "site"
collections = null
conflict_resolution = "b wins"
[storage here]
type = "filesystem"
path = "{home}/calendar/"
fileext = ".ics"
[storage site]
type = "http"
url = "{url}"
"""
SHOW = """
[calendars]
[[hampa]]
path = {home}/calendar/
type = calendar
[locale]
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
local_timezone = Asia/Tehran
default_timezone = Asia/Tehran
[sqlite]
path = {home}/khal.db
"""


@pytest.fixture
def served(real_database: Flask) -> Iterator[str]:
    """Serve the site on a port of this machine, and yield its address."""
    server = make_server("127.0.0.1", 0, real_database, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def program(tmp_path: Path) -> Callable[..., str]:
    """Run one of the calendar programs, in a home of its own, and return its output."""
    environment = {
        "PATH": os.defpath,
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "TZ": "Asia/Tehran",
        "XDG_CONFIG_HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path),
        "VDIRSYNCER_CONFIG": str(tmp_path / "sync"),
    }

    def run(name: str, *arguments: str, enter: str = "") -> str:
        done = subprocess.run(
            [str(PROGRAMS / name), *arguments],
            env=environment,
            input=enter,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"{name} {arguments}: {done.stdout}\n{done.stderr}"
        return done.stdout

    return run


def test_a_calendar_program_follows_a_change_and_a_cancellation(real_database, served, program, tmp_path):
    sara, mina = personas.owner(), personas.stranger()
    run = make_run(sara, title="Lake, loop; twice", place="North gate", starts_local=in_days(2, 6))
    waits = make_run(title="دور دریاچه", place="Berlin", timezone="Europe/Berlin", starts_local=in_days(3, 7))
    take_part(run, mina)
    take_part(waits, mina, "WAITLISTED")
    address = make_feed(mina)
    db.session.commit()
    (tmp_path / "sync").write_text(SYNC.format(home=tmp_path, url=served + address))
    (tmp_path / "khal.conf").write_text(SHOW.format(home=tmp_path))

    def shown() -> list[str]:
        program("vdirsyncer", "sync", "--force-delete")
        told = program(
            "khal", "-c", str(tmp_path / "khal.conf"), "list", "today", "10d",
            "--day-format", "", "--format", "{start} {title} @ {location} {status}",
        )  # fmt: skip
        return [line.strip() for line in told.splitlines() if line.strip()]

    program("vdirsyncer", "discover", enter="y\n")
    day, later = f"{run.starts_local:%Y-%m-%d}", f"{in_days(2, 7):%Y-%m-%d}"
    far = f"{waits.starts_at.astimezone(run.zone):%Y-%m-%d %H:%M}"
    waiting = f"{far} دور دریاچه @ Berlin TENTATIVE"
    assert shown() == [f"{day} 06:00 Lake, loop; twice @ North gate CONFIRMED", waiting]

    organiser = Page(real_database).as_(sara)
    save(organiser.get(f"/runs/{run.id}/edit").form(), place="South gate", starts_at="07:15")
    assert shown() == [f"{later} 07:15 Lake, loop; twice @ South gate CONFIRMED", waiting]

    organiser.post(f"/runs/{run.id}/cancel", {}, 303)
    assert shown() == [f"{later} 07:15 Lake, loop; twice @ South gate CANCELLED", waiting]

    Page(real_database).as_(mina).post(f"/runs/{waits.id}/leave", {}, 303)
    assert shown() == [f"{later} 07:15 Lake, loop; twice @ South gate CANCELLED"]
