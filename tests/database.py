"""Databases for tests: one a worker made by running the migrations, and as many copies of it as are asked for.

Servers are those of DATABASE_URL and REDIS_URL, or else the embedded ones in a home of their own.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask
from sqlalchemy import URL, Connection, Engine, create_engine, make_url, text

from hampa.app import create_app
from hampa.platform import config, embedded
from hampa.platform.config import Settings
from hampa.platform.db import db
from hampa.platform.migrations import upgrade

HOME_VARIABLE = "HAMPA_TEST_HOME"
PUSH_KEY = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
"""A key of the examples of RFC 8291: one that the site makes would be made in the midst of a test's transaction."""
WITHOUT_SAFETY = ("fsync", "full_page_writes", "synchronous_commit", "autovacuum")
MOST_WORKERS = 5
"""Redis has sixteen databases: each worker has one for its tests and two for sites that run beside them."""


def make_home() -> Path:
    """Make a home for the embedded servers, shared by all workers of this run.

    It is not under pytest's own folder, which is closed to the user that PostgreSQL runs as.
    """
    home = Path(tempfile.mkdtemp(prefix="hampa-tests-"))
    home.chmod(0o755)
    os.environ[HOME_VARIABLE] = str(home)
    return home


def remove_home(home: Path) -> None:
    """Stop what runs there, and leave nothing behind."""
    embedded.stop(home)
    shutil.rmtree(home, ignore_errors=True)


def home_of(database_url: str | URL) -> Path:
    """Where the files of this database lie: a sweep for one knows nothing of the rows in another."""
    home = Path(os.environ[HOME_VARIABLE]) / "homes" / str(make_url(database_url).database)
    home.mkdir(parents=True, exist_ok=True)
    return home


@dataclass
class Databases:
    """The template that all processes share, and what this one copied from it."""

    server: str
    redis: str
    worker: int
    outlives_tests: bool
    """Whether the server is a given one; one that is embedded is deleted with all that is in it (`remove_home`)."""
    template: str = ""
    made: list[str] = field(default_factory=list)

    def environment(self, database_url: str, *, site: int = 0, **more: str) -> dict[str, str]:
        """Return the variables of an app on this database; a site that runs beside the tests is number 1 or 2."""
        number = self.worker % MOST_WORKERS + MOST_WORKERS * site
        return {
            "HAMPA_ENV": "test",
            # All tests come from one address; those of the limits set their own.
            "HAMPA_PAGE_VISITOR_LIMIT": "1000000",
            "HAMPA_PAGE_PERSON_LIMIT": "1000000",
            "HAMPA_HOME": str(home_of(database_url)),
            "HAMPA_CACHE": str(Path(os.environ[HOME_VARIABLE]) / "cache"),
            "DATABASE_URL": database_url,
            "REDIS_URL": f"{self.redis}?db={number}",
        } | more

    def settings(self, database_url: str, **more: str) -> Settings:
        # Of several gateways in threads, each would write into the one transaction of a test.
        usual = {
            "HAMPA_BASE_URL": "http://localhost:5000",  # a name: browsers make no passkeys for a number
            "HAMPA_PASSWORDS": "1",
            "HAMPA_SUBSCRIPTIONS": "1",  # nothing is limited until a test makes plans
            "HAMPA_PAYMENT_GATEWAY": "sandbox",
            "HAMPA_PUSH_GATEWAY": "console",
            "HAMPA_PUSH_PRIVATE_KEY": PUSH_KEY,
        }
        return config.load({**usual, **self.environment(database_url, **more)})

    def make(self, purpose: str, *, empty: bool = False) -> str:
        """Make a database, a copy of the template unless it is to be empty, and return its URL."""
        name = f"hampa_{purpose}_{uuid.uuid4().hex[:10]}"
        self._run(f"CREATE DATABASE {name}" + ("" if empty else f" TEMPLATE {self.template} STRATEGY FILE_COPY"))
        self.made.append(name)
        return make_url(self.server).set(database=name).render_as_string(hide_password=False)

    def drop(self, name: str) -> None:
        self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def drop_all(self) -> None:
        """Drop all that were made, where that has to be: each of hundreds waits for a checkpoint of the server."""
        if self.outlives_tests:
            for name in self.made:
                self.drop(name)

    def _run(self, statement: str) -> None:
        # Copying and dropping whole databases takes as long as the disk does: the role's limit is for pages.
        engine = create_engine(
            self.server, isolation_level="AUTOCOMMIT", connect_args={"options": "-c statement_timeout=0"}
        )
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()


@contextmanager
def prepared(worker: int) -> Iterator[Databases]:
    """Start the servers and make a template by running every migration; the first process does so for all."""
    databases = _servers(os.environ, worker)
    shared = Path(os.environ[HOME_VARIABLE]) / "template"
    with _alone(shared):
        users = shared.read_text().split() if shared.exists() else [_make_template(databases)]
        databases.template = users[0]
        shared.write_text("\n".join([*users, str(worker)]))
    try:
        yield databases
    finally:
        databases.drop_all()
        with _alone(shared):
            users = shared.read_text().split()
            users.remove(str(worker))
            shared.write_text("\n".join(users))
            if len(users) == 1 and databases.outlives_tests:
                databases.drop(databases.template)


@contextmanager
def _alone(shared: Path) -> Iterator[None]:
    """One process at a time makes, reads or drops what is shared."""
    with shared.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make_template(databases: Databases) -> str:
    url = databases.make("template", empty=True)
    app = create_app(databases.settings(url, HAMPA_LOG_LEVEL="WARNING"))
    with app.app_context():
        upgrade()
        app.extensions["sqlalchemy"].engine.dispose()
    return databases.made.pop()


def _do_without_safety(database_url: str) -> None:
    """Let the embedded PostgreSQL of the tests write to disk when it likes: nobody needs its data tomorrow."""
    server = make_url(database_url).set(drivername="postgresql", username="postgres", database="postgres")
    with psycopg.connect(server.render_as_string(), autocommit=True) as connection:
        for name in WITHOUT_SAFETY:
            connection.execute(f"ALTER SYSTEM SET {name} = off")
        connection.execute("SELECT pg_reload_conf()")


def _servers(environ: Mapping[str, str], worker: int) -> Databases:
    given = config.load(
        {
            "HAMPA_ENV": "test",
            "HAMPA_HOME": environ[HOME_VARIABLE],
            "DATABASE_URL": environ.get("DATABASE_URL", ""),
            "REDIS_URL": environ.get("REDIS_URL", ""),
        }
    )
    ready = embedded.with_embedded_servers(given)
    if not given.database_url:
        _do_without_safety(ready.database_url)
    redis_url = ready.redis_url.partition("?")[0]
    return Databases(ready.database_url, redis_url, worker, outlives_tests=bool(given.database_url))


@contextmanager
def engine_instead(app: Flask, other: Engine | Connection, home: Path | None = None) -> Iterator[None]:
    """Let `db.session` of this app speak through `other`, and its files be those of that database, or at `home`."""
    usual: Settings = app.extensions["hampa.settings"]
    with app.app_context():
        engines: Any = db.engines
        own = engines[None]
        engines[None] = other
        app.extensions["hampa.settings"] = usual.model_copy(update={"home": home or home_of(other.engine.url)})
        try:
            yield
        finally:
            engines[None] = own
            app.extensions["hampa.settings"] = usual
            db.session.remove()
