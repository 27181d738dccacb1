"""`make test-quick`: the laws, and the tests of what changed since a commit; in under three minutes.

A change in `hampa/<feature>/`, its templates or its styles asks for `tests/<feature>/`; a changed test asks for itself.
Long sweeps, the browser and killed processes are left to `make test`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]
LAWS = "tests/house"
LEFT_OUT = {"house", "browser", "faults", "bench"}
"""Folders of tests that are run always, or never here."""
OF_FEATURES = (("hampa", "templates"), ("hampa", "static", "css"), ("hampa", "static", "js"), ("hampa",), ("tests",))
"""Where features have folders, or files named after them; the longest that fits counts."""


def git(*arguments: str) -> str:
    """Return what git says, or nothing where it fails, as outside of a repository."""
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


def changed_since(base: str | None) -> list[Path]:
    """Return what differs from where this branch left `base`, what is not committed included."""
    start = git("merge-base", "HEAD", base or "origin/main") or "HEAD"
    names = git("diff", "--name-only", "--relative", start).splitlines()
    return [Path(name) for name in [*names, *git("ls-files", "--others", "--exclude-standard").splitlines()]]


def tests_for(changed: Iterable[Path]) -> list[str]:
    """Return the folders and files of tests that a change asks for, the laws first."""
    chosen: set[str] = set()
    for path in changed:
        for where in OF_FEATURES:
            if path.parts[: len(where)] == where and len(path.parts) > len(where):
                feature = path.parts[len(where)].partition(".")[0]
                if feature not in LEFT_OUT and (ROOT / "tests" / feature).is_dir():
                    chosen.add(f"tests/{feature}")
                break
    return [LAWS, *sorted(chosen)]


def main() -> None:
    parser = argparse.ArgumentParser(description="The laws, and the tests of what changed.")
    parser.add_argument("--base", help="a commit or branch; origin/main, or else the last commit")
    parser.add_argument("-n", type=int, default=2, help="processes")
    asked = parser.parse_args()
    tests = tests_for(changed_since(asked.base))
    print("Testing", *tests, file=sys.stderr)
    pytest = [sys.executable, "-m", "pytest", "-n", str(asked.n), "-m", "not long", *tests]
    sys.exit(subprocess.run(pytest, cwd=ROOT, check=False).returncode)


if __name__ == "__main__":
    main()
