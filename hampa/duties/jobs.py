"""Jobs of duties: reminders, warnings, and places of those who left."""

from datetime import timedelta

from hampa.duties.actions import reminding
from hampa.duties.actions.schedules import free_places_of_leavers
from hampa.platform.db import db
from hampa.platform.jobs import job, renew_lease


@job("duties.remind", every=timedelta(minutes=5), lease=timedelta(minutes=5))
def remind() -> None:
    """Send the reminders that are due, some at a time."""
    while reminding.remind():
        renew_lease()
        db.session.commit()
    db.session.commit()


@job("duties.warn", every=timedelta(hours=1), lease=timedelta(minutes=5))
def warn() -> None:
    """Warn coordinators of shifts that are short of people, some schedules at a time."""
    last = reminding.warn_of_short_shifts()
    while last is not None:
        renew_lease()
        db.session.commit()
        last = reminding.warn_of_short_shifts(last)
    db.session.commit()


@job("duties.free_places", every=timedelta(minutes=30), lease=timedelta(minutes=5))
def free_places() -> None:
    """Give places of people who left their crew to others, and end duties of crews that closed, some at a time."""
    while free_places_of_leavers():
        renew_lease()
        db.session.commit()
    db.session.commit()
