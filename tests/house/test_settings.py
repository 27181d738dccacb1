"""`.env.example` is what the declarations say, and nothing is read that is not declared."""

from __future__ import annotations

import re
from pathlib import Path

from hampa.platform import config

ROOT = Path(__file__).parents[2]
OF_TESTS = {"HAMPA_CHROMIUM", "HAMPA_CLIENTS", "HAMPA_FUZZ", "HAMPA_FUZZ_ONLY", "HAMPA_HEADLESS_SHELL"}
OF_TESTS |= {"HAMPA_TEST_HOME", "HAMPA_TURN"}
VARIABLE = re.compile(r"\bHAMPA_[A-Z_]+\b")


def declared() -> set[str]:
    return set(re.findall(r"^([A-Z_]+)=", config.example(), re.MULTILINE))


def test_the_example_is_what_the_declarations_say():
    assert (ROOT / ".env.example").read_text() == config.example(), "run `make env-example`"


def test_every_variable_that_is_mentioned_is_declared():
    told = [*ROOT.glob("*.md"), *ROOT.glob("Makefile"), *(ROOT / "docs").glob("*.md"), *(ROOT / "hampa").rglob("*.py")]
    named = {name for path in told for name in VARIABLE.findall(path.read_text())}
    unknown = {name for name in named - declared() - OF_TESTS if not name.endswith("_")}
    assert not unknown, f"declared nowhere: {sorted(unknown)}"
