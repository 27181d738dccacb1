"""A provider, and a site that uses it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from tests.auth.conftest import change_settings, number
from tests.openid.provider_server import Provider, running

__all__ = ["change_settings", "number"]


@pytest.fixture(scope="session")
def provider_process(app: Flask) -> Iterator[Provider]:
    """Yield the provider, which all tests of this process share."""
    with running(f"{app.extensions['hampa.settings'].base_url}/login/openid/back") as provider:
        yield provider


@pytest.fixture
def provider(app: Flask, provider_process: Provider, change_settings: Callable[..., None]) -> Provider:
    """Return the provider as it usually is, which the site knows nothing of yet."""
    provider_process.set()
    app.extensions.pop("hampa.openid", None)
    change_settings(**provider_process.settings)
    return provider_process
