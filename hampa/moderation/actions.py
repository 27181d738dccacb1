"""Sending reports, and deciding about them."""

import uuid
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy.dialects.postgresql import insert

from hampa.audit.actions import record_audit
from hampa.audit.models import Subject, register_action, register_thing
from hampa.auth.actions.sessions import end_sessions
from hampa.moderation import queries
from hampa.moderation.models import BAN, DECIDED, HIDE, OPEN, REMOVE, RESTORE, SUSPEND, WARN, Decision, Report
from hampa.moderation.subjects import subject_of
from hampa.notifications.actions.notifying import notify
from hampa.notifications.models import APP_ONLY
from hampa.people import actions as people
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import Conflict, Refused, TooFast
from hampa.platform.jobs import enqueue
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l

MOST_AN_HOUR = 10

STATE_WORDS = {
    "active": _l("Active"),
    "suspended": _l("Suspended"),
    "banned": _l("Banned"),
    "leaving": _l("Leaving"),
    "erased": _l("Erased"),
}
register_thing("report", _l("Report"), endpoint="admin.show_report", argument="report_id")
DECIDED_ABOUT = register_action(
    "moderation.decided",
    _l("Decided about a report"),
    thing="report",
    fields={
        "decision": _l("Decision"),
        "account": _l("Account"),
        "until": _l("Until"),
        "runs_cancelled": _l("Upcoming runs cancelled"),
    },
    values={
        **STATE_WORDS,
        "nothing": _l("Left as it was"),
        "remove": _l("Taken away"),
        "hide": _l("Hidden from strangers"),
        "warn": _l("Warned"),
        "suspend": _l("Account suspended"),
        "ban": _l("Account banned for good"),
        "restore": _l("Let in again"),
    },
)


@dataclass(frozen=True)
class Verdict:
    """An operator's answer to a report: one of `DECISIONS`, and a note for the log.

    `days` is the length of a suspension, None without end. `cancel_runs` cancels the upcoming runs of a suspended or
    banned person; otherwise they only disappear from lists.
    """

    decision: str
    note: str = ""
    days: int | None = None
    cancel_runs: bool = False


def report(reporter: Person, kind: str, subject_id: uuid.UUID, reason: str, words: str) -> Report:
    """Report a subject to the operators, or return the open report of it; its owner is not notified.

    The database decides between two requests at once. Raise `TooFast` above `MOST_AN_HOUR`, `NotFound` for a subject
    that this person can't see.
    """
    snapshot = queries.snapshot_for(reporter, kind, subject_id)
    earlier = queries.open_report(reporter, kind, subject_id)
    if earlier is not None:
        return earlier
    values = {
        "id": ids.new_id(),
        "reporter_id": reporter.id,
        "kind": kind,
        "subject_id": subject_id,
        "about_id": snapshot.about_id,
        "reason": reason,
        "words": words,
        "shown": {**asdict(snapshot), "about_id": str(snapshot.about_id)},
        "created_at": clock.now(),
    }
    inserted = insert(Report).values(**values).on_conflict_do_nothing().returning(Report.id)
    if db.session.scalar(inserted) is not None:
        text = _("That was a lot of reports at once. Send the rest in an hour.")
        limit(reporter, "moderation.report", MOST_AN_HOUR, per="hour", error=lambda wait: TooFast(text, wait, "words"))
    new = queries.open_report(reporter, kind, subject_id)
    if new is None:
        raise Conflict(_("An operator has just looked at this. Reload the page to see the latest."))
    return new


def decide(operator: Person, report_id: uuid.UUID, verdict: Verdict, *, address: str) -> Report:
    """Decide about a report and all open ones of the same subject, log the decision, and notify the reporters.

    Raise `Conflict` when another operator has decided, `Refused` for a decision that is impossible here, and
    `NotFound`, also for a report about the operator.
    """
    report = queries.lock_report(operator, report_id)
    if report.state == DECIDED and verdict.decision != RESTORE:
        raise Conflict(_("Another operator has already decided about this. Reload the page to see the latest."))
    subject = subject_of(report.kind)
    if verdict.decision == REMOVE and subject.remove is None:
        raise Refused(_("A person can't be taken away; suspend or ban them."), "decision")
    if verdict.decision == HIDE and subject.hide is None:
        raise Refused(_("Only crews can be hidden. Take it away, or leave it as it is."), "decision")
    change = {REMOVE: subject.remove, HIDE: subject.hide, RESTORE: subject.show}.get(verdict.decision)
    until = clock.now() + timedelta(days=verdict.days) if verdict.decision == SUSPEND and verdict.days else None
    # NO KEY UPDATE: a notification of another decision to this person may be written at this instant.
    lock = {"key_share": True}
    person = db.session.get(Person, report.about_id, with_for_update=lock) if report.about_id else None
    before = person.state if person else ""
    if change is not None:
        change(report.subject_id)
    elif person is not None:
        _apply_to_person(person, report, verdict, until)
    db.session.add(
        Decision(
            report_id=report.id,
            person_id=report.about_id,
            by_id=operator.id,
            decision=verdict.decision,
            note=verdict.note,
            until=until,
            state_before=before,
            state_after=person.state if person else "",
            address=address,
        )
    )
    _record(operator, report, verdict, (before, person.state if person else ""), until)
    if report.state == OPEN:
        _close_reports(operator, report, verdict.decision)
    return report


def _record(
    operator: Person, report: Report, verdict: Verdict, states: tuple[str, str], until: datetime | None
) -> None:
    """Write a decision into the audit log, with the states of the person before and after it."""
    earlier = {"decision": report.decision} if report.decision else {}
    after: dict[str, object] = {"decision": verdict.decision, "account": states[1]}
    if until is not None:
        after["until"] = until
    if verdict.cancel_runs and verdict.decision in (SUSPEND, BAN):
        after["runs_cancelled"] = True
    subject = Subject(report.id, report.kind, about_id=report.about_id)
    record_audit(operator, DECIDED_ABOUT, subject, {**earlier, "account": states[0]}, after, verdict.note)


def _apply_to_person(person: Person, report: Report, verdict: Verdict, until: datetime | None) -> None:
    if verdict.decision in (SUSPEND, BAN, RESTORE) and person.is_operator:
        raise Refused(_("Operators are not shut out here."), "decision")
    if verdict.decision in (SUSPEND, BAN):
        people.suspend(person, "suspended" if verdict.decision == SUSPEND else "banned", until)
        end_sessions(person)
        enqueue("runs.hide_runs_of", person_id=person.id, cancel=verdict.cancel_runs)
        if until is not None:
            enqueue("moderation.let_in_again", at=until, person_id=person.id)
    elif verdict.decision == RESTORE:
        people.reinstate(person)
    elif verdict.decision == WARN:
        notify(
            [person.id],
            "account_security",
            subject_id=person.id,
            data={"what": "warned"},
            event=f"warned:{report.id}",
            channels=APP_ONLY,
        )


def _close_reports(operator: Person, report: Report, decision: str) -> None:
    """Close the open reports of a subject, and notify the reporters, without details."""
    query = queries.same_subject(operator, report).where(Report.state == OPEN).order_by(Report.id).with_for_update()
    for closed in db.session.scalars(query).all():
        closed.state, closed.decision = DECIDED, decision
        closed.decided_by_id, closed.decided_at = operator.id, clock.now()
        if closed.reporter_id is not None:
            notify([closed.reporter_id], "report_decided", subject_id=closed.id, data={}, event=closed.id)
    db.session.flush()
