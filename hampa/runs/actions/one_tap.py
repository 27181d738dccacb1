"""What a link from a message does in one tap."""

from __future__ import annotations

import uuid

from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.errors import Refused
from hampa.platform.i18n import gettext as _
from hampa.runs.actions.joining import answer_offer, join_run, leave_run
from hampa.runs.actions.places import refuse_closed
from hampa.runs.models.participation import GOING
from hampa.runs.queries import runs
from hampa.runs.queries.one_tap import JOIN, OFFER, STILL_IN, Tap
from hampa.runs.queries.people import participation_of


def follow_tap(tap: Tap, yes: bool) -> None:
    """Do what the link is for, or, where it puts a question (an offer, "still in?"), what a no means.

    Raises Refused when the run takes nobody or lets nobody go any more.
    """
    if tap.purpose == JOIN and yes:
        join_run(tap.person, tap.run.id)
    elif tap.purpose == OFFER:
        answer_offer(tap.person, tap.run.id, yes)
    elif tap.purpose == STILL_IN:
        say_still_in(tap.person, tap.run.id) if yes else leave_run(tap.person, tap.run.id)
    elif yes:
        leave_run(tap.person, tap.run.id)


def say_still_in(person: Person, run_id: uuid.UUID) -> None:
    """Say, the evening before, that one still comes. Raises Refused for who has no place, and NotFound."""
    run = runs.locked(run_id, person)
    refuse_closed(run)
    mine = participation_of(person, run.id)
    if mine is None or mine.status != GOING:
        raise Refused(_("You don't have a place in this run any more."))
    mine.speak()
    mine.still_in_at = mine.still_in_at or clock.now()
