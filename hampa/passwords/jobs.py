"""Background work for passwords."""

from datetime import timedelta

from hampa.passwords import actions
from hampa.platform import jobs
from hampa.platform.db import db


@jobs.job("passwords.prune", every=timedelta(hours=1))
def prune() -> None:
    """Delete the counts of wrong passwords that nobody waits for any more."""
    actions.delete_expired()
    db.session.commit()
