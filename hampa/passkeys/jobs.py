"""Background work for passkeys."""

from datetime import timedelta

from hampa.passkeys.actions import challenges
from hampa.platform import jobs
from hampa.platform.db import db


@jobs.job("passkeys.prune", every=timedelta(hours=1))
def prune() -> None:
    """Delete the challenges that nobody has answered."""
    challenges.delete_expired()
    db.session.commit()
