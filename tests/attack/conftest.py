"""What attacks look at is what tests of runs look at."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.runs.conftest import states, texted, told, work_off

__all__ = ["states", "texted", "told", "work_off"]


def few(app: Flask, patch: pytest.MonkeyPatch, **limits: Any) -> None:
    """Let limits be as small as this for one test."""
    tight = app.extensions["hampa.settings"].model_copy(update=limits)
    patch.setitem(app.extensions, "hampa.settings", tight)
