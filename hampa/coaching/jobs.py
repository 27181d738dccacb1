"""Jobs of coaching: sending invitations, and forgetting the numbers of those that are over."""

import uuid
from datetime import timedelta

from hampa.coaching.actions import agreements
from hampa.platform.db import db
from hampa.platform.jobs import job


@job("coaching.send_invitation")
def send_invitation(invitation_id: uuid.UUID) -> None:
    """Tell whom an invitation by number is for."""
    agreements.send_invitation(invitation_id)
    db.session.commit()


@job("coaching.forget_numbers", every=timedelta(hours=1))
def forget_numbers() -> None:
    """Forget the numbers of invitations that are over."""
    agreements.forget_numbers()
    db.session.commit()
