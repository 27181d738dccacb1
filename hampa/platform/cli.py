"""The group of Hampa's own commands: `flask hampa …`; features add theirs with `@hampa.command`."""

from flask import Flask
from flask.cli import AppGroup

hampa = AppGroup("hampa", help="Run and look after Hampa.")


def init_app(app: Flask) -> None:
    """Add the group to the command line."""
    app.cli.add_command(hampa)
