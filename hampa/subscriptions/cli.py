"""Commands of subscriptions."""

import click
from flask.cli import AppGroup

from hampa.platform.db import db
from hampa.subscriptions.actions.seeds import ensure_first_plans

subscriptions = AppGroup("subscriptions", help="Subscriptions.")


@subscriptions.command("seed")
def seed() -> None:
    """Make the first plans if there are none; run again, it makes nothing."""
    made = ensure_first_plans()
    db.session.commit()
    click.echo(f"{made} plans made")
