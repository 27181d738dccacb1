"""Imports go down the ladder only; the tool that holds it does see a step up."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

from jinja2 import Environment, nodes

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
    (small / "runs" / "admission.py").write_text("")
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


def test_the_map_draws_the_ladder_that_is_held():
    rungs = ConfigParser()
    rungs.read(CONTRACTS)
    held = [
        {room for room in re.split(r"[ |]+", line) if room and "(" not in room}
        for line in rungs["importlinter:contract:ladder"]["layers"].strip().splitlines()
    ]
    drawing = re.search(r"## The ladder.*?```\n(.*?)```", (ROOT / "docs" / "map.md").read_text(), re.DOTALL)
    assert drawing
    lines = [line.split("   ")[0] for line in drawing[1].splitlines() if not line.startswith(" ")]
    drawn = [set(re.split(r"[ ·]+", line.strip())) for line in lines]
    assert drawn == [rung for rung in held if rung]


TEMPLATES = ROOT / "hampa" / "templates"
FOR_ALL = ("layouts", "ui", "errors")


def steps() -> dict[str, int]:
    """How high each feature stands, as the contract has it; names in one line stand equally high."""
    contracts = ConfigParser()
    contracts.read(CONTRACTS)
    layers = contracts["importlinter:contract:ladder"]["layers"].split("\n")
    names = [re.findall(r"\w+", layer) for layer in layers if layer.strip()]
    return {name: step for step, together in enumerate(reversed(names)) for name in together}


def steps_up(templates: Path) -> list[str]:
    """Templates that include, extend or import one of a feature that is not below their own."""
    high, found = steps(), []
    for path in sorted(templates.rglob("*.html")):
        folder = path.relative_to(templates).parts[0]
        for node in (
            Environment(autoescape=True)
            .parse(path.read_text())
            .find_all((nodes.Include, nodes.Extends, nodes.FromImport))
        ):
            if not isinstance(node.template, nodes.Const):
                continue  # made of a word of our own, or handed over by a slot
            other = node.template.value.split("/")[0]
            if other not in (folder, *FOR_ALL) and (folder in FOR_ALL or high[other] >= high[folder]):
                found.append(
                    f"{path.relative_to(templates)} uses {node.template.value}: give it a slot to fill instead"
                )
    return found


def test_templates_go_down_the_ladder():
    assert not (found := steps_up(TEMPLATES)), "\n".join(found)


def test_a_template_that_looks_up_is_found(tmp_path):
    for name, text in {
        "runs/show.html": '{% include "safety/entry.html" %}{% include "cards/one.html" %}{% include "series/row.html" %}',
        "home/home.html": '{% include "safety/running.html" %}{% extends "layouts/page.html" %}',
        "layouts/page.html": '{% include "runs/row.html" %}',
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert [line.split(":")[0] for line in steps_up(tmp_path)] == [
        "layouts/page.html uses runs/row.html",
        "runs/show.html uses safety/entry.html",
        "runs/show.html uses series/row.html",
    ]
