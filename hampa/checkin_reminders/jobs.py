"""Reminders of check-ins when they are due, and nudges."""

import uuid
from datetime import timedelta

from hampa.checkin_reminders.actions import nudging, reminding
from hampa.checkin_reminders.queries.due import due_reminder, open_crews
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.jobs import job, renew_lease

CREWS = 200
PEOPLE = 500
KEEP = timedelta(days=30)
"""Longer than any period, so that no reminder could be due again."""


@job("checkins.remind", every=timedelta(minutes=10), lease=timedelta(minutes=5))
def remind() -> None:
    """Send the reminders that are due now, some crews and some people at a time.

    Nothing is planned ahead: answers, memberships, settings and clocks are read at the moment itself.
    """
    crews = open_crews(None, CREWS)
    while crews:
        last = crews[-1].id
        due = [reminder for crew in crews if (reminder := due_reminder(crew)) is not None]
        while due and reminding.remind(due, PEOPLE):
            renew_lease()
            db.session.commit()
        db.session.commit()
        renew_lease()
        db.session.commit()
        crews = open_crews(last, CREWS)


@job("checkins.nudge", lease=timedelta(minutes=5))
def nudge(round_id: uuid.UUID) -> None:
    """Nudge those who have not checked in, some at a time."""
    while nudging.nudge(round_id):
        renew_lease()
        db.session.commit()
    db.session.commit()


@job("checkins.forget_reminders", every=timedelta(days=1))
def delete_old_reminders() -> None:
    """Delete the rows of reminders of periods that are over."""
    reminding.delete_reminders(clock.now() - KEEP)
    db.session.commit()
