"""The pages that the web server opens before it forks, as a person of no row: each can be shown to nobody in particular."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import InternalError

from hampa.people.models import Person, unknown_person
from hampa.platform.db import columns_of, db
from hampa.platform.granian_server import loading_people_by, reading_only
from tests.page import Page


def test_the_first_pages_of_people_open_for_a_person_of_no_row_and_write_nothing(app: Flask, page: Page) -> None:
    client = page.client
    with client.session_transaction() as session:
        session["_user_id"] = "token"
    written: list[str] = []
    statuses: dict[str, tuple[int, list[str]]] = {}

    def note(_connection, _cursor, statement: str, *_more: object) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            written.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        with loading_people_by(lambda _token: unknown_person()):
            paths = app.config["FIRST_PAGES_OF_PEOPLE"]
            for path in paths:
                written.clear()
                statuses[path] = (client.get(path).status_code, list(written))
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert statuses == dict.fromkeys(paths, (200, []))  # the status, and what was written
    assert client.get("/me").status_code == 303  # the token is of nobody any more
    with app.app_context():
        person = unknown_person()
        assert not [name for name in (column.key for column in columns_of(Person)) if callable(getattr(person, name))]


def test_connections_of_the_first_pages_only_read(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        engine = create_engine(db.engine.url)
    monkeypatch.setattr(type(db), "engine", property(lambda _db: engine))
    write = text("CREATE TABLE written_by_first_pages (id int)")
    refused = pytest.raises(InternalError, match="read-only transaction")
    with reading_only(app), engine.connect() as connection, refused:
        connection.execute(write)
    with engine.connect() as connection:
        connection.execute(write)
        connection.rollback()
    engine.dispose()
