"""The laws that are read off the source, held by the house."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.house import lints

ROOT = Path(__file__).parents[2]
HAMPA = ROOT / "hampa"
ENTRY_POINTS = {"views", "cli", "jobs"}
MAY_COMMIT = {
    "hampa/api/resources/passwords.py",  # so that nothing is locked while a password is hashed
    "hampa/platform/api/serving.py",
    "hampa/platform/web/attempts.py",
    "hampa/platform/jobs/leases.py",
    "hampa/platform/jobs/operating.py",
    "hampa/platform/jobs/polling.py",
    "hampa/platform/jobs/running.py",
}
MAY_SWALLOW = {"hampa/platform/embedded.py"}
"""It waits for a server that is starting."""
MAY_READ_THE_ENVIRONMENT = {"hampa/platform/config.py"}
LONG = {
    ("hampa/api/run_shapes.py", "run_as_data"),
    ("hampa/joining/views/page.py", "run_page"),
    ("hampa/mail_links/actions.py", "send_link"),
    ("hampa/messages/queries/listing.py", "_list"),
    ("hampa/push/actions/sending.py", "send_push_many"),
    ("hampa/training/queries/plan_lists.py", "_plans"),
}
"""Functions that are longer than others may be. None is added: what grows is split."""
WRITTEN = (".py", ".html", ".css", ".js", ".md", ".po", ".txt")
HAS_A_CLOCK = {"hampa/platform/clock.py", "hampa/platform/ids.py"}


def files(*suffixes: str, under: Path = HAMPA) -> list[Path]:
    return sorted(path for path in under.rglob("*") if path.suffix in suffixes and "vendor" not in path.parts)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def broken(lint: Callable[[ast.Module], list[str]], paths: list[Path], but: set[str] = frozenset()) -> list[str]:  # type: ignore[assignment]
    """Return the faults that a lint finds in files, each with its file; `but` are files that are exempt."""
    return [f"{name(path)}: {fault}" for path in paths if name(path) not in but for fault in lint(parsed(path))]


def report(faults: list[str]) -> str:
    return "\n" + "\n".join(faults)


def is_entry_point(path: Path) -> bool:
    return path.stem in ENTRY_POINTS or path.parent.name in ENTRY_POINTS


def test_no_file_is_too_long():
    everything = files(".py", ".html", ".css", ".js") + files(".py", under=ROOT / "tests") + list(ROOT.glob("*.py"))
    sizes = {name(path): len(path.read_text().splitlines()) for path in everything}
    assert not (found := lints.long_files(sizes)), report(found)


def test_no_view_does_too_much():
    assert not (found := broken(lints.long_views, files(".py"))), report(found)


def test_no_function_is_too_long():
    found = {
        (name(path), one): fault for path in files(".py") for one, fault in lints.long_functions(parsed(path)).items()
    }
    assert not (new := [f"{at[0]}: {fault}" for at, fault in found.items() if at not in LONG]), report(new)
    assert not (gone := sorted(f"{path}: {one}" for path, one in LONG - found.keys())), "no longer long:" + report(gone)


def test_names_say_something():
    found = [fault for path in files(".py") for fault in lints.vague_names(parsed(path), name(path))]
    found += [
        f for path in files(".py", under=ROOT / "tests") for f in lints.vague_names(ast.Module([], []), name(path))
    ]
    assert not found, report(found)


def test_variables_of_the_environment_are_declared_in_one_place():
    found = broken(lints.environment_reads, files(".py") + list(ROOT.glob("*.py")), MAY_READ_THE_ENVIRONMENT)
    assert not found, report(found)


def test_only_entry_points_commit():
    below = [path for path in files(".py") if not is_entry_point(path)]
    assert not (found := broken(lints.commits, below, MAY_COMMIT)), report(found)


def test_nobody_returns_before_an_attempt_has_committed():
    assert not (found := broken(lints.attempt_returns, files(".py"))), report(found)


def test_no_database_error_is_swallowed():
    assert not (found := broken(lints.swallowed_database_errors, files(".py"), MAY_SWALLOW)), report(found)


def test_the_time_is_asked_of_one_clock():
    assert not (found := broken(lints.other_clocks, files(".py"), HAS_A_CLOCK)), report(found)


def test_lists_are_paged_by_key():
    assert not (found := broken(lints.offsets, files(".py"))), report(found)


def test_aliases_of_modules_are_made_for_all_threads():
    assert not (found := broken(lints.unready_aliases, files(".py"))), report(found)


FRONTS = {HAMPA / "platform" / name / "__init__.py" for name in ("jobs", "live")}
"""Packages of the platform that all features import from: their inner modules are nobody's business."""


def test_an_init_is_one_line_of_docstring():
    found = []
    for path in set(HAMPA.rglob("__init__.py")) - FRONTS:
        body = parsed(path).body
        if len(body) != 1 or not ast.get_docstring(parsed(path)) or len(path.read_text().splitlines()) != 1:
            found.append(f"{name(path)}: one line that says what the folder is, nothing else")
    assert not found, report(found)


def test_a_front_only_passes_names_on():
    for path in FRONTS:
        kinds = {type(node) for node in parsed(path).body[1:]}
        assert kinds <= {ast.ImportFrom, ast.Assign}, f"{name(path)}: a docstring, imports and __all__, nothing else"


def test_models_actions_jobs_and_the_platform_say_what_they_are():
    told = [p for p in files(".py") if p.stem in ("models", "actions", "jobs", "queries") or "platform" in p.parts]
    assert not (found := broken(lints.undocumented, told)), report(found)


def test_nothing_is_left_unfinished():
    everything = files(".py", ".html", ".css", ".js") + files(".py", under=ROOT / "migrations")
    found = [f"{name(path)}: {fault}" for path in everything for fault in lints.unfinished(path.read_text())]
    assert not found, report(found)


def test_no_merge_is_left_half_done():
    texts = [ROOT / ".importlinter", *files(".md", under=ROOT / "docs"), *ROOT.glob("*.*")]
    texts += [path for folder in ("hampa", "tests", "migrations") for path in files(*WRITTEN, under=ROOT / folder)]
    found = [name(path) for path in texts if path.is_file() and lints.HALF_MERGED.search(path.read_bytes())]
    assert not found, report(found)


@pytest.mark.parametrize("path", [path for path in files(".html") if path.name != "mail.html"], ids=name)
def test_a_template_has_nothing_inline(path):
    """But for the layout of mails, which have no style sheet."""
    assert not (found := lints.template_faults(path.read_text())), report(found)


@pytest.mark.parametrize("path", files(".css"), ids=name)
def test_a_stylesheet_knows_no_left_and_right(path):
    assert not (found := lints.physical_css(path.read_text())), report(found)


def test_the_table_of_attacks_names_tests_that_there_are():
    """Every test that `docs/attacks.md` says holds an attack is there."""
    wanted = set(re.findall(r"`(test_\w+)`", (ROOT / "docs/attacks.md").read_text()))
    there = {
        found
        for path in files(".py", under=ROOT / "tests")
        for found in re.findall(r"def (test_\w+)", path.read_text())
    }
    assert len(wanted) > 30
    assert not wanted - there
