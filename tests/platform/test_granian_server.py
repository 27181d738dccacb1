"""What the web server reads before it forks, so that its processes share it."""

from __future__ import annotations

import pytest
from babel import core, localedata
from flask import Flask

from hampa.platform.granian_server import read_what_all_need
from hampa.platform.locale.i18n import LOCALES


def test_what_babel_knows_is_read_before_the_fork(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core, "_global_data", None)
    monkeypatch.setattr(localedata, "_cache", {})
    read_what_all_need(app)
    assert core._global_data
    assert set(localedata._cache) >= set(LOCALES)
