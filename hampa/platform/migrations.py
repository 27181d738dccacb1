"""Migrations. Flask-Migrate and what it needs are some ten megabytes, which a web process does without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import ScriptInfo

from hampa.platform.db import db

FOLDER = Path(__file__).parents[2] / "migrations"


class WhenAsked(click.Command):
    """`flask db`: stands for the commands of Flask-Migrate, which are loaded when they are asked for."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        from flask_migrate.cli import db as commands

        if parent is not None:
            _know(parent.ensure_object(ScriptInfo).load_app())
        return commands.make_context(info_name, args, parent=parent, **extra)


def init_app(app: Flask) -> None:
    """Let the command line have `flask db`."""
    app.cli.add_command(WhenAsked("db", help="Perform database migrations."))


def upgrade() -> None:
    """Bring the database of the current app to the newest version."""
    import flask_migrate

    _know(current_app)
    flask_migrate.upgrade()


def check() -> None:
    """Fail when the migrations make another database than the models say."""
    import flask_migrate

    _know(current_app)
    flask_migrate.check()


def _know(app: Flask) -> None:
    from flask_migrate import Migrate

    if "migrate" not in app.extensions:
        Migrate(app, db, directory=str(FOLDER), compare_type=True)
