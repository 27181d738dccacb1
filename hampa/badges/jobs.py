"""Jobs of badges: looking at who did something new, at everybody each night, and at a badge that is new."""

import uuid
from datetime import timedelta

import hampa.badges.actions.elsewhere
import hampa.badges.queries.boards  # noqa: F401 - copies have badges, and boards count them
from hampa.badges.actions.awarding import check_people, collect_checks
from hampa.badges.actions.seeds import ensure_first_set
from hampa.badges.queries.checking import crew_of_badge, people_after
from hampa.platform.db import db
from hampa.platform.jobs import enqueue, job, renew_lease


@job("badges.collect", every=timedelta(minutes=1), lease=timedelta(minutes=5))
def collect() -> None:
    """Enqueue one job for each person whose activities, runs or duties changed, however often they did."""
    while collect_checks():
        renew_lease()
        db.session.commit()
    db.session.commit()


@job("badges.check")
def check(person_id: uuid.UUID) -> None:
    """Award a person what they have earned, and take back what they have not any more."""
    check_people([person_id])
    db.session.commit()


@job("badges.check_badge", lease=timedelta(minutes=10), timeout=timedelta(hours=6))
def check_badge(badge_id: uuid.UUID) -> None:
    """Award a badge to all who have earned it already, a slice of people and a transaction at a time."""
    exists, crew_id = crew_of_badge(badge_id)
    last_id = None
    while exists and (slice_of_people := people_after(last_id, crew_id)):
        check_people(slice_of_people, only=badge_id)
        last_id = slice_of_people[-1]
        renew_lease()
        db.session.commit()


@job("badges.check_everybody", every=timedelta(days=1), lease=timedelta(minutes=10), timeout=timedelta(hours=6))
def check_everybody() -> None:
    """Look at everybody once a day, a slice of people and a transaction at a time."""
    last_id = None
    while slice_of_people := people_after(last_id):
        check_people(slice_of_people)
        last_id = slice_of_people[-1]
        renew_lease()
        db.session.commit()


@job("badges.ensure_first_set", every=timedelta(days=1))
def ensure_seeds() -> None:
    """Make what is missing of the first set of badges, and look at once who has earned it."""
    for badge_id in ensure_first_set():
        enqueue("badges.check_badge", badge_id=badge_id)
    db.session.commit()
