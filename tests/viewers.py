"""The five viewers as fixtures, and the small world they look at."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from hampa.people.models import Person
from hampa.platform import clock
from tests import personas
from tests.remembered import make_known, recalled
from tests.worlds import Worlds


@pytest.fixture
def visitor() -> None:
    """Nobody: `page.as_(visitor)` is a browser that is not signed in."""


@pytest.fixture
def setting(db_session: Session, worlds: Worlds) -> personas.Setting:
    """Return the four viewers, with a run, a card, an accepted interest and a notification between them.

    The message was written just now, however long ago the world was made: it can be changed for minutes only.
    """
    found = recalled(worlds.result(make_known))
    found.message.created_at = clock.now()
    db_session.flush()
    return found


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
