"""What opens something without signing in stands in no log: neither links of one tap, nor the codes of runs "by link"."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from hampa.one_tap import views as one_tap
from hampa.platform.security import signed_links
from hampa.runs.queries import runs
from hampa.safety import queries as watches
from tests.page import Page
from tests.personas import Setting


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """All that is logged meanwhile."""
    (own,) = [handler for handler in logging.getLogger().handlers if handler.name == "hampa"]
    assert isinstance(own, logging.StreamHandler)
    kept = io.StringIO()
    before = own.setStream(kept)
    yield kept
    own.setStream(before)


def fails(*_: object) -> None:
    raise LookupError("out of order")


def test_an_error_behind_a_secret_address_does_not_write_it_down(
    page: Page, setting: Setting, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one_tap, "tap_of", fails)
    monkeypatch.setattr(watches, "watch_for_link", fails)
    monkeypatch.setattr(runs, "run_by_code", fails)
    secrets = [signed_links.make_token("s", setting.run.id, setting.companion.phone), setting.run.short_code]
    for before, secret in zip(("/go/", "/r/"), secrets, strict=True):
        assert page.client.get(f"{before}{secret}").status_code == 500
    assert page.client.get(f"/safe/{secrets[0]}").status_code == 500
    assert "out of order" in written.getvalue()
    for secret in secrets:
        assert secret not in written.getvalue()
