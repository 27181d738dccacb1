"""What the tests of files stand on: an S3 service, and a virus scanner."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import httpx
import pytest
from flask import Flask

from hampa.platform.config import settings
from tests import s3_server, virus_scanner
from tests.virus_scanner import VirusScanner


@pytest.fixture
def bucket(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Keep files in a bucket of an S3 service."""
    with s3_server.running() as address:
        name = f"hampa-{secrets.token_hex(6)}"
        httpx.put(f"{address}/{name}").raise_for_status()
        given = {"s3_bucket": name, "s3_endpoint": address, "s3_key": "key", "s3_secret": "secret"}
        monkeypatch.setitem(app.extensions, "hampa.settings", settings().model_copy(update=given))
        yield name


@pytest.fixture
def scanner(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[VirusScanner]:
    """Have files scanned by a server on this machine."""
    with virus_scanner.running() as one:
        given = {"clamav": f"127.0.0.1:{one.port}"}
        monkeypatch.setitem(app.extensions, "hampa.settings", settings().model_copy(update=given))
        yield one
