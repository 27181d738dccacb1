"""`make mutants`: take the guards of `mutants.toml` out one by one, and see that the tests named there fail.

`python -m tests.mutants [NAME …]` does it for those whose name holds one of the words. Each guard is taken out of a
copy of the checkout; databases are copies of one template, so that a guard costs a few seconds.
"""

from __future__ import annotations

import os
import queue
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests import database

ROOT = Path(__file__).parents[1]
LIST = Path(__file__).with_suffix(".toml")
PROCESSES = 2
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", "node_modules")
FAILED = 1
"""What pytest ends with when tests failed; it is another number when they could not be run."""


@dataclass(frozen=True)
class Mutant:
    """A guard, what stands in its place, and the tests that must miss it."""

    name: str
    old: str
    new: str
    tests: tuple[str, ...]


def mutants() -> list[Mutant]:
    """Return those of the list."""
    return [
        Mutant(one["name"], one["old"], one["new"], tuple(one["tests"]))
        for one in tomllib.loads(LIST.read_text())["mutant"]
    ]


@cache
def _sources(folder: str) -> dict[Path, str]:
    return {path.relative_to(ROOT): path.read_text() for path in (ROOT / folder).rglob("*.py")}


def module_of(mutant: Mutant) -> Path:
    """Return the one module that has the guard. Raise LookupError when there is none, or it stands there twice."""
    found = [path for path, text in _sources("hampa").items() for _nth in range(text.count(mutant.old))]
    if len(found) != 1:
        places = ", ".join(map(str, found)) or "nowhere"
        raise LookupError(f"{mutant.name}: its old text stands {places}; write down in {LIST.name} what it is now")
    return found[0]


def tests_of(mutant: Mutant) -> list[str]:
    """Return the tests as pytest knows them. Raise LookupError for one that is gone."""
    found = []
    for name in mutant.tests:
        places = [path for path, text in _sources("tests").items() if f"def {name}(" in text]
        if len(places) != 1:
            raise LookupError(f"{mutant.name}: {len(places)} files have {name}; name another in {LIST.name}")
        found.append(f"{places[0]}::{name}")
    return found


@dataclass
class Copy:
    """A copy of the checkout in which tests are run, one after another."""

    folder: Path
    number: int

    def run(self, tests: list[str]) -> subprocess.CompletedProcess[str]:
        """Run tests; each copy has a Redis of its own, as each of xdist's processes has."""
        python = [str(ROOT / ".venv" / "bin" / "python"), "-m", "pytest"]
        return subprocess.run(
            [*python, "-n", "0", "-x", "-q", "--no-header", "-p", "no:cacheprovider", *tests],
            cwd=self.folder,
            env={**os.environ, "PYTEST_XDIST_WORKER": f"gw{self.number}", "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )

    def verdict(self, mutant: Mutant) -> str:
        """Return what is wrong: nothing when a test failed without the guard."""
        path = self.folder / module_of(mutant)
        whole = path.read_text()
        path.write_text(whole.replace(mutant.old, mutant.new))
        try:
            done = self.run(tests_of(mutant))
        finally:
            path.write_text(whole)
        if done.returncode == FAILED:
            return ""
        return (
            "survived" if done.returncode == 0 else f"could not be tried:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )


@contextmanager
def copies() -> Iterator[list[Copy]]:
    """Make the copies, and the servers and the template that they share."""
    home = database.make_home()
    try:
        with database.prepared(worker=PROCESSES), tempfile.TemporaryDirectory(prefix="hampa-mutants-") as folder:
            made = [Copy(Path(folder) / str(number), number) for number in range(PROCESSES)]
            for copy in made:
                shutil.copytree(ROOT, copy.folder, ignore=NOT_COPIED, symlinks=True)
            yield made
    finally:
        database.remove_home(home)


def main(words: list[str]) -> int:
    """Try those whose name holds one of the words, or all; return how many are not caught."""
    chosen = [one for one in mutants() if not words or any(word in one.name for word in words)]
    everything = sorted({test for one in chosen for test in tests_of(one)})
    for one in chosen:
        module_of(one)
    with copies() as made, ThreadPoolExecutor(len(made)) as threads:
        whole = made[0].run(everything)
        if whole.returncode:
            print(f"with all guards in place these tests fail:\n{whole.stdout[-4000:]}")
            return 1
        free: queue.SimpleQueue[Copy] = queue.SimpleQueue()
        for copy in made:
            free.put(copy)

        def attempt(mutant: Mutant) -> str:
            copy = free.get()
            try:
                return copy.verdict(mutant)
            finally:
                free.put(copy)

        verdicts = dict(zip(chosen, threads.map(attempt, chosen), strict=True))
    for one, verdict in verdicts.items():
        print(f"{'NOT caught' if verdict else 'caught    '}  {one.name}{': ' if verdict else ''}{verdict}")
    left = [one for one, verdict in verdicts.items() if verdict]
    print(f"{len(chosen) - len(left)} of {len(chosen)} caught")
    return len(left)


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
