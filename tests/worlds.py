"""Databases with something in them already: making it anew for each test took a quarter of their time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine

from hampa.platform.db import db
from hampa.platform.redis import redis
from tests.compiled import keep_compiled
from tests.database import Databases, engine_instead
from tests.prepared import keep_prepared

Fill = Callable[[], Any]


class Worlds:
    """One database for each function that fills one, made when a test of this process first asks for it."""

    def __init__(self, app: Flask, databases: Databases) -> None:
        self._app = app
        self._databases = databases
        self._made: dict[Fill, tuple[Engine, Any]] = {}

    def engine(self, fill: Fill) -> Engine:
        """Return the engine of the database that this function filled."""
        return self._world(fill)[0]

    def result(self, fill: Fill) -> Any:
        """Return what the function returned when it filled the database: ids rather than rows."""
        return self._world(fill)[1]

    def _world(self, fill: Fill) -> tuple[Engine, Any]:
        if fill not in self._made:
            engine = create_engine(self._databases.make("world"))
            keep_prepared(engine)
            keep_compiled(engine, "rolled back")
            with engine_instead(self._app, engine):
                redis().flushdb()
                result = fill()
                db.session.commit()
            self._made[fill] = engine, result
        return self._made[fill]

    def close(self) -> None:
        for engine, _result in self._made.values():
            engine.dispose()


@pytest.fixture(scope="session")
def worlds(app: Flask, databases: Databases) -> Iterator[Worlds]:
    """Yield the databases of this process that have been filled."""
    made = Worlds(app, databases)
    yield made
    made.close()
