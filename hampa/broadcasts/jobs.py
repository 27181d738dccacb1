"""Jobs that send messages to people with duties, a chunk and a transaction at a time."""

import uuid
from datetime import timedelta

from hampa.broadcasts import actions, queries
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.jobs import job, renew_lease


@job("broadcasts.send", lease=timedelta(minutes=5))
def send(broadcast_id: uuid.UUID) -> None:
    """Send a message that is due; who has it does not get it again."""
    while actions.send_chunk(broadcast_id):
        renew_lease()
        db.session.commit()
    db.session.commit()


@job("broadcasts.send_due", every=timedelta(minutes=1), lease=timedelta(minutes=5))
def send_due() -> None:
    """Send the messages whose time has come, and those that a worker left half sent."""
    for broadcast_id in queries.due_ids(clock.now()):
        while actions.send_chunk(broadcast_id):
            renew_lease()
            db.session.commit()
        db.session.commit()
