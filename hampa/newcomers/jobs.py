"""The job that asks newcomers."""

from datetime import timedelta

from hampa.newcomers.actions import ask_newcomers
from hampa.platform.db import db
from hampa.platform.jobs import job, renew_lease

SLICE = 500


@job("newcomers.ask", every=timedelta(minutes=30), lease=timedelta(minutes=5))
def ask() -> None:
    """Ask who joined two weeks ago, a slice of people and a transaction at a time."""
    while ask_newcomers(SLICE):
        renew_lease()
        db.session.commit()
    db.session.commit()
