"""Jobs that send messages to people of the site, a chunk and a transaction at a time."""

import uuid
from datetime import timedelta

from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.jobs import job, renew_lease
from hampa.site_messages import actions, queries


@job("site_messages.send", lease=timedelta(minutes=5))
def send(message_id: uuid.UUID) -> None:
    """Send a message that is due; who has it does not get it again."""
    while actions.send_chunk(message_id):
        renew_lease()
        db.session.commit()
    db.session.commit()


@job("site_messages.send_due", every=timedelta(minutes=1), lease=timedelta(minutes=5))
def send_due() -> None:
    """Send the messages whose time has come, and those that a worker left half sent."""
    for message_id in queries.due_ids(clock.now()):
        send(message_id)
