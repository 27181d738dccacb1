"""Do what a one-tap link from a message is for."""

from __future__ import annotations

import uuid

from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.errors import Refused
from hampa.platform.locale.i18n import gettext as _
from hampa.runs.actions.joining import answer_offer, join_run, leave_run
from hampa.runs.admission import refuse_closed
from hampa.runs.models.participation import GOING
from hampa.runs.queries import runs
from hampa.runs.queries.one_tap import JOIN, OFFER, STILL_IN, Tap
from hampa.runs.queries.people import participation_of


def perform_tap(tap: Tap, yes: bool) -> None:
    """Do what the link is for; for a link that asks (an offer, "still in?"), `yes` is the answer.

    Raise Refused when nothing about who takes part in the run changes any more.
    """
    if tap.purpose == JOIN and yes:
        join_run(tap.person, tap.run.id)
    elif tap.purpose == OFFER:
        answer_offer(tap.person, tap.run.id, yes)
    elif tap.purpose == STILL_IN:
        confirm_going(tap.person, tap.run.id) if yes else leave_run(tap.person, tap.run.id)
    elif yes:
        leave_run(tap.person, tap.run.id)


def confirm_going(person: Person, run_id: uuid.UUID) -> None:
    """Confirm, the evening before, that the person comes. Raise Refused when they have no place, and NotFound."""
    run = runs.locked_run(run_id, person)
    refuse_closed(run)
    participation = participation_of(person, run.id)
    if participation is None or participation.status != GOING:
        raise Refused(_("You don't have a place in this run any more."))
    participation.claim_name()
    participation.still_in_at = participation.still_in_at or clock.now()
