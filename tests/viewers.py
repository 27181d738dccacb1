"""The five viewers as fixtures, and the small world they look at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from hampa.people.models.person import Person
from hampa.platform.db import db
from tests import database, personas
from tests.database import engine_instead


@pytest.fixture(scope="session")
def settled(app: Flask, databases: database.Databases) -> Iterator[tuple[Engine, personas.Known]]:
    """A database in which the small world stands already: making it anew for each test took a quarter of their time."""
    engine = create_engine(databases.make("settled"))
    with engine_instead(app, engine):
        known = personas.known(personas.make_setting())
        db.session.commit()
    yield engine, known
    engine.dispose()


@pytest.fixture
def visitor() -> None:
    """Nobody: `page.as_(visitor)` is a browser that is not signed in."""


@pytest.fixture
def setting(db_session: Session, settled: tuple[Engine, personas.Known]) -> personas.Setting:
    """The four, with a run, a card, an accepted interest and a notification between them."""
    return personas.recalled(settled[1])


@pytest.fixture
def stranger(request: pytest.FixtureRequest, db_session: Session) -> Person:
    return _persona("stranger", request)


@pytest.fixture
def owner(request: pytest.FixtureRequest, db_session: Session) -> Person:
    return _persona("owner", request)


@pytest.fixture
def companion(request: pytest.FixtureRequest, db_session: Session) -> Person:
    return _persona("companion", request)


@pytest.fixture
def operator(request: pytest.FixtureRequest, db_session: Session) -> Person:
    return _persona("operator", request)


def _persona(name: str, request: pytest.FixtureRequest) -> Person:
    """One of the four: out of the small world where the test has it, else new."""
    if "setting" in request.fixturenames:
        return getattr(request.getfixturevalue("setting"), name)
    return getattr(personas, name)()
