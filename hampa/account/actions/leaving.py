"""Leaving Hampa, and being forgotten when the time to come back is over."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from hampa.account.actions import account_deletion
from hampa.auth.actions.sessions import end_all_sessions
from hampa.cards.actions.departing import end_pending
from hampa.outbox.actions import send_sms
from hampa.people import actions as people_actions, privacy_registry
from hampa.people.models.person import TIME_TO_COME_BACK, Person
from hampa.people.queries import people
from hampa.platform import clock
from hampa.platform.errors import Conflict, Refused
from hampa.platform.jobs import enqueue
from hampa.platform.locale.i18n import gettext as _
from hampa.safety import queries as safety


def leave(person: Person, heirs: Mapping[str, str | None]) -> Person:
    """Let the person be gone for everybody at once, with two weeks to come back. The worker sees to their runs: `heirs`
    says by the id of a run or a series who is to have it, and None that it is called off.

    Raises Refused with `reason_to_stay`, and Conflict when the account has another state by now.
    """
    if person.is_operator:
        people.locked_operators()  # before one's own row, so that two of them wait in the same order
    leaver = people.locked(person.id)
    if leaver is None or leaver.state != "active":
        raise Conflict(_("This account is on its way out already."))
    reason = reason_to_stay(leaver)
    if reason:
        raise Refused(reason)
    until = clock.now() + TIME_TO_COME_BACK
    send_sms(
        leaver.phone,
        "account/sms/leaving.txt",
        {"until": until.isoformat()},
        purpose="person_leaving",
        key=f"person_leaving:{leaver.id}:{until.isoformat()}",
        locale=leaver.locale,
        person_id=leaver.id,
    )
    people_actions.deactivate(leaver)
    end_all_sessions(leaver)
    enqueue("account.depart", person_id=leaver.id, heirs=dict(heirs))
    return leaver


def reason_to_stay(person: Person) -> str:
    """Return why the person can't leave now, "" if they can: somebody waits for them, or they are the last operator."""
    if safety.running_of(person) is not None:
        return _("Somebody waits for you to come home. Say that you are home first.")
    if person.is_operator and all(one.id == person.id for one in people.locked_operators()):
        return _("You alone run this place. Make somebody else an operator first.")
    return ""


def depart(person_id: uuid.UUID, heirs: Mapping[str, str | None]) -> bool:
    """Take the next step out of what the person has to do with others; false when none is left, or they came back."""
    leaver = people.locked(person_id)
    if leaver is None or leaver.state != "leaving":
        return False
    end_pending(leaver)
    return account_deletion.depart(leaver, heirs)


def erase(person_id: uuid.UUID) -> bool:
    """Forget who is leaving and did not come back in time, in one transaction: all of it is done, or nothing.

    Under the lock under which they would come back: whoever of the two is first, decides. False when there is nobody to
    forget.
    """
    leaver = people.locked(person_id)
    if leaver is None or leaver.erased_from is None or leaver.erased_from > clock.now():
        return False
    privacy_registry.erase(leaver)
    people_actions.erase(leaver)
    return True
