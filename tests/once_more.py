"""Tests of whole programs: one that fails is run once more, and the first failure is printed all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
OF_WHOLE_PROGRAMS = ("browser", "faults", "live")
"""Folders of tests that wait for browsers, sites and workers, which a machine that does much else can make too slow."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let them fail once."""
    for item in items:
        if item.path.relative_to(TESTS).parts[0] in OF_WHOLE_PROGRAMS:
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print why a test was run a second time, whether or not it passed then."""
    for report in terminalreporter.getreports("rerun"):
        terminalreporter.section(f"failed and was run again: {report.nodeid}", sep="-")
        terminalreporter.write_line(report.longreprtext)
