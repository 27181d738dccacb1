"""Background work for sign-in at a provider."""

from datetime import timedelta

from hampa.openid import actions
from hampa.platform import jobs
from hampa.platform.db import db


@jobs.job("openid.prune", every=timedelta(hours=1))
def prune() -> None:
    """Delete sign-ins at the provider that are long over."""
    actions.delete_old_flows()
    db.session.commit()
