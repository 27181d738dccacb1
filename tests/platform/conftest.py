"""What the platform's own tests stand on: an app that speaks, without a database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from hampa.platform import config
from hampa.platform.locale import i18n
from hampa.platform.web import template_filters
from tests import s3_server as s3_server_of_tests


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """Yield the address of an S3 service on this machine."""
    with s3_server_of_tests.running() as address:
        yield address


@pytest.fixture
def speaker() -> Flask:
    """Return an app with languages, filters and settings, and nobody signed in."""
    app = Flask("speaker")
    app.secret_key = "nothing to hide here"
    app.config["TESTING"] = True
    app.extensions["hampa.settings"] = config.load({"HAMPA_ENV": "test", "HAMPA_SMS_COUNTRIES": "IR,AF"})
    i18n.init_app(app, viewer=lambda: None)
    template_filters.init_app(app)
    return app


@pytest.fixture
def asked(speaker: Flask) -> Iterator[None]:
    """Inside a request of an English browser, with forms that need no token."""
    speaker.config["WTF_CSRF_ENABLED"] = False
    with speaker.test_request_context("/", headers={"Accept-Language": "en"}):
        yield
