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


def make_speaker() -> Flask:
    """Return an app with languages, filters and settings, and nobody signed in."""
    app = Flask("speaker")
    app.secret_key = "nothing to hide here"
    app.config["TESTING"] = True
    app.extensions["hampa.settings"] = config.load({"HAMPA_ENV": "test", "HAMPA_SMS_COUNTRIES": "IR,AF"})
    i18n.init_app(app, viewer=lambda: None)
    template_filters.init_app(app)
    return app


@pytest.fixture
def speaker() -> Flask:
    """Return such an app, which a test may change."""
    return make_speaker()


@pytest.fixture(scope="session")
def reader_of_forms() -> Flask:
    """Return such an app, whose forms need no token: nine hundred tests read a form in it."""
    app = make_speaker()
    app.config["WTF_CSRF_ENABLED"] = False
    return app


@pytest.fixture
def asked(reader_of_forms: Flask) -> Iterator[None]:
    """Inside a request of an English browser, with forms that need no token."""
    with reader_of_forms.test_request_context("/", headers={"Accept-Language": "en"}):
        yield
