"""What the image holds runs by itself: its user, its commands, its health checks and its signals, without an engine."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.browser.site import free_port
from tests.database import Databases
from tests.faults.test_up import accepts
from tests.faults.workers import wait_until

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
USER = int(re.search(r"^USER (\d+):", DOCKERFILE, re.MULTILINE)[1])  # type: ignore[index]
START_SECONDS = 120
END_SECONDS = 60
"""As long as compose and Kubernetes wait before they kill."""


def command(name: str) -> list[str]:
    """Return a command of the Dockerfile, with the Python of the tests."""
    found = re.search(rf"^{name}(?: .*CMD)? (\[.+\])$", DOCKERFILE, re.MULTILINE)
    assert found is not None
    return in_this_python(json.loads(found[1]))


def in_this_python(words: list[str]) -> list[str]:
    return [str(Path(sys.executable).parent / words[0]), *words[1:]]


def ready(environ: dict[str, str]) -> int:
    """Return what the web server answers to a proxy that asks whether to send it requests."""
    connection = HTTPConnection("127.0.0.1", int(environ["PORT"]), timeout=10)
    connection.request("GET", "/readyz/self", headers={"X-Forwarded-Proto": "https"})
    status = connection.getresponse().status
    connection.close()
    return status


def image_user() -> int | None:
    """Return the user of the image, or None where this process may not become it, or it could not read Python."""
    try:
        done = subprocess.run([sys.executable, "-c", ""], user=USER, group=USER, extra_groups=[], check=False)
    except PermissionError:
        return None
    return USER if done.returncode == 0 else None


@pytest.fixture
def image(tmp_path, databases: Databases) -> tuple[Path, dict[str, str], int | None]:
    """Return a folder with what the image holds, the environment of its processes, and their user."""
    folder, home, user = tmp_path / "image", tmp_path / "home", image_user()
    folder.mkdir()
    home.mkdir()
    for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE):
        for name in line.split():
            where = ROOT / name
            shutil.copytree(where, folder / name) if where.is_dir() else shutil.copy2(where, folder)
    # As the image is: else each of its processes would compile all of it, which takes more than all else here.
    compiled = ["hampa", "migrations", "asgi.py", "wsgi.py", "worker.py"]
    assert f"compileall -q {' '.join(compiled)}" in DOCKERFILE
    subprocess.run([sys.executable, "-m", "compileall", "-q", *compiled], cwd=folder, check=True)
    if user is not None:
        os.chown(home, user, user)
        for path in [tmp_path, *tmp_path.parents]:
            if path != Path("/tmp") and path.stat().st_uid == os.geteuid() and str(path).startswith("/tmp"):  # noqa: S108
                path.chmod(path.stat().st_mode | 0o011)
    given = dict(re.findall(r"^(?:ENV)? +([A-Z_]+)=(\S+)", DOCKERFILE, re.MULTILINE))
    theirs = databases.environment(databases.make("image", empty=True), site=2)
    environ = given | {
        "PATH": os.environ["PATH"],
        "HAMPA_HOME": str(home),
        "HAMPA_BIND": "127.0.0.1",
        "PORT": str(free_port()),
        "HAMPA_SECRET_KEY": "a secret of this test alone, long enough",
        "HAMPA_BASE_URL": "https://hampa.example",
        "HAMPA_WEB_WORKERS": "1",
        "HAMPA_DRAIN_SECONDS": "3",
        "HAMPA_WORKER_CONCURRENCY": "1",
        "DATABASE_URL": theirs["DATABASE_URL"],
        "REDIS_URL": theirs["REDIS_URL"],
    }
    return folder, environ, user


def test_web_worker_and_migrations_of_the_image(image, tmp_path):
    folder, environ, user = image
    log = tmp_path / "image.log"

    def begin(words: list[str]) -> subprocess.Popen[bytes]:
        with log.open("ab") as output:
            more = {} if user is None else {"user": user, "group": user, "extra_groups": []}
            return subprocess.Popen(words, cwd=folder, env=environ, stdout=output, stderr=output, **more)

    def check(part: str) -> int:
        words = command("HEALTHCHECK")
        return begin([*words[:-1], part]).wait(30)

    assert command("HEALTHCHECK")[-1] == "web"
    assert check("web") == 1, "nothing answers yet"
    assert check("worker") == 1
    assert begin(in_this_python(["flask", "db", "upgrade"])).wait(START_SECONDS) == 0, (
        tmp_path / "image.log"
    ).read_text()

    programs = [begin(command("CMD")), begin(in_this_python(["python", "worker.py"]))]
    try:
        wait_until(lambda: accepts(int(environ["PORT"])), START_SECONDS)  # a check is a process, and takes its part
        wait_until(lambda: check("web") == 0, START_SECONDS)
        wait_until(lambda: check("worker") == 0, START_SECONDS)
        assert ready(environ) == 200
        programs[0].send_signal(signal.SIGTERM)
        wait_until(lambda: ready(environ) == 503, 3)
        assert check("web") == 0, "it still answers"
    finally:
        for program in programs:
            program.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        ended = [program.wait(END_SECONDS) for program in programs]
    assert ended == [0, 0], log.read_text()[-3000:]
    assert time.monotonic() - begun < END_SECONDS
    assert check("web") == 1
