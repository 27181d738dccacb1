"""Storing a file that was read, and taking its check-ins over, once."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from hampa.checkin_imports import queries
from hampa.checkin_imports.models import PRESENT, TAKEN, CheckInImport, ImportedCheckIn
from hampa.checkins.models import SCALES, CheckIn
from hampa.people.models import Person
from hampa.people.queries import lock_people
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import TooFast
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _

FILES_A_DAY = 20
KEPT_UNDONE, KEPT_DONE = timedelta(days=1), timedelta(days=30)


def store_file(person: Person, rows: list[dict[str, Any]], bad: list[dict[str, Any]]) -> uuid.UUID:
    """Store what was read of a file, to be looked at, and return the id of the import. Raise TooFast."""
    limit(person, "checkins.imports", FILES_A_DAY, per="day", error=_too_many)
    one = CheckInImport(person_id=person.id, rows=rows, bad=bad, targets={})
    one.targets = queries.likely_targets(queries.groups_of(one), queries.crews_to_choose(person))
    db.session.add(one)
    db.session.flush()
    return one.id


def choose_targets(person: Person, import_id: uuid.UUID, targets: Mapping[str, str]) -> None:
    """Set where the groups of a file go, unless it is taken over already. Raise NotFound."""
    one = queries.own_import(person, import_id, lock=True)
    if one.done_at is None:
        one.targets = dict(targets)


def take_over(person: Person, import_id: uuid.UUID, targets: Mapping[str, str]) -> None:
    """Take the check-ins of a file over, for their person alone, and report what was taken. Doing it twice is doing it once.

    The person is locked, so that two files at once do not take the same; the keys of the tables hold in any case. Raise
    NotFound.
    """
    lock_people(person.id)
    one = queries.own_import(person, import_id, lock=True)
    if one.done_at is not None:
        return
    one.targets, now = dict(targets), clock.now()
    plan = queries.plan_of(person, one, queries.crews_to_choose(person))
    wanted = {ids.new_id(): row for row in plan if row.fate == TAKEN}
    taken: set[uuid.UUID] = set()
    if wanted:
        rows = [_check_in(check_in_id, person, row, now) for check_in_id, row in wanted.items()]
        added = insert(CheckIn).values(rows).on_conflict_do_nothing().returning(CheckIn.id)
        taken = set(db.session.scalars(added))
    if taken:
        sources = [
            {"id": ids.new_id(), "person_id": person.id, "check_in_id": one_id, "source": wanted[one_id].source}
            for one_id in taken
        ]
        db.session.execute(insert(ImportedCheckIn).values([row | {"created_at": now} for row in sources]))
    left = [{"row": row.row, "reason": row.fate} for row in plan if row.fate != TAKEN]
    left += [{"row": row.row, "reason": PRESENT} for one_id, row in wanted.items() if one_id not in taken]
    one.report = {"taken": len(taken), "left": sorted([*left, *one.bad], key=lambda row: row["row"])}
    one.done_at, one.rows = now, []
    db.session.flush()


def _check_in(check_in_id: uuid.UUID, person: Person, row: queries.PlannedRow, now: datetime) -> dict[str, Any]:
    return {
        "id": check_in_id,
        "person_id": person.id,
        "crew_id": row.crew_id,
        "period_from": row.period.starts_on,
        "period_to": row.period.ends_on,
        "ends_at": row.period.ends_at,
        "note": row.answers["note"],
        "sharing": "private",
        "created_at": now,
        "updated_at": now,
        **{name: row.answers[name] for name in SCALES},
    }


def delete_old_imports() -> None:
    """Delete files that nobody took over, and old reports."""
    now = clock.now()
    for condition in (
        CheckInImport.done_at.is_(None) & (CheckInImport.created_at < now - KEPT_UNDONE),
        CheckInImport.done_at < now - KEPT_DONE,
    ):
        db.session.execute(delete(CheckInImport).where(condition).execution_options(synchronize_session=False))


def _too_many(seconds: int) -> TooFast:
    return TooFast(_("You sent many files today. Try again tomorrow."), seconds, "file")
