"""Clients that are made from the document live a first day on a site that is served: `make clients`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.request import urlopen

import pytest

from hampa.platform.db import db
from tests.auth.signing_in import codes_sent
from tests.database import Databases
from tests.factories.people import make_person
from tests.factories.runs import make_run
from tests.live_site import LiveSite, serving_live

HERE = Path(__file__).parent
TOOLS = Path(os.environ.get("HAMPA_CLIENTS", HERE.parents[1] / ".venv" / "clients"))


@pytest.fixture(scope="module")
def site(databases: Databases) -> Iterator[LiveSite]:
    with serving_live(databases) as served:
        make_run(make_person(name="Sara Karimi"), title="Dawn by the lake")
        db.session.commit()
        yield served


@pytest.fixture
def document(site: LiveSite, tmp_path: Path) -> Path:
    path = tmp_path / "openapi.json"
    with urlopen(f"http://127.0.0.1:{site.port}/api/openapi.json") as answer:
        path.write_text(json.dumps(json.load(answer)))
    return path


def live(command: Sequence[str | Path], site: LiveSite, phone: str, folder: Path) -> str:
    """Run a program that asks for a code; return the last line that it says."""
    address = f"http://127.0.0.1:{site.port}"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([*command, address, phone], cwd=folder, text=True, **pipes) as program:
        try:
            assert program.stdin is not None
            assert program.stdout is not None
            assert program.stdout.readline() == "code?\n"
            db.session.rollback()
            code = codes_sent(phone)[-1]
            db.session.rollback()  # a transaction that is left open for a minute is ended, and compilers take long
            rest, _ = program.communicate(f"{code}\n", timeout=60)
        finally:
            program.kill()
    assert program.returncode == 0, rest
    return rest.splitlines()[-1]


def test_a_client_in_python(site: LiveSite, document: Path, tmp_path: Path):
    made = [TOOLS / "bin" / "openapi-python-client", "generate", "--path", document, "--meta", "none"]
    path = f"{TOOLS / 'bin'}:{os.environ['PATH']}"
    subprocess.run(
        [*made, "--output-path", tmp_path / "hampa_client"], check=True, cwd=tmp_path, env=os.environ | {"PATH": path}
    )
    shutil.copy(HERE / "first_day.py", tmp_path)
    said = live([TOOLS / "bin" / "python", "first_day.py"], site, "+989121234561", tmp_path)
    assert said.startswith("done Dawn by the lake")


def test_a_client_in_typescript(site: LiveSite, document: Path, tmp_path: Path):
    for name in ("first_day.ts", "package.json"):
        shutil.copy(HERE / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(TOOLS / "node_modules")
    tools = TOOLS / "node_modules" / ".bin"
    # A field with a default may be left out.
    types = ["-o", "schema.d.ts", "--default-non-nullable", "false"]
    subprocess.run([tools / "openapi-typescript", document, *types], check=True, cwd=tmp_path)
    strict = ["--strict", "--target", "es2022", "--module", "nodenext", "--types", "node"]
    subprocess.run([tools / "tsc", *strict, "first_day.ts"], check=True, cwd=tmp_path)
    said = live(["node", "first_day.js"], site, "+989121234562", tmp_path)
    assert said.startswith("done Dawn by the lake")
