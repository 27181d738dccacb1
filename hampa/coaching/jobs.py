"""Jobs of coaching: invitations, templates for many athletes, and forgetting numbers of invitations that are over."""

import uuid
from datetime import date, timedelta

from hampa.coaching.actions import agreements, availability, deadlines, givings, matching, sums, weekly
from hampa.platform.db import db
from hampa.platform.jobs import job, renew_lease

SLICE = 100


@job("coaching.send_invitation")
def send_invitation(invitation_id: uuid.UUID) -> None:
    """Tell whom an invitation by number is for."""
    agreements.send_invitation(invitation_id)
    db.session.commit()


@job("coaching.forget_numbers", every=timedelta(hours=1))
def forget_numbers() -> None:
    """Forget the numbers of invitations that are over."""
    agreements.forget_numbers()
    availability.forget_exceptions()
    db.session.commit()


@job("coaching.give", lease=timedelta(minutes=5))
def give_template(giving_id: uuid.UUID) -> None:
    """Give a template to the athletes who wait, each in a transaction of its own."""
    while givings.give_next(giving_id):
        renew_lease()
        db.session.commit()
    givings.finish(giving_id, tells=True)
    db.session.commit()


@job("coaching.match")
def match(person_id: uuid.UUID, day: date) -> None:
    """Match what a person did on a day with what was planned for it."""
    matching.match_day(person_id, day)
    db.session.commit()


@job("coaching.match_plan")
def match_plan(plan_id: uuid.UUID, day: date) -> None:
    """Match what the owner of a plan did on a day with what was planned for it."""
    matching.match_plan(plan_id, day)
    db.session.commit()


@job("coaching.match_recent", every=timedelta(minutes=30), lease=timedelta(minutes=5))
def match_recent() -> None:
    """Match what was left over of the last days, such as sessions that were planned after they were done."""
    last = matching.match_recent(None, SLICE)
    while last is not None:
        renew_lease()
        db.session.commit()
        last = matching.match_recent(last, SLICE)
    db.session.commit()


@job("coaching.remind", every=timedelta(minutes=30), lease=timedelta(minutes=5))
def remind() -> None:
    """Remind people of deadlines of plans by the mornings of their days, some at a time."""
    last = deadlines.remind(None, SLICE)
    while last is not None:
        renew_lease()
        db.session.commit()
        last = deadlines.remind(last, SLICE)
    db.session.commit()


@job("coaching.write_weeks", every=timedelta(minutes=30), lease=timedelta(minutes=5))
def write_weeks() -> None:
    """Write the weekly mails of coaches and athletes on the evenings before their weeks."""
    last = weekly.write_weeks(None, SLICE)
    while last is not None:
        renew_lease()
        db.session.commit()
        last = weekly.write_weeks(last, SLICE)
    db.session.commit()


@job("coaching.keep_sums", every=timedelta(minutes=1), lease=timedelta(minutes=5))
def keep_sums() -> None:
    """Sum up what athletes did lately, where something has changed or the day has, some plans at a time."""
    sums.follow_days()
    db.session.commit()
    while sums.keep_sums():
        renew_lease()
        db.session.commit()
    db.session.commit()


@job("coaching.rebuild_sums", every=timedelta(hours=6), lease=timedelta(minutes=10))
def rebuild_sums() -> None:
    """Sum up all anew: an activity that changes just while it is matched may be missed until then."""
    sums.forget_sums()
    keep_sums()
