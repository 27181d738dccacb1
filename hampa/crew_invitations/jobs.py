"""Jobs of invitations: sending them, and forgetting the numbers of those that are over."""

import uuid
from datetime import timedelta

from hampa.crew_invitations import actions
from hampa.platform.db import db
from hampa.platform.jobs import job, renew_lease


@job("crew_invitations.send", lease=timedelta(minutes=5))
def send(crew_id: uuid.UUID) -> None:
    """Send the invitations of a crew that were not sent."""
    while actions.send_batch(crew_id):
        renew_lease()
        db.session.commit()
    db.session.commit()


@job("crew_invitations.forget", every=timedelta(hours=1))
def forget() -> None:
    """Forget the numbers of invitations that are over, and delete those that are long over."""
    actions.forget_old()
    db.session.commit()
