"""The job that publishes the numbers of crews."""

from datetime import timedelta

from hampa.platform.db import db
from hampa.platform.jobs import job, renew_lease
from hampa.trends.actions import publish_numbers

SLICE = 100


@job("trends.publish_numbers", every=timedelta(hours=1), lease=timedelta(minutes=5))
def publish_due() -> None:
    """Publish the numbers of all periods that have settled, a slice and a transaction at a time."""
    while publish_numbers(SLICE) == SLICE:
        renew_lease()
        db.session.commit()
    db.session.commit()
