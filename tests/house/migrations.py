"""Migrations on a database of their own: up from nothing, held against the models and squawk, down with rows and up again.

`python -m tests.house.migrations`, which is `make migrations`, prints what is wrong and fails.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import dropwhile
from pathlib import Path

import flask_migrate
from flask import Flask
from sqlalchemy import event, text

from hampa.app import create_app
from hampa.platform import config, migrations
from hampa.platform.backups import archive
from hampa.platform.db import db
from tests.personas import make_setting

ROOT = Path(__file__).parents[2]
SQUAWK, CHECKED, EARLIER = ROOT / ".venv/bin/squawk", ROOT / ".squawk.toml", ROOT / ".squawk-earlier.toml"
BASELINE = "0163_open_values"
"""The last migration that was written before squawk looked at them."""
APPLIED = re.compile(r"(?:UPDATE alembic_version SET version_num=|INSERT INTO alembic_version .*VALUES \()'(\w+)'")


@contextmanager
def recorded(scripts: dict[str, list[str]]) -> Iterator[None]:
    """Keep the statements of each migration that runs in the block, without those with values, which change rows alone."""
    statements: list[str] = []

    def keep(_connection: object, _cursor: object, statement: str, values: object, *_rest: object) -> None:
        if applied := APPLIED.search(statement):
            scripts[applied[1]] = statements.copy()
            statements.clear()
        elif not values and not statement.lstrip().upper().startswith(("SELECT", "SET LOCK", "SET STATEMENT")):
            statements.append(statement.strip().rstrip(";") + ";\n")

    event.listen(db.engine, "before_cursor_execute", keep)
    try:
        yield
    finally:
        event.remove(db.engine, "before_cursor_execute", keep)


def checked(scripts: dict[str, list[str]]) -> list[str]:
    """Return what squawk says of the migrations, in their order: after the baseline by all rules, before by some."""
    later = after_baseline(scripts)
    earlier = [name for name in scripts if name not in later]
    return [*_squawk(scripts, later, CHECKED), *_squawk(scripts, earlier, EARLIER)]


def after_baseline(names: Iterable[str]) -> list[str]:
    """Return the migrations after the baseline, of all in the order in which they run: numbers are not in order."""
    return list(dropwhile(lambda name: name != BASELINE, names))[1:]


def _squawk(scripts: dict[str, list[str]], names: list[str], rules: Path) -> list[str]:
    if not names:
        return []
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{name}.sql" for name in names]
        for name, path in zip(names, paths, strict=True):
            path.write_text("\n".join(scripts[name]) or "SELECT 1;\n")
        words = [str(SQUAWK), "--config", str(rules), "--reporter", "gcc", *map(str, paths)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        said = done.stdout.replace(f"{folder}/", "").splitlines()
        return said or [done.stderr.strip()] if done.returncode else []


def schema() -> list[str]:
    """Return the lines of the schema in an order of their own: columns that come back stand behind the others."""
    db.session.remove()
    with tempfile.NamedTemporaryFile(dir=archive._home()) as file:
        archive._run("pg_dump", "--schema-only", "--no-owner", "--no-privileges", "--dbname", "", "--file", file.name)
        lines = Path(file.name).read_text().splitlines()
    said = (line.strip().rstrip(",") for line in lines)
    return sorted(line for line in said if line and not line.startswith(("--", "\\restrict", "\\unrestrict")))


def there_and_back(revisions: list[str]) -> list[str]:
    """Run the migrations after the baseline down, up and down again, each with the rows that are there, then all of them.

    Return what went wrong, and how the schema differs once all are up again.
    """
    before = schema()
    nearest = after_baseline(revisions)
    for target in (*reversed(revisions[-len(nearest) - 1 : -1]), "head", "base", "head"):
        is_up = target == "head"
        try:
            (flask_migrate.upgrade if is_up else flask_migrate.downgrade)(revision=target)
        except (Exception, SystemExit) as error:
            db.session.remove()
            at = db.session.scalar(text("SELECT version_num FROM alembic_version"))
            return [f"on the way {'up' if is_up else 'down'} from {at}: {str(error).splitlines()[0]}"]
    return [f"another schema after down and up: {line}" for line in sorted({*before} ^ {*schema()})]


def faults(app: Flask) -> list[str]:
    """Return all that is wrong."""
    scripts: dict[str, list[str]] = {}
    with app.app_context():
        with recorded(scripts):
            migrations.upgrade()
        migrations.check()
        found = checked(scripts)
        with app.test_request_context():
            make_setting()
            db.session.commit()
        return [*found, *there_and_back(list(scripts))]


if __name__ == "__main__":
    wrong = faults(create_app(config.load(os.environ)))
    print("\n".join(wrong) or "Migrations run down and up, and squawk has nothing to say.")
    sys.exit(bool(wrong))
