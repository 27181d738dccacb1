"""An operator's first day, from an empty machine to a backup that is restored elsewhere, as docs/operating.md tells it.

`make first-day`. Every command is one of the guide's; the rest is done on the pages, by real processes.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from hampa.platform import embedded
from tests.browser.site import START_SECONDS, Site, free_port
from tests.operating.real_pages import RealPage
from tests.page import Answer
from tests.turns import in_turn

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "operating.md").read_text()
OPERATOR, RUNNER = "09121234567", "09127654321"
SETTINGS = "HAMPA_DEMO=0\nHAMPA_SUBSCRIPTIONS=1\n"
LEFT_OUT = ("HAMPA_", "DATABASE_URL", "REDIS_URL", "PORT", "SENTRY_DSN", "FLASK_", "MAKE", "MFLAGS", "VIRTUAL_ENV")
APPEAR_SECONDS = 30


class Machine:
    """A machine on which nothing of Hampa is yet but a clone, and what this machine lent to it: installed packages."""

    def __init__(self, folder: Path) -> None:
        self.clone = folder / "hampa"
        names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for name in filter(None, names.split("\0")):
            if (ROOT / name).is_file():
                (self.clone / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, self.clone / name)
        (self.clone / ".venv").symlink_to(Path(sys.prefix))
        # A second between two codes, for which people wait a minute.
        (self.clone / ".env").write_text(SETTINGS + "HAMPA_CODE_WAIT=1\nHAMPA_WEB_WORKERS=1\n")
        self.environ = {name: value for name, value in os.environ.items() if not name.startswith(LEFT_OUT)}

    def run(self, command: str) -> str:
        """Run a command of the guide in the clone; return what it says."""
        assert command in GUIDE, f"docs/operating.md does not say: {command}"
        done = subprocess.run(
            ["sh", "-c", command], cwd=self.clone, env=self.environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    @contextmanager
    def started(self, command: str, log: Path) -> Iterator[Site]:
        """Start a site by a command of the guide, at a free port; end it as Ctrl-C does."""
        assert command in GUIDE, f"docs/operating.md does not say: {command}"
        port = free_port()
        command = command.replace("PORT=5001 ", "")
        with log.open("wb") as output:
            program = subprocess.Popen(
                ["sh", "-c", f"exec {command.replace('HAMPA_HOME=', 'env HAMPA_HOME=')}"],
                cwd=self.clone,
                env=self.environ | {"PORT": str(port)},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            address = f"http://127.0.0.1:{port}"
            until(lambda: f"Hampa is at {address}" in log.read_text() or program.poll() is not None, START_SECONDS)
            assert program.poll() is None, log.read_text()[-3000:]
            yield Site(address)
        finally:
            os.killpg(program.pid, signal.SIGINT)
            program.wait(60)


def until(happened: Callable[[], object], seconds: float = APPEAR_SECONDS) -> None:
    """Wait until something has happened."""
    ends = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < ends, "it does not happen"
        time.sleep(0.2)


def waits(operator: RealPage, path: str) -> bool:
    """Return whether the first page of operators leads to this list of what waits."""
    return path in [link for nav in operator.get("/admin", 200).all("nav", class_="menu-list") for link in hrefs(nav)]


def hrefs(element: object) -> list[str]:
    return [link.attrib["href"] for link in element.iter("a")]  # type: ignore[attr-defined]


def lead(answer: Answer, pattern: str) -> str:
    """Return the one link of a page whose path is like this pattern."""
    found = {urlsplit(link).path for link in answer.links if re.fullmatch(pattern, urlsplit(link).path)}
    assert len(found) == 1, f"{answer.url}: {sorted(found)} are like {pattern}; all: {answer.links}"
    return found.pop()


@pytest.fixture
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    made = Machine(tmp_path_factory.mktemp("machine"))
    yield made
    for home in ("var", "second"):
        if (made.clone / home).exists():
            embedded.stop(made.clone / home)


@pytest.mark.parametrize("language", in_turn(["fa"], ["en"]))
def test_an_operators_first_day(machine: Machine, language: str, tmp_path: Path) -> None:
    assert SETTINGS in GUIDE, "the guide has other settings"
    with machine.started("make run", tmp_path / "first.log") as site:
        said = machine.run(f".venv/bin/flask hampa create-operator {OPERATOR}")
        assert f"{site.url}/login" in said, "an operator is sent to where the site is"
        assert "fail" not in machine.run(".venv/bin/flask hampa doctor")
        operator = RealPage(site, language)
        operator.sign_in(OPERATOR, "Omid Rad")
        assert "/admin" in operator.get("/me", 200).links
        assert not operator.get("/admin", 200).all("nav", class_="menu-list"), "nothing waits yet"

        runner, token = RealPage(site, language), "پیام صبح جمعه"
        runner.sign_in(RUNNER, "Ramin Dolati")
        sells_a_plan(operator, runner)
        writes_to_all(operator, runner, token)
        bans_and_hears(operator, runner, site)
        assert "hampa.tar" in machine.run(".venv/bin/flask hampa backup hampa.tar")

    said = machine.run("HAMPA_HOME=second .venv/bin/flask hampa restore hampa.tar")
    assert "As it was on" in said
    with machine.started("HAMPA_HOME=second PORT=5001 make run", tmp_path / "second.log") as site:
        operator, runner = RealPage(site, language), RealPage(site, language)
        operator.sign_in(OPERATOR)
        runner.sign_in(RUNNER)
        assert "Ramin Dolati" in operator.get("/admin/subscriptions", 200).words
        assert operator.get("/admin/audit", 200).text.count('class="audit-entry"') > 4
        assert token in runner.get("/notifications", 200).words
        lead(runner.get("/subscription", 200), "/subscription/payments/[0-9a-f-]{36}")


def sells_a_plan(operator: RealPage, runner: RealPage) -> None:
    """Make a plan as an operator, and buy it at the sandbox as a runner."""
    form = operator.get("/admin/subscriptions/plans/new", 200).form("/admin/subscriptions/plans/new")
    form.fill(code="club", name_fa="باشگاه", name_en="Club", currency="IRR", price="1500000", months=3)
    form.submit(status=303)
    path = lead(runner.get("/subscription", 200), "/subscription/buy/club")
    leading = runner.get(path, 200).form(path).submit(status=303).follow()
    gateway = runner.get(lead(leading, "/dev/pay/.+"), 200)
    (paying,) = [form for form in gateway.forms if form.values.get("act") == "pay"]
    back = paying.submit(status=303)
    assert runner.get(back.location).follow().status == 200, "nobody comes back to a receipt"
    assert "Ramin Dolati" in operator.get("/admin/subscriptions/payments", 200).words


def writes_to_all(operator: RealPage, runner: RealPage, text: str) -> None:
    """Write to everybody as an operator, see how many that is, and send it."""
    page = operator.get("/admin/broadcasts", 200)
    (form,) = [form for form in page.forms if (form.method, form.action) == ("POST", "/admin/broadcasts")]
    draft = form.fill(text=text).submit(status=303).follow()
    assert waits(operator, "/admin/broadcasts?state=draft")
    draft.form(f"{draft.url}/send").submit(status=303)
    until(lambda: text in runner.get("/notifications", 200).words)
    until(lambda: not waits(operator, "/admin/broadcasts?state=scheduled"))


def bans_and_hears(operator: RealPage, runner: RealPage, site: Site) -> None:
    """Ban a runner as an operator; appeal, be heard and sign in again as the runner."""
    found = operator.get(f"/admin/people?q={RUNNER}", 200)
    path = lead(found, "/admin/people/[0-9a-f-]{36}")
    operator.get(path, 200).form(path).fill(decision="ban", note="Insulted others").submit(status=303)
    assert runner.get("/me").location.startswith("/login"), "who is banned is signed out"
    shut_out = runner.prove(RUNNER)
    assert shut_out.url.startswith("/login/appeal/")
    shut_out.form(shut_out.url).fill(words="That was my brother").submit(status=303)
    assert waits(operator, "/admin/appeals")
    appeal = lead(operator.get("/admin/appeals", 200), "/admin/appeals/[0-9a-f-]{36}")
    operator.get(appeal, 200).form(appeal).fill(decision="grant", answer="We believe you").submit(status=303)
    assert not waits(operator, "/admin/appeals")
    site.message(RUNNER, "appeal_decided")
    runner.sign_in(RUNNER)
