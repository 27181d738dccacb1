"""Background work for invitations."""

from datetime import timedelta

from hampa.organising.actions import invitations
from hampa.platform.db import db
from hampa.platform.jobs import job


@job("organising.forget_invitations", every=timedelta(days=1))
def forget_expired_invitations() -> None:
    """Delete the invitations whose time has passed, with the phone numbers in them."""
    invitations.forget_expired()
    db.session.commit()
