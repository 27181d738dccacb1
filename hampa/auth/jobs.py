"""Background work for sign-in."""

from datetime import timedelta

from hampa.auth.actions import sessions
from hampa.platform import jobs
from hampa.platform.db import db


@jobs.job("auth.prune", every=timedelta(hours=1))
def prune() -> None:
    """Delete the codes, tries, devices and sessions that nothing needs any more."""
    sessions.delete_expired()
    db.session.commit()
