"""Notes that were deleted go for good after a while."""

from datetime import timedelta

from hampa.coach_notes import actions
from hampa.platform.db import db
from hampa.platform.jobs import job


@job("coach_notes.forget", every=timedelta(hours=6))
def forget_deleted() -> None:
    """Delete for good what was deleted thirty days ago."""
    actions.forget_deleted()
    db.session.commit()
