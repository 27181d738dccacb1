"""Sending reports, and deciding about them."""

import uuid
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy.dialects.postgresql import insert

from hampa.audit.actions import about, record_audit
from hampa.audit.models import Subject, register_action, register_thing
from hampa.auth.actions.sessions import end_sessions
from hampa.moderation import queries
from hampa.moderation.models import (
    BAN,
    DECIDED,
    HIDE,
    OPEN,
    REMOVE,
    RESTORE,
    SUSPEND,
    WARN,
    BanAppeal,
    Decision,
    Report,
)
from hampa.moderation.subjects import subject_of
from hampa.notifications.actions.notifying import notify
from hampa.notifications.models import APP_ONLY
from hampa.outbox.actions.writing import send_sms
from hampa.people import actions as people
from hampa.people.models import Person
from hampa.people.queries import lock_person
from hampa.platform import clock, ids
from hampa.platform.config import settings
from hampa.platform.db import db, raise_if_taken
from hampa.platform.errors import Conflict, NotFound, Refused, TooFast
from hampa.platform.jobs import enqueue
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.tokens.actions.personal import end_tokens

MOST_AN_HOUR = 10

register_thing("appeal", _l("Appeal"), endpoint="admin.show_appeal", argument="appeal_id")

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


ACCOUNT_FIELDS = {
    "account": _l("Account"),
    "until": _l("Until"),
    "runs_cancelled": _l("Upcoming runs cancelled"),
    "report": _l("Report"),
}
JUDGED = {
    decision: register_action(name, label, thing="person", fields=ACCOUNT_FIELDS, values=STATE_WORDS)
    for decision, name, label in (
        (SUSPEND, "people.suspended", _l("Suspended a person")),
        (BAN, "people.banned", _l("Banned a person")),
        (RESTORE, "people.restored", _l("Let a person in again")),
    )
}
APPEAL_DECIDED = register_action(
    "moderation.appeal_decided",
    _l("Decided about an appeal"),
    thing="appeal",
    fields={"account": _l("Account"), "granted": _l("Granted")},
    values=STATE_WORDS,
)


@dataclass(frozen=True)
class Verdict:
    """An operator's answer to a report: one of `DECISIONS`, and a note for the log.

    `days` is the length of a suspension, or `until` its end; it has none without both. `cancel_runs` cancels the upcoming runs of a suspended or
    banned person; otherwise they only disappear from lists.
    """

    decision: str
    note: str = ""
    days: int | None = None
    cancel_runs: bool = False
    until: datetime | None = None

    @property
    def ends_at(self) -> datetime | None:
        """Return when the suspension ends."""
        if self.decision != SUSPEND:
            return None
        return self.until or (clock.now() + timedelta(days=self.days) if self.days else None)


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
        raise Refused(_("A person can't be removed; suspend or ban them."), "decision")
    if verdict.decision == HIDE and subject.hide is None:
        raise Refused(_("Only crews can be hidden. Remove it, or leave it as it is."), "decision")
    change = {REMOVE: subject.remove, HIDE: subject.hide, RESTORE: subject.show}.get(verdict.decision)
    until = verdict.ends_at
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
        raise Refused(_("Operators can't be suspended or banned here."), "decision")
    if verdict.decision in (SUSPEND, BAN):
        _shut_out(person, verdict, until)
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


def _shut_out(person: Person, verdict: Verdict, until: datetime | None) -> None:
    """Suspend or ban a person: sessions and tokens end at once, and upcoming runs leave all lists."""
    people.suspend(person, "suspended" if verdict.decision == SUSPEND else "banned", until)
    end_sessions(person)
    end_tokens(person)
    enqueue("runs.hide_runs_of", person_id=person.id, cancel=verdict.cancel_runs)
    if until is not None:
        enqueue("moderation.let_in_again", at=until, person_id=person.id)


def judge(
    operator: Person, person_id: uuid.UUID, verdict: Verdict, *, address: str, report_id: uuid.UUID | None = None
) -> Person:
    """Suspend, ban or restore a person. Raise NotFound, and Refused for what is impossible.

    `report_id` is that of a report because of which it is done, though it is about somebody else, or of another account.
    Of two operators at once the second one sees what the first did: the row is locked.
    """
    person = lock_person(person_id)
    if person is None or person.state == "erased" or person.id == operator.id:
        raise NotFound
    if person.is_operator:
        raise Refused(_("Operators can't be suspended or banned here."), "decision")
    before, until = person.state, verdict.ends_at
    if verdict.decision == RESTORE and before not in ("suspended", "banned"):
        raise Refused(_("This account is open already. Reload the page to see the latest."), "decision")
    if until is not None and until <= clock.now():
        raise Refused(_("That is in the past. Choose a day to come, or none."), "until")
    if verdict.decision == RESTORE:
        people.reinstate(person)
    else:
        _shut_out(person, verdict, until)
    _log_judgement(operator, person, verdict, before, address, report_id)
    after: dict[str, object] = {"account": person.state}
    if until is not None:
        after["until"] = until
    if verdict.cancel_runs and verdict.decision != RESTORE:
        after["runs_cancelled"] = True
    if report_id is not None:
        after["report"] = str(report_id)
    record_audit(operator, JUDGED[verdict.decision], about(person), {"account": before}, after, verdict.note)
    return person


