"""`flask hampa demo`."""

import click

from hampa.demo.actions.cards import CARDS
from hampa.demo.actions.community import make_community, record_filled
from hampa.demo.actions.people import PEOPLE
from hampa.demo.actions.runs import RUNS
from hampa.platform.cli import hampa
from hampa.platform.db import db


@hampa.command("demo")
def demo() -> None:
    """Create a demo community in both languages; run again, it moves past runs forward."""
    changed = make_community()
    if changed:
        record_filled(changed)
    db.session.commit()
    click.echo(f"demo: {PEOPLE} people, {CARDS} cards, {RUNS} runs to come ({changed} made or moved)")
