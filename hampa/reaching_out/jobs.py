"""The job that looks at check-ins of who agreed to be asked."""

from datetime import timedelta

from hampa.platform.db import db
from hampa.platform.jobs import job, renew_lease
from hampa.reaching_out.actions import find_drifts

SLICE = 200


@job("reaching_out.find", every=timedelta(hours=1), lease=timedelta(minutes=5))
def find() -> None:
    """Find who drifts, a slice of consents and a transaction at a time."""
    last = find_drifts(None, SLICE)
    while last is not None:
        renew_lease()
        db.session.commit()
        last = find_drifts(last, SLICE)
    db.session.commit()
