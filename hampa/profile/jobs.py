"""Jobs of profiles."""

from datetime import timedelta

from hampa.platform.db import db
from hampa.platform.jobs import job
from hampa.profile.actions import delete_expired_reservations


@job("profile.forget_rested_handles", every=timedelta(hours=6))
def delete_expired_handles() -> None:
    """Delete the reservations of user names that are over."""
    delete_expired_reservations()
    db.session.commit()
