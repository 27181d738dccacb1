"""`flask hampa demo`."""

from __future__ import annotations

import click
from flask import Flask

from hampa.demo import actions
from hampa.platform.cli import hampa
from hampa.platform.db import db


@hampa.command("demo")
def demo() -> None:
    """Fill in a living community in both languages; run again, it moves past runs of it forward."""
    people = actions.make_people()
    actions.make_cards(people)
    actions.make_companions(people)
    changed = actions.make_runs(people)
    db.session.commit()
    click.echo(
        f"demo: {len(people)} people, {actions.CARDS} cards, {actions.RUNS} runs to come ({changed} made or moved)"
    )


def init_app(app: Flask) -> None:
    """Nothing to do: the command is in the group `hampa`."""
