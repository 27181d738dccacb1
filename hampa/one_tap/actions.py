"""What one-tap links do."""

from hampa.joining.actions import answer_offer, confirm_going, join_run, leave_run
from hampa.one_tap.queries import JOIN, OFFER, STILL_IN, Tap


def perform_tap(tap: Tap, yes: bool) -> None:
    """Do what a one-tap link is for; `yes` is the answer to a link that asks (an offer, "still in?").

    Raise Refused when participations of the run no longer change.
    """
    if tap.purpose == JOIN and yes:
        join_run(tap.person, tap.run.id)
    elif tap.purpose == OFFER:
        answer_offer(tap.person, tap.run.id, yes)
    elif tap.purpose == STILL_IN:
        confirm_going(tap.person, tap.run.id) if yes else leave_run(tap.person, tap.run.id)
    elif yes:
        leave_run(tap.person, tap.run.id)
