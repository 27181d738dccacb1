"""`flask hampa demo`."""

from __future__ import annotations

import click
from flask import Flask

from hampa.demo.actions.community import make_community
from hampa.platform.cli import hampa
from hampa.platform.db import db


@hampa.command("demo")
def demo() -> None:
    """Fill in a living community in both languages; run again, it moves past runs of it forward."""
    made = make_community()
    db.session.commit()
    click.echo(
        f"demo: {made.people} people, {made.cards} cards, {made.runs} runs to come ({made.changed} made or moved)"
    )


def init_app(app: Flask) -> None:
    """Nothing to do: the command is in the group `hampa`."""
