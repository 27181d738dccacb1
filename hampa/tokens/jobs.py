"""Background work for tokens."""

from datetime import timedelta

from hampa.platform.db import db
from hampa.platform.jobs import job
from hampa.tokens.actions import personal, refreshing


@job("tokens.prune", every=timedelta(hours=1))
def prune() -> None:
    """Delete tokens that nobody can use any more."""
    refreshing.delete_old_tokens()
    personal.delete_old_tokens()
    db.session.commit()
