"""Jobs of close-outs: asking, reminding, and thanking."""

import uuid
from datetime import timedelta

from hampa.closeouts import actions
from hampa.closeouts.models import CloseOut
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.jobs import job, renew_lease


@job("closeouts.ask", every=timedelta(minutes=10), lease=timedelta(minutes=5))
def ask() -> None:
    """Ask for the close-outs of days that are over and remind of those that nobody did, some at a time."""
    for step in (actions.ask, actions.remind):
        while step(clock.now()):
            renew_lease()
            db.session.commit()
    db.session.commit()


@job("closeouts.thank")
def thank(closeout_id: uuid.UUID) -> None:
    """Thank who came, each once."""
    closeout = db.session.get(CloseOut, closeout_id)
    if closeout is not None and closeout.thanked_at is not None:
        actions.tell_thanks(closeout)
    db.session.commit()
