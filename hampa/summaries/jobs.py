"""Sending weekly summaries on the evenings before the weeks of people, wherever they live."""

from datetime import timedelta

from hampa.platform.db import db
from hampa.platform.jobs import job, renew_lease
from hampa.summaries.actions import write_summaries

SLICE = 200


@job("summaries.write", every=timedelta(minutes=30), lease=timedelta(minutes=5))
def write_due() -> None:
    """Write what is due, a slice of people and a transaction at a time; a key for each evening makes each come once."""
    _count, last = write_summaries(None, SLICE)
    while last is not None:
        renew_lease()
        db.session.commit()
        _count, last = write_summaries(last, SLICE)
    db.session.commit()
