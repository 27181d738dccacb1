"""What the tests of the door share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from tests.factories.people import phone


@pytest.fixture
def number() -> str:
    """Return a mobile number without an account."""
    return phone()


@pytest.fixture
def change_settings(app: Flask) -> Iterator[Callable[..., None]]:
    """Run under other settings until the test ends: `change_settings(code_wait=1)`."""
    before = app.extensions["hampa.settings"]

    def change(**values: object) -> None:
        app.extensions["hampa.settings"] = app.extensions["hampa.settings"].model_copy(update=values)

    yield change
    app.extensions["hampa.settings"] = before
