"""Migrations. Flask-Migrate and its dependencies, ten megabytes, are imported only when they are needed."""

from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import ScriptInfo

from hampa.platform.db import db

FOLDER = Path(__file__).parents[2] / "migrations"


class LazyCommand(click.Command):
    """`flask db`, which loads the commands of Flask-Migrate when it is called."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Return the context of Flask-Migrate's command."""
        from flask_migrate.cli import db as commands

        if parent is not None:
            _init_migrate(parent.ensure_object(ScriptInfo).load_app())
        return commands.make_context(info_name, args, parent=parent, **extra)


def init_app(app: Flask) -> None:
    """Add `flask db` to the command line."""
    app.cli.add_command(LazyCommand("db", help="Perform database migrations."))


def upgrade() -> None:
    """Run the missing migrations on the database of the current app."""
    import flask_migrate

    _init_migrate(current_app)
    flask_migrate.upgrade()


def check() -> None:
    """Raise an error if the migrations make another database than the models describe."""
    import flask_migrate

    _init_migrate(current_app)
    flask_migrate.check()


def _init_migrate(app: Flask) -> None:
    from flask_migrate import Migrate

    if "migrate" not in app.extensions:
        Migrate(app, db, directory=str(FOLDER), compare_type=True)
