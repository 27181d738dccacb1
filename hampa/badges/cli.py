"""Commands of badges."""

import click
from flask.cli import AppGroup

from hampa.badges.actions.seeds import ensure_first_set
from hampa.platform.db import db
from hampa.platform.jobs import enqueue

badges = AppGroup("badges", help="Badges.")


@badges.command("seed")
def seed() -> None:
    """Make what is missing of the first set of badges; run again, it makes nothing."""
    made = ensure_first_set()
    for badge_id in made:
        enqueue("badges.check_badge", badge_id=badge_id)
    db.session.commit()
    click.echo(f"{len(made)} badges made")
