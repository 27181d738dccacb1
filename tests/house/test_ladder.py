"""Imports go down the ladder only; the tool that holds it does see a step up."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONTRACTS = ROOT / ".importlinter"
ENTRY = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", ENTRY, "--config", str(folder / ".importlinter"), "--no-cache"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_imports_go_down_the_ladder():
    found = lint(ROOT)
    assert found.returncode == 0, found.stdout + found.stderr


def test_a_step_up_the_ladder_is_found(tmp_path):
    """The same contracts over a small house: `people` looks up at `runs`, a view writes SQL, a model knows Flask."""
    small = tmp_path / "hampa"
    for path in (ROOT / "hampa").rglob("__init__.py"):
        copy = small / path.relative_to(ROOT / "hampa")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text('"""Small."""\n')
    (small / "app.py").write_text("")
    (tmp_path / ".importlinter").write_text(CONTRACTS.read_text())
    (small / "people" / "queries.py").write_text("")
    assert lint(tmp_path).returncode == 0, lint(tmp_path).stdout

    (small / "runs" / "queries.py").write_text("")
    (small / "people" / "queries.py").write_text("import hampa.runs.queries\n")
    (small / "people" / "models.py").write_text("import flask\n")
    (small / "runs" / "views.py").write_text("import sqlalchemy\n")
    broken = lint(tmp_path)
    assert broken.returncode != 0
    assert broken.stdout.count("BROKEN") == 3, broken.stdout
