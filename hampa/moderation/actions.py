"""Reporting, and deciding about reports."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy.dialects.postgresql import insert

from hampa.auth.actions.sessions import end_all_sessions
from hampa.moderation import queries
from hampa.moderation.models import BAN, DECIDED, OPEN, REMOVE, RESTORE, SUSPEND, WARN, Decision, Report
from hampa.moderation.subjects import subject_of
from hampa.notifications.actions import notify
from hampa.notifications.models import APP_ONLY
from hampa.people import actions as people
from hampa.people.models.person import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import Conflict, Refused, TooFast
from hampa.platform.jobs import enqueue
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _

MOST_AN_HOUR = 10


@dataclass(frozen=True)
class Verdict:
    """What an operator says: one of `DECISIONS`, a note for the log, for how many days (of a suspension), and whether
    the runs to come of who is shut out are called off; else they only leave all lists.
    """

    decision: str
    note: str = ""
    days: int | None = None
    cancel_runs: bool = False


def report(reporter: Person, kind: str, subject_id: uuid.UUID, reason: str, words: str) -> Report:
    """Tell the operators of something. Who is reported hears nothing of it.

    Telling of the same thing while the first report waits is telling once; the database decides. Raises TooFast past
    an hour's share, and NotFound for what this person can't see.
    """
    seen = queries.seen_for(reporter, kind, subject_id)
    there = queries.open_report(reporter, kind, subject_id)
    if there is not None:
        return there
    values = {
        "id": ids.new_id(),
        "reporter_id": reporter.id,
        "kind": kind,
        "subject_id": subject_id,
        "about_id": seen.about_id,
        "reason": reason,
        "words": words,
        "shown": {**asdict(seen), "about_id": str(seen.about_id)},
        "created_at": clock.now(),
    }
    inserted = insert(Report).values(**values).on_conflict_do_nothing().returning(Report.id)
    if db.session.scalar(inserted) is not None:
        limit(reporter, "moderation.report", MOST_AN_HOUR, per="hour", error=_too_many)
    made = queries.open_report(reporter, kind, subject_id)
    if made is None:
        raise Conflict(_("An operator has just looked at this. Reload the page to see how it stands."))
    return made


def _too_many(seconds: int) -> TooFast:
    return TooFast(_("That were many reports at once. Send the rest in an hour."), seconds, "words")


def decide(operator: Person, report_id: uuid.UUID, verdict: Verdict, *, address: str) -> Report:
    """Decide about a report and all others of the same thing that wait, log it, and tell who sent them.

    Raises Conflict when another operator was quicker, Refused for what can't be done here, and NotFound, also for what
    is about the operator.
    """
    found = queries.locked(operator, report_id)
    if found.state == DECIDED and verdict.decision != RESTORE:
        raise Conflict(_("Another operator has decided about this already. Reload the page to see how it stands."))
    subject = subject_of(found.kind)
    if verdict.decision == REMOVE and subject.remove is None:
        raise Refused(_("A person can't be taken away; suspend or ban them."), "decision")
    until = clock.now() + timedelta(days=verdict.days) if verdict.decision == SUSPEND and verdict.days else None
    # NO KEY UPDATE: who is told of another decision at this instant may be this person.
    lock = {"key_share": True}
    person = db.session.get(Person, found.about_id, with_for_update=lock) if found.about_id else None
    before = person.state if person else ""
    if verdict.decision == REMOVE and subject.remove is not None:
        subject.remove(found.subject_id)
    elif person is not None:
        _treat(operator, person, found, verdict, until)
    after = person.state if person else ""
    log = Decision(report_id=found.id, person_id=found.about_id, by_id=operator.id, decision=verdict.decision)
    log.note, log.until, log.state_before, log.state_after, log.address = verdict.note, until, before, after, address
    db.session.add(log)
    if found.state == OPEN:
        _close(operator, found, verdict.decision)
    return found


def _treat(operator: Person, person: Person, found: Report, verdict: Verdict, until: datetime | None) -> None:
    """Do to a person what was decided."""
    if verdict.decision in (SUSPEND, BAN, RESTORE) and person.is_operator:
        raise Refused(_("Operators are not shut out here."), "decision")
    if verdict.decision in (SUSPEND, BAN):
        people.suspend(person, "suspended" if verdict.decision == SUSPEND else "banned", until)
        end_all_sessions(person)
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
            event=f"warned:{found.id}",
            channels=APP_ONLY,
        )


def _close(operator: Person, found: Report, decision: str) -> None:
    """Close the report with all others of the same thing, and tell who sent them, without details."""
    same = queries.same_thing(operator, found).where(Report.state == OPEN)
    for one in db.session.scalars(same.order_by(Report.id).with_for_update()).all():
        one.state, one.decision = DECIDED, decision
        one.decided_by_id, one.decided_at = operator.id, clock.now()
        if one.reporter_id is not None:
            notify([one.reporter_id], "report_decided", subject_id=one.id, data={}, event=one.id)
    db.session.flush()
