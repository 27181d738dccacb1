"""The job that appeals for people in short shifts, where coordinators want it to."""

import uuid
from datetime import timedelta

from hampa.duties.queries.short import short_shifts
from hampa.duty_appeals.actions import appeal_automatically
from hampa.duty_appeals.queries import ShortShift, automatic_schedules
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.jobs import job, renew_lease


@job("duty_appeals.appeal", every=timedelta(hours=1), lease=timedelta(minutes=5))
def appeal() -> None:
    """Ask people to take shifts that begin soon and are short of people, a transaction a shift."""
    after: uuid.UUID | None = None
    while rows := automatic_schedules(after):
        for schedule, every_days, most in rows:
            for begins_at, starts_at, missing in short_shifts(schedule, clock.now()):
                appeal_automatically(ShortShift(schedule, starts_at, begins_at, missing), every_days, most)
                renew_lease()
                db.session.commit()
        after = rows[-1][0].id
