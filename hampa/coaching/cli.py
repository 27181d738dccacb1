"""`flask coaching rebuild`."""

import click
from flask.cli import AppGroup

from hampa.coaching.actions.sums import forget_sums, keep_sums
from hampa.platform.db import db

group = AppGroup("coaching", help="Coaches and their athletes.")


@group.command("rebuild")
def rebuild() -> None:
    """Sum up anew what athletes did lately of their plans."""
    click.echo(f"Summed up {rebuild_sums()} times what was done in two weeks of a plan.")


def rebuild_sums() -> int:
    """Sum up all anew, and return of how many plans and days; commits as it goes on."""
    forget_sums()
    db.session.commit()
    count = 0
    while kept := keep_sums():
        db.session.commit()
        count += kept
    return count
