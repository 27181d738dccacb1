"""Jobs of challenges: counting anew, and the end."""

import uuid
from datetime import timedelta

import hampa.challenges.queries.boards  # noqa: F401 - challenges are scopes of boards
from hampa.challenges.actions.entries import finish_challenges, refresh
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.jobs import job, renew_lease


@job("challenges.refresh", lease=timedelta(minutes=5))
def refresh_challenge(challenge_id: uuid.UUID) -> None:
    """Count anew for everybody who takes part in a challenge."""
    refresh(challenge_id=challenge_id)
    db.session.commit()


@job("challenges.finish", every=timedelta(minutes=10), lease=timedelta(minutes=5))
def finish() -> None:
    """End challenges that are over, some at a time."""
    while finish_challenges(clock.now()):
        renew_lease()
        db.session.commit()
    db.session.commit()
