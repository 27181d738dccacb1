"""The group of Hampa's own commands: `flask hampa …`; features add theirs with `@hampa.command`."""

from __future__ import annotations

from flask.cli import AppGroup

hampa = AppGroup("hampa", help="Run and look after Hampa.")
