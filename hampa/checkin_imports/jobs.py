"""The job that deletes files of check-ins."""

from datetime import timedelta

from hampa.checkin_imports import actions
from hampa.platform.db import db
from hampa.platform.jobs import job


@job("checkin_imports.delete_old", every=timedelta(hours=1))
def delete_old() -> None:
    """Delete files that nobody took over for a day, and reports after a month."""
    actions.delete_old_imports()
    db.session.commit()
