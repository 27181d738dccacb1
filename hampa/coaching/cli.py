"""`flask coaching rebuild`."""

import click
from flask.cli import AppGroup

from hampa.coaching.actions.sums import rebuild_sums

group = AppGroup("coaching", help="Coaches and their athletes.")


@group.command("rebuild")
def rebuild() -> None:
    """Sum up anew what athletes did lately of their plans."""
    click.echo(f"Summed up {rebuild_sums()} times what was done in two weeks of a plan.")