def _log_judgement(
    operator: Person, person: Person, verdict: Verdict, before: str, address: str, report_id: uuid.UUID | None = None
) -> None:
    db.session.add(
        Decision(
            report_id=report_id,
            person_id=person.id,
            by_id=operator.id,
            decision=verdict.decision,
            note=verdict.note,
            until=verdict.ends_at,
            state_before=before,
            state_after=person.state,
            address=address,
        )
    )
    db.session.flush()


def ban_number(
    operator: Person, phone: str, note: str, *, cancel_runs: bool, address: str, report_id: uuid.UUID | None = None
) -> Person:
    """Ban the account of a number (E.164); one without an account gets a banned one, so that nobody signs up with it.

    Raise NotFound for a report that the operator may not see.
    """
    if report_id is not None:
        queries.report(operator, report_id)
    person, _created = people.ensure_person(phone, locale=settings().default_locale, timezone=settings().timezone)
    verdict = Verdict(BAN, note, cancel_runs=cancel_runs)
    return judge(operator, person.id, verdict, address=address, report_id=report_id)


def write_appeal(person: Person, words: str) -> BanAppeal:
    """Store what a shut-out person says to the operators. Raise Conflict for a second time, or when nothing is to appeal.

    The unique decision lets one of two requests at once in.
    """
    decision = queries.decision_against(person)
    if decision is None:
        raise Conflict(_("This account is open already. Sign in."))
    with raise_if_taken("uq_ban_appeals_decision_id", lambda: Conflict(_("You have written already."))):
        appeal = BanAppeal(person_id=person.id, decision_id=decision.id, words=words)
        db.session.add(appeal)
        db.session.flush()
    return appeal


def decide_appeal(operator: Person, appeal_id: uuid.UUID, *, grants: bool, answer: str, address: str) -> BanAppeal:
    """Answer an appeal, let the person in again if it is granted, and tell them by SMS.

    Raise Conflict when it is decided, or another decision is to be granted, and NotFound, also for one of the operator.
    """
    appeal = queries.appeal_by_id(operator, appeal_id, lock=True)
    if appeal.state == DECIDED:
        raise Conflict(_("Another operator has already decided about this. Reload the page to see the latest."))
    person = lock_person(appeal.person_id)
    if person is None:
        raise NotFound
    newest = queries.decision_against(person)
    if grants and newest is not None and newest.id != appeal.decision_id:
        # What was said is about an earlier decision; the one that counts now has not been appealed.
        raise Conflict(_("Another operator has already decided about this. Reload the page to see the latest."))
    before = person.state
    appeal.state, appeal.is_granted, appeal.answer = DECIDED, grants, answer
    appeal.decided_by_id, appeal.decided_at = operator.id, clock.now()
    if grants:
        people.reinstate(person)
        _log_judgement(operator, person, Verdict(RESTORE, answer), before, address)
    changes = {"account": before}, {"granted": grants, "account": person.state}
    record_audit(operator, APPEAL_DECIDED, Subject(appeal.id, about_id=person.id), *changes, answer)
    send_sms(
        person.phone,
        "moderation/sms/appeal_decided.txt",
        {"is_granted": grants, "link": str(person.id) if answer else None},
        purpose="appeal_decided",
        key=f"appeal:{appeal.id}",
        locale=person.locale,
        person_id=person.id,
    )
    db.session.flush()
    return appeal


def _close_reports(operator: Person, report: Report, decision: str) -> None:
    """Close the open reports of a subject, and notify the reporters, without details."""
    query = queries.same_subject(operator, report).where(Report.state == OPEN).order_by(Report.id).with_for_update()
    for closed in db.session.scalars(query).all():
        closed.state, closed.decision = DECIDED, decision
        closed.decided_by_id, closed.decided_at = operator.id, clock.now()
        if closed.reporter_id is not None:
            notify([closed.reporter_id], "report_decided", subject_id=closed.id, data={}, event=closed.id)
    db.session.flush()
