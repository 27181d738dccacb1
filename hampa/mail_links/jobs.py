"""Background work for links by mail."""

from datetime import timedelta

from hampa.mail_links import actions
from hampa.platform import jobs
from hampa.platform.db import db


@jobs.job("mail_links.prune", every=timedelta(hours=1))
def prune() -> None:
    """Delete links that no limit counts any more."""
    actions.delete_old_links()
    db.session.commit()
