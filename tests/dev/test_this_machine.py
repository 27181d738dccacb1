"""Development serves its own machine alone, however it was started."""

from __future__ import annotations

import pytest
from flask import Flask

from hampa.platform.config import settings

PATHS = ("/", "/dev/outbox", "/dev/ui", "/login", "/healthz")


@pytest.fixture
def development(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    with app.app_context():
        monkeypatch.setitem(app.extensions, "hampa.settings", settings().model_copy(update={"env": "development"}))
    return app


def test_others_see_nothing_of_it(development: Flask) -> None:
    browser = development.test_client()
    for address in ("192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1", "10.0.0.1", ""):
        for path in PATHS:
            answer = browser.get(path, environ_overrides={"REMOTE_ADDR": address})
            assert answer.status_code == 403, (address, path)


def test_its_own_machine_does(development: Flask) -> None:
    browser = development.test_client()
    for address in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
        assert browser.get("/dev/outbox", environ_overrides={"REMOTE_ADDR": address}).status_code == 200
