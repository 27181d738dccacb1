"""What operators do on their pages and at the command line, each with its entry in the audit log."""

import datetime as dt

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert

from hampa.account.actions.phone import change_phone
from hampa.admin.models import COUNTS, SiteDay
from hampa.admin.queries import counts_of_day
from hampa.audit import queries as audit
from hampa.audit.actions import about, record_audit
from hampa.audit.models import AuditedAction, Subject, register_action, register_thing
from hampa.audit.queries import AuditFilters, AuditRow
from hampa.auth.actions import codes
from hampa.people.actions import make_operator
from hampa.people.models import Person
from hampa.people.queries import by_phone
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.jobs import Job, operating
from hampa.platform.locale.i18n import lazy_gettext as _l

MOST_EXPORTED = 10_000

STATE = {"state": _l("State")}
STATES = {"failed": _l("Failed"), "waiting": _l("Waiting")}
register_thing("job", _l("Job"))
register_thing("audit", _l("Audit log"))
register_thing("site", _l("The site"))
JOB_RETRIED = register_action("jobs.retried", _l("Ran a failed job again"), thing="job", fields=STATE, values=STATES)
JOB_DROPPED = register_action("jobs.dropped", _l("Dropped a failed job"), thing="job", fields=STATE, values=STATES)
OPERATOR_MADE = register_action(
    "people.operator_made", _l("Made somebody an operator"), thing="person", fields={"operator": _l("Operator")}
)
PHONE_CHANGED = register_action(
    "people.phone_changed", _l("Moved an account to another number"), thing="person", fields={"phone": _l("Number")}
)
UNLOCKED = register_action(
    "people.unlocked", _l("Let a number try codes again"), thing="person", fields={"phone": _l("Number")}
)
AUDIT_EXPORTED = register_action(
    "audit.exported", _l("Exported the audit log"), thing="audit", fields={"entries": _l("Entries")}
)
OF_BACKUP = {"files": _l("Files"), "made_at": _l("Made"), "replaced": _l("What was there was deleted")}
BACKED_UP = register_action("site.backed_up", _l("Made a backup of the site"), thing="site", fields=OF_BACKUP)
RESTORED = register_action("site.restored", _l("Put a backup in place of the site"), thing="site", fields=OF_BACKUP)
RESET = register_action("site.reset", _l("Emptied the site"), thing="site")


def create_operator(phone: str, *, locale: str, timezone: str) -> Person:
    """Make the person with this number (E.164), created if there is none, an operator."""
    person = by_phone(phone)
    was = person is not None and person.is_operator
    person = make_operator(phone, locale=locale, timezone=timezone)
    record_audit(None, OPERATOR_MADE, about(person), {"operator": was}, {"operator": True})
    return person


def move_account(old: str, new: str) -> None:
    """Move the account of a number (E.164) to another one. Raise NotFound without an account, and as `change_phone`."""
    person = by_phone(old)
    if person is None:
        raise NotFound
    change_phone(person, new)
    record_audit(None, PHONE_CHANGED, about(person), {"phone": old}, {"phone": new})


def unlock(phone: str) -> bool:
    """Forget the wrong codes for a number (E.164), and return whether there were any."""
    person = by_phone(phone)
    record_audit(None, UNLOCKED, about(person) if person is not None else Subject(), after={"phone": phone})
    return codes.unlock(phone)


def record_backup(file: str, files: int) -> None:
    """Record at the command line that a backup was made into a file."""
    record_audit(None, BACKED_UP, Subject(label=file), after={"files": files})


def record_restored(file: str, files: int, made_at: str, *, replaced: bool) -> None:
    """Record in the database that was restored from which file, and of when it is."""
    after = {"files": files, "made_at": made_at, "replaced": replaced}
    record_audit(None, RESTORED, Subject(label=file), after=after)


def record_site(action: AuditedAction) -> None:
    """Record that the whole site was emptied, or filled."""
    record_audit(None, action, Subject())


def record_job(operator: Person | None, row: Job, *, is_dropped: bool) -> None:
    """Record that a failed job was run again or dropped; `operator` is None at the command line."""
    action, after = (JOB_DROPPED, {}) if is_dropped else (JOB_RETRIED, {"state": "waiting"})
    record_audit(operator, action, Subject(row.id, row.name), {"state": "failed"}, after)


def export_audit(operator: Person, filters: AuditFilters) -> list[AuditRow]:
    """Return the newest `MOST_EXPORTED` entries of the audit log that the filters show, and record that they left."""
    rows = list(audit.entries(filters, MOST_EXPORTED))
    record_audit(operator, AUDIT_EXPORTED, Subject(), after={"entries": len(rows)})
    return rows


def keep_day(day: dt.date) -> None:
    """Store what happened on a day of the site; what was counted before and is deleted since stays counted."""
    counts, now = counts_of_day(day), clock.now()
    inserted = insert(SiteDay).values(id=ids.new_id(), day=day, created_at=now, updated_at=now, **counts)
    kept = {name: func.greatest(getattr(SiteDay, name), inserted.excluded[name]) for name in COUNTS}
    changed = {**kept, "updated_at": now, "version": SiteDay.version + 1}
    db.session.execute(inserted.on_conflict_do_update(index_elements=[SiteDay.day], set_=changed))


operating.when_operated(record_job)
