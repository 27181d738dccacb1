"""What `make migrations` looks for is found, and each migration can be taken back, or says why not."""

from __future__ import annotations

import re

from tests.house.migrations import BASELINE, ROOT, checked

VERSIONS = ROOT / "migrations" / "versions"


def test_a_migration_that_locks_a_table_for_long_is_found_and_one_of_before_is_not():
    bad = [
        "CREATE INDEX ix_runs_title ON runs (title);\n",
        "ALTER TABLE people ADD CONSTRAINT ck_people_x CHECK (name <> 'x');\n",
        "ALTER TABLE people ALTER COLUMN city TYPE varchar(10);\n",
    ]
    found = checked({BASELINE: bad[:2], "9998_bad": bad, "9999_good": ["ALTER TABLE people ADD COLUMN hat text;\n"]})
    rules = ("require-concurrent-index-creation", "constraint-missing-not-valid", "changing-column-type")
    for rule in rules:
        assert [line for line in found if rule in line], rule
    assert all(line.startswith("9998_bad.sql") for line in found if "warning" in line or "error" in line), found


def test_each_migration_can_be_taken_back_or_says_why_not():
    for path in sorted(VERSIONS.glob("*.py")):
        body = re.search(r"^def downgrade\(\) -> None:\n((?:    .*\n|\n)+)", path.read_text(), re.MULTILINE)
        assert body, f"{path.name}: write its downgrade, or let it raise with the reason"
        assert body[1].strip() != "pass", f"{path.name}: say why there is nothing to take back"
