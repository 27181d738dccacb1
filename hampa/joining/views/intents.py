"""What visitors press on a run's page, which is done once they have signed in."""

import uuid
from functools import partial

from flask import flash, request, session as cookie, url_for

from hampa.joining import actions as joining
from hampa.people.models import Person
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web import intents
from hampa.platform.web.intents import Intent, IntentWords
from hampa.runs.admission import JOIN_ACTIONS, Action, Admission, closed_reason
from hampa.runs.models.participation import GOING, INTERESTED
from hampa.runs.models.run import Run
from hampa.runs.queries import people, runs

LABELS = {"join": _l("I'm in"), "wait": _l("Join the waitlist"), "ask": _l("Ask to join"), "interest": _l("Interested")}
"""The labels of the buttons by action."""

LEADS = {
    "join": _l("To join this run"),
    "wait": _l("To join the waitlist of this run"),
    "ask": _l("To ask to join this run"),
    "interest": _l("To say that you are interested"),
}

JOINED, PASSED, LEFT_IT = "joined", "passed", "left"
JUST_JOINED = "just_joined"
"""The name in the session of the run that the person has joined a moment ago, until its page has said so."""


def press_path(run: Run, action: Action) -> str:
    """Return the address of a visitor's button."""
    return intents.sign_in_path(f"run_{action}", run.id)


def pressed_join(run_id: uuid.UUID) -> str:
    """Return the act of a posted form to join, for a person whose session has ended."""
    return f"run_{'interest' if request.form.get('status') == INTERESTED else 'join'}{intents.SEPARATOR}{run_id}"


def note_joined(run_id: uuid.UUID, what: str = "") -> None:
    """Have the next page of the run say that the person has just joined, `PASSED` an offered place on, or `LEFT_IT`."""
    cookie[JUST_JOINED] = [str(run_id), what or JOINED]


def just_done(run_id: uuid.UUID) -> str:
    """Return `JOINED`, `PASSED` or `LEFT_IT` when the person has just done that with this run, else ""; once."""
    noted_id, what = cookie.get(JUST_JOINED) or ("", "")
    if noted_id != str(run_id):
        return ""
    cookie.pop(JUST_JOINED)
    return str(what)


def _describe(action: Action, viewer: Person | None, run_id: uuid.UUID) -> IntentWords:
    run = runs.run_for(viewer, run_id)
    if viewer is not None and action != "interest":
        offered = people.admission_for(viewer, run).actions
        action = next((way for way in JOIN_ACTIONS.values() if way in offered), action)
    details = [dates.when(run.starts_at, run.timezone), run.place]
    return IntentWords(str(LEADS[action]), str(LABELS[action]), run.title, details)


def _perform(action: Action, person: Person, run_id: uuid.UUID) -> str:
    run = runs.run_for(person, run_id)
    admission = people.admission_for(person, run)
    page = url_for("runs.show", run_id=run_id)
    if action not in admission.actions:
        flash(*_reason(action, run, admission))
        return page
    status = INTERESTED if action == "interest" else GOING
    if person.is_new or (status == GOING and (run.questions or people.open_pace_groups(person, run_id))):
        return url_for("runs.join_page", run_id=run_id, status=status)
    joining.join_run(person, run_id, status)
    note_joined(run_id)
    return page


def _reason(action: Action, run: Run, admission: Admission) -> tuple[str, str]:
    """Return why an action is not possible any more, with the kind of its notice; the page offers the next best."""
    if admission.wants_to_go or (admission.participation_status == INTERESTED and action == "interest"):
        return _("You had done that already."), "mine"
    reason = closed_reason(run) or admission.barred_reason
    if reason:
        return reason, "stop"
    reasons = {
        "join": (_("A place is free just now: it is yours if you tap."), "mine"),
        "wait": (_("Somebody was quicker: all places are taken. You can join the waitlist."), "dawn"),
        "ask": (_("The organiser decides who comes to this run: ask to join."), "dawn"),
    }
    return reasons.get(admission.actions[0] if admission.actions else "", (_("Joining is closed."), "stop"))


def _page(run_id: uuid.UUID) -> str:
    return url_for("runs.show", run_id=run_id)


def _timezone(run_id: uuid.UUID) -> str:
    return runs.loaded_run(run_id).timezone


for _action in LABELS:
    intents.register(
        Intent(f"run_{_action}", partial(_describe, _action), partial(_perform, _action), _page, _timezone)  # type: ignore[arg-type]
    )
