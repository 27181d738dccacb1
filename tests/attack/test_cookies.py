"""What a browser keeps of us where there is HTTPS, also behind a proxy that speaks plain HTTP with us."""

from __future__ import annotations

import pytest

from hampa.app import create_app
from hampa.platform import config
from tests.database import Databases


@pytest.mark.parametrize("origin", ["http://127.0.0.1", "https://hampa.example"])
def test_the_chosen_language_is_kept_for_this_host_and_https_alone(databases: Databases, origin: str) -> None:
    environment = databases.environment(
        databases.make("language"),
        HAMPA_ENV="production",
        HAMPA_BASE_URL="https://hampa.example",
        HAMPA_SECRET_KEY="x" * 40,
    )
    browser = create_app(config.load(environment)).test_client()
    cookie = browser.get("/healthz?lang=en", base_url=origin).headers["Set-Cookie"]
    assert cookie.startswith("__Host-lang=en;")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert 'lang="en"' in browser.get("/login", base_url="https://hampa.example").text
    forged = browser.get("/login", base_url="https://hampa.example", headers={"Cookie": "lang=fa; __Host-lang=en"})
    assert 'lang="en"' in forged.text
