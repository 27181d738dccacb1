"""What the web server reads before it forks, so that its processes share it."""

from __future__ import annotations

from typing import Any

import pytest
from babel import core, localedata
from flask import Flask

from hampa.platform.granian_server import compile_templates, read_what_all_need
from hampa.platform.locale.i18n import LOCALES


def test_what_babel_knows_is_read_before_the_fork(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core, "_global_data", None)
    monkeypatch.setattr(localedata, "_cache", {})
    read_what_all_need(app)
    assert core._global_data
    assert set(localedata._cache) >= set(LOCALES)


def test_no_template_is_compiled_again(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    compile_templates(app)
    again: list[str | None] = []
    compiled = app.jinja_env.compile

    def note(source: Any, name: str | None = None, *more: Any) -> Any:
        again.append(name)
        return compiled(source, name, *more)

    monkeypatch.setattr(app.jinja_env, "compile", note)
    compile_templates(app)
    assert again == []
