"""Delete an account: hide the person at once, pass on their runs, and erase their data after two weeks."""

import uuid
from collections.abc import Mapping

from hampa.account import queries
from hampa.auth.actions.sessions import end_sessions
from hampa.cards.actions import end_pending
from hampa.crews.actions.succession import appoint_heir
from hampa.crews.queries.members import next_crew_without_admin
from hampa.joining.actions import leave_run
from hampa.organising.actions.organisers import step_down
from hampa.organising.actions.ownership import pass_on
from hampa.outbox.actions.writing import send_sms
from hampa.people import actions as people_actions, privacy_registry, queries as people
from hampa.people.models import LEAVING_PERIOD, Person
from hampa.plans.actions import cancel_run
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Conflict, Refused
from hampa.platform.jobs import enqueue
from hampa.platform.locale.i18n import gettext as _
from hampa.safety import queries as safety
from hampa.series import queries as series_queries
from hampa.series.actions.changes import end_series
from hampa.series.actions.memberships import leave_series
from hampa.tokens.actions.personal import end_tokens

Successors = Mapping[str, str | None]
"""The id of the next owner by the id of a run or series; None if it is to be cancelled."""


def request_deletion(person: Person, successors: Successors) -> Person:
    """Hide the person from everybody and end their sessions; signing in within two weeks brings them back.

    A job passes on or cancels their runs. Raise Refused with `deletion_blocked_reason`, and Conflict when the account
    is not active any more.
    """
    if person.is_operator:
        people.lock_operators()  # before one's own row, so that two of them wait in the same order
    leaver = people.lock_person(person.id)
    if leaver is None or leaver.state != "active":
        raise Conflict(_("This account is already being deleted."))
    reason = deletion_blocked_reason(leaver)
    if reason:
        raise Refused(reason)
    until = (clock.now() + LEAVING_PERIOD).isoformat()
    send_sms(
        leaver.phone,
        "account/sms/leaving.txt",
        {"until": until},
        purpose="person_leaving",
        key=f"person_leaving:{leaver.id}:{until}",
        locale=leaver.locale,
        person_id=leaver.id,
    )
    people_actions.deactivate(leaver)
    end_sessions(leaver)
    end_tokens(leaver)
    enqueue("account.depart", person_id=leaver.id, heirs=dict(successors))
    return leaver


def deletion_blocked_reason(person: Person) -> str:
    """Return why the person can't delete the account now ("" if they can): a running watch, or the last operator."""
    if safety.active_watch(person) is not None:
        return _("Somebody is waiting for you to get home. First say that you're home.")
    if person.is_operator and all(operator.id == person.id for operator in people.lock_operators()):
        return _("You're the only one running this place. Make somebody else an operator first.")
    return ""


def withdraw(person_id: uuid.UUID, successors: Successors) -> bool:
    """Take the person out of the next run or series to come; return False when none is left or they came back.

    Each step is a transaction of its own. Crews that nobody else leads get another admin first. Series come next, so that none makes another run; then the person's own
    runs, those that they organise with others, and last their places, which go to the people who wait.
    """
    person = people.lock_person(person_id)
    if person is None or person.state != "leaving":
        return False
    end_pending(person)
    if (crew_id := next_crew_without_admin(person)) is not None:
        appoint_heir(person, crew_id)
    elif (series_id := queries.next_membership(person)) is not None:
        leave_series(person, series_id)
    elif (series_id := queries.next_owned_series(person)) is not None:
        _pass_on_series(person, series_id, successors.get(str(series_id)))
    elif (run := queries.next_owned_run(person)) is not None:
        _pass_on_run(person, run.id, successors.get(str(run.id)) or successors.get(str(run.series_id)))
    elif (run := queries.next_shared_run(person)) is not None:
        step_down(person, run.id)
    elif (run := queries.next_joined_run(person)) is not None:
        leave_run(person, run.id)
    else:
        return False
    return True


def _pass_on_series(person: Person, series_id: uuid.UUID, successor_id: str | None) -> None:
    """Give the series to its successor, or end it; its runs are passed on one by one after it."""
    series = series_queries.locked_series(series_id)
    if successor_id and queries.may_take_over_series(uuid.UUID(successor_id), series_id):
        series.organiser_id = uuid.UUID(successor_id)
    else:
        end_series(person, series_id)


def _pass_on_run(person: Person, run_id: uuid.UUID, successor_id: str | None) -> None:
    """Give the run to its successor if they still can have it, or else cancel it."""
    if successor_id and uuid.UUID(successor_id) in {successor.id for successor in queries.successors_of(run_id)}:
        try:
            with db.session.begin_nested():
                pass_on(person, run_id, uuid.UUID(successor_id))
            return
        except Refused:  # the successor stepped down at this very moment
            pass
    cancel_run(person, run_id)


def erase_account(person_id: uuid.UUID) -> bool:
    """Erase a person whose time to come back is over, in one transaction; return False if there is nobody to erase.

    Signing in again takes the same lock: whichever comes first decides.
    """
    person = people.lock_person(person_id)
    if person is None or person.erasure_due_at is None or person.erasure_due_at > clock.now():
        return False
    privacy_registry.erase(person)
    people_actions.erase(person)
    return True
