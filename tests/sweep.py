"""Many requests in one test, such as every route for every viewer: each is taken back, all failures are told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import pytest
from sqlalchemy import Connection

from hampa.platform.db import db
from tests.page import Page
from tests.personas import Setting

T = TypeVar("T")
WRITING = ("INSERT", "UPDATE", "DELETE")


def parts(items: Sequence[T], count: int) -> list[list[T]]:
    """Return the items in so many lists, for as many tests: two processes share them, and each tells its failures."""
    return [list(items[nth::count]) for nth in range(count)]


def writes(statements: list[str]) -> list[str]:
    """Return the statements that change something; when a session was seen, or a notification read, does not count."""
    seen = ("UPDATE sessions", "UPDATE notifications SET read_at=")
    return [one for one in statements if one.startswith(WRITING) and not any(text in one for text in seen)]


class Sweep:
    """The viewers' browsers, and a savepoint for each attempt."""

    def __init__(self, page: Page, setting: Setting, connection: Connection) -> None:
        self.page = page
        self.setting = setting
        self.failures: list[str] = []
        self._connection = connection
        self._signed_in: dict[str, Page] = {}

    def browser(self, viewer: str) -> Page:
        """Return a browser in which this viewer is signed in; its cookies are not those of the last attempt."""
        if viewer not in self._signed_in:
            raise LookupError(f"say sign_in({viewer!r}) before the first attempt")
        return self._signed_in[viewer].copy

    def sign_in(self, *viewers: str) -> None:
        """Sign these viewers in, each in a browser of their own."""
        for viewer in viewers:
            self._signed_in[viewer] = self.page.as_(self.setting.viewer(viewer))

    @contextmanager
    def attempt(self, what: str) -> Iterator[None]:
        """Roll the database back to before the block, and note how it failed instead of ending the test."""
        db.session.commit()
        savepoint = self._connection.begin_nested()
        try:
            yield
        except AssertionError as failure:
            self.failures.append(f"{what}: {failure}")
        finally:
            db.session.rollback()
            savepoint.rollback()


@pytest.fixture
def sweep(page: Page, setting: Setting, connection: Connection) -> Iterator[Sweep]:
    """Yield a collector of attempts in the small world; the test fails if one of them did."""
    made = Sweep(page, setting, connection)
    yield made
    if made.failures:
        pytest.fail(f"{len(made.failures)} failures:\n" + "\n".join(made.failures), pytrace=False)
